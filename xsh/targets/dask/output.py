"""What a command on a cluster has written, handed to whoever reads it here as fast as it is taken."""

from __future__ import annotations

import asyncio

from xsh.reactor.copying import Feeder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.command.target import Reactor, SpawnRequest

LEFT_WAIT = 0.2
"""Seconds that a reader has for each piece of what a stopped command has written; a reader that has left takes none."""


class Output:
    """The two streams of a command; with `keep` what is fetched waits for its end. `unread` is called once.

    It is called when the reader of stdout has left.
    """

    def __init__(self, reactor: Reactor, request: SpawnRequest, unread: Callable[[], None], *, keep: bool) -> None:
        self.drained = asyncio.Event()
        self.out = Feeder(reactor, request.stdout, self.drained.set)
        self.merged = request.stderr == request.stdout
        self.err = self.out if self.merged else Feeder(reactor, request.stderr, self.drained.set)
        self.keep = keep
        self.kept: list[tuple[int, bytes]] = []
        self.unread: Callable[[], None] | None = unread
        self.stopping = False

    async def fetched(self, chunks: Any) -> None:
        """Hand on what was read while the command runs."""
        if self.keep:
            self.kept += chunks
        else:
            await self._deliver(chunks)

    async def rest(self, chunks: Any) -> None:
        """Hand on what was kept and what came with the answer."""
        await self._deliver(self.kept)
        await self._deliver(chunks)

    def forget(self) -> None:
        """Drop what was kept of an attempt that was lost."""
        self.kept.clear()

    def stop(self) -> None:
        """From now on a reader is not waited for as long as it likes."""
        self.stopping = True
        self.drained.set()

    async def _deliver(self, chunks: Any) -> None:
        for number, data in chunks:
            feeder = self.out if number == 1 else self.err
            feeder.write(data)
            if not await self._taken(feeder):
                return
            if feeder.broken and number == 1 and not self.stopping and self.unread is not None:
                # once: each signal is a connection to the scheduler
                unread, self.unread = self.unread, None
                unread()

    async def _taken(self, feeder: Feeder) -> bool:
        """Whether what was written has been taken; false when nobody does after a stop."""
        while not feeder.idle and not feeder.broken:
            self.drained.clear()
            try:
                await asyncio.wait_for(self.drained.wait(), LEFT_WAIT if self.stopping else None)
            except TimeoutError:
                return False
        return True

    def close(self) -> None:
        """Close both streams."""
        self.out.close()
        self.err.close()
