"""What drives the jobs of this thread: asyncio's loop where one runs, else our own `Poller`.

A job only ever asks for four things: a callback when a descriptor is ready, a callback after a time, a callback from
another thread, and a way to wait for a fact. asyncio gives all of them but costs 40 ms to import, several times what
a short script takes; so a script that only runs commands one after another is driven by a poll(2) loop of our own.
"""

from __future__ import annotations

import sys

from xsh.reactor.facts import LoopFact
from xsh.reactor.poller import Poller

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any

    from xsh.command.target import Timer


class LoopReactor:
    """asyncio's running loop, asked for the few things a job needs."""

    __slots__ = (
        "add_reader",
        "add_writer",
        "call_later",
        "call_soon_threadsafe",
        "loop",
        "remove_reader",
        "remove_writer",
    )

    if TYPE_CHECKING:
        add_reader: Callable[[int, Callable[[], None]], Any]
        remove_reader: Callable[[int], Any]
        add_writer: Callable[[int, Callable[[], None]], Any]
        remove_writer: Callable[[int], Any]
        call_later: Callable[[float, Callable[[], None]], Timer]
        call_soon_threadsafe: Callable[[Callable[[], None]], Any]

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        watcher = _watcher(loop)
        self.add_reader = watcher.add_reader
        self.remove_reader = watcher.remove_reader
        self.add_writer = watcher.add_writer
        self.remove_writer = watcher.remove_writer
        self.call_later = loop.call_later
        self.call_soon_threadsafe = loop.call_soon_threadsafe

    def fact(self) -> LoopFact:
        """A fact that tasks of this loop can wait for."""
        return LoopFact(self.loop)


def _watcher(loop: asyncio.AbstractEventLoop) -> Any:
    """What watches descriptors for a loop: a hub of ours, or the loop itself where there is no epoll(7)."""
    if sys.platform != "linux":
        return loop
    from xsh.reactor.hub import Hub

    return Hub(loop)


class _Cache:
    """The reactor of the loop that was asked for last; most programs have one loop."""

    reactor: LoopReactor | None = None


def current_reactor() -> Any:
    """The reactor of this thread; raises RuntimeError outside of any event loop."""
    asyncio_events = sys.modules.get("_asyncio")
    if asyncio_events is not None:
        loop = asyncio_events._get_running_loop()  # noqa: SLF001 - as the public one, without its import
        if loop is not None:
            cached = _Cache.reactor
            if cached is None or cached.loop is not loop:
                cached = _Cache.reactor = LoopReactor(loop)
            return cached
    if Poller.active is not None:
        return Poller.active
    raise RuntimeError(
        "no event loop is running: await the command inside an async function that `xsh.run(…)` or asyncio.run(…) runs; "
        "a script has to await something at its top level"
    )


async def pause(seconds: float) -> None:
    """Return after a time."""
    reactor = current_reactor()
    over = reactor.fact()
    timer = reactor.call_later(seconds, over.set)
    try:
        await over.wait()
    finally:
        timer.cancel()


async def need_loop() -> None:
    """Continue under asyncio's loop: a script that was driven by our own poll loop is handed over."""
    if Poller.active is not None:
        await Poller.active.hand_over()
