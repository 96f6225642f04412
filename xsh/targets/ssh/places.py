"""How many sessions a host takes on one connection at once: found, not assumed.

A server frees a session a moment after its end was seen here, so even the right number is refused now and then; a
refused open has run nothing and is tried again. Only a refusal that lasts says that the number is smaller.

Where commands follow each other closely most opens would be refused, which costs both sides as much as a command. So up
to a third of the places is left to sessions that are about to be freed, as soon as refusals are many.
"""

from __future__ import annotations

import asyncio
from collections import deque

START = 9
"""Commands at once on a connection: OpenSSH allows 10 sessions unless told otherwise, and one is the guard's."""
MANY = 4
"""Refusals after which one place more is left free."""


class Places:
    """A queue for sessions, first come first served; `width` is how many may be open, less those that are `spared`."""

    __slots__ = ("refusals", "spared", "taken", "waiting", "width")

    def __init__(self, width: int | None = None) -> None:
        self.width = width or START
        self.taken = 0
        self.spared = 0
        self.refusals = 0
        self.waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Wait for a place and take it; a cancelled wait takes none."""
        if self.taken < self.width - self.spared and not self.waiting:
            self.taken += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # the place was given in the moment of the cancellation
                self.leave()
            elif turn in self.waiting:
                self.waiting.remove(turn)
            raise

    def leave(self) -> None:
        """Give a place back."""
        self.taken -= 1
        self._let_in()

    def refused(self) -> None:
        """An open was refused, perhaps by a session that is not free yet."""
        self.refusals += 1
        if self.refusals == MANY:
            self.refusals = 0
            self.spared = min(self.spared + 1, self.width // 3)

    def narrow(self) -> None:
        """Allow no more than are open besides the one that is refused."""
        self.width = max(1, min(self.width, self.taken - 1))
        self.spared = min(self.spared, self.width // 3)

    def _let_in(self) -> None:
        while self.waiting and self.taken < self.width - self.spared:
            turn = self.waiting.popleft()
            if not turn.done():
                self.taken += 1
                turn.set_result(None)
