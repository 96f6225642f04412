"""How many sessions a host takes on one connection at once: found, not assumed.

A server frees a session a moment after its end was seen here, so even the right number is refused now and then; a
refused open has run nothing and is tried again. Only a refusal that lasts says that the number is smaller.

Where commands follow each other closely most opens would be refused, which costs both sides as much as a command. So up
to a third of the places is left to sessions that are about to be freed, as soon as refusals are many.

The programs of one job wait for each other: one that has a place may end only when the next one has one. So a program
never waits while its job holds a place: where none is left it is sent away, to a further connection (spares.py). Whoever
waits, then, waits for jobs that have all they need. Places on further connections count where a job comes in: without
that a crowd of pipelines would have as many connections as it likes.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict

START = 9
"""Commands at once on a connection: OpenSSH allows 10 sessions unless told otherwise, and one is the guard's."""
MANY = 4
"""Refusals after which one place more is left free."""


class Places:
    """A queue for sessions, first come first served; `width` is how many may be open, less those that are `spared`.

    `holders` counts the places of each job, on all connections to the host. `waiting` has the waits of each job; all are at
    the places of the `first` connection. `sent` are those that were sent to a further one and are not there yet.
    """

    __slots__ = ("first", "holders", "refusals", "sent", "spared", "taken", "waiting", "width")

    def __init__(self, width: int | None = None, first: Places | None = None) -> None:
        self.width = width or START
        self.first = self if first is None else first
        self.holders: Counter[object] = Counter() if first is None else first.holders
        self.taken = 0
        self.spared = 0
        self.refusals = 0
        self.sent = 0
        self.waiting: OrderedDict[object, list[asyncio.Future[bool]]] = OrderedDict()

    def take(self, job: object) -> bool:
        """Take a place for a job that has one already, if one is left."""
        if self.taken >= self.width - self.spared:
            return False
        self.taken += 1
        self.holders[job] += 1
        return True

    async def enter(self, job: object) -> bool:
        """Wait for a place and take it, or give False as soon as the job has another one and none is left; a cancelled wait takes none."""
        if job in self.holders or (not self.waiting and self._free()):
            return self.take(job)
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(job, []).append(turn)
        try:
            placed = await turn
        except asyncio.CancelledError:
            self._no_longer(turn, job)
            raise
        if not placed:
            self.sent -= 1
        return placed

    def leave(self, job: object) -> None:
        """Give a place back."""
        self.taken -= 1
        self.holders[job] -= 1
        if not self.holders[job]:
            del self.holders[job]
        self.first.let_in()

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

    def let_in(self) -> None:
        """End the waits of those jobs that there is a place for."""
        while self.waiting and self._free():
            job, turns = self.waiting.popitem(last=False)
            for turn in turns:
                if not turn.done():
                    placed = self.take(job)
                    turn.set_result(placed)
                    if not placed:
                        self.sent += 1

    def _free(self) -> bool:
        """Whether one more job can come in."""
        most = self.width - self.spared
        return self.taken < most and self.holders.total() + self.sent < most

    def _no_longer(self, turn: asyncio.Future[bool], job: object) -> None:
        turns = self.waiting.get(job, [])
        if turn in turns:
            turns.remove(turn)
            if not turns:
                del self.waiting[job]
        elif not turn.cancelled():
            # it was over in the moment of the cancellation
            if turn.result():
                self.leave(job)
            else:
                self.sent -= 1
                self.let_in()
