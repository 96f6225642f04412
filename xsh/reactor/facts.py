"""Something that becomes true once, for tasks of asyncio's loop."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio


class LoopFact:
    """Something that becomes true once and that tasks of asyncio's loop wait for."""

    __slots__ = ("loop", "true", "waiters")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.true = False
        self.waiters: list[asyncio.Future[None]] = []

    def set(self) -> None:
        """Make it true and wake whoever waits."""
        self.true = True
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)
        self.waiters.clear()

    async def wait(self) -> None:
        """Return once it is true."""
        while not self.true:
            waiter = self.loop.create_future()
            self.waiters.append(waiter)
            await waiter
