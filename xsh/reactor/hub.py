"""Many descriptors watched through one: an epoll(7) of our own, which asyncio's loop sees as a single descriptor.

asyncio makes a handle, a selector key and a call through its ready queue for each descriptor and each event, 15 µs in
all; a command has two or three of them and most bring one event. Here they are entries of a dict. The epoll exists
while something is watched, so that a loop of somebody else's can be closed without knowing of us.
"""

from __future__ import annotations

from contextvars import copy_context
from select import EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, epoll

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from contextvars import Context
    from typing import Any

READ = EPOLLIN | EPOLLHUP | EPOLLERR
WRITE = EPOLLOUT | EPOLLHUP | EPOLLERR
AT_ONCE = 128
"""Events that are served before other work of the loop gets its turn."""


class Watch:
    """What is called when one descriptor can be read or written, and in which context."""

    __slots__ = ("context", "reader", "turn", "writer")

    def __init__(self, turn: int) -> None:
        self.reader: Callable[[], None] | None = None
        self.writer: Callable[[], None] | None = None
        self.context: Context = copy_context()
        self.turn = turn

    @property
    def events(self) -> int:
        """What epoll is to look for."""
        return (EPOLLIN if self.reader is not None else 0) | (EPOLLOUT if self.writer is not None else 0)


class Hub:
    """The descriptors of one loop."""

    __slots__ = ("epoll", "loop", "turn", "watches")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.watches: dict[int, Watch] = {}
        self.epoll: Any = None
        self.turn = 0

    def add_reader(self, fd: int, callback: Callable[[], None]) -> None:
        """Call back whenever `fd` can be read; raises PermissionError for what is always ready (epoll_ctl(2))."""
        watch = self.watches.get(fd)
        if watch is None:
            watch = self._new(fd, EPOLLIN)
        watch.reader = callback
        if watch.writer is not None:
            self.epoll.modify(fd, watch.events)

    def add_writer(self, fd: int, callback: Callable[[], None]) -> None:
        """Call back whenever `fd` can be written; raises PermissionError for what is always ready (epoll_ctl(2))."""
        watch = self.watches.get(fd)
        if watch is None:
            watch = self._new(fd, EPOLLOUT)
        watch.writer = callback
        if watch.reader is not None:
            self.epoll.modify(fd, watch.events)

    def _new(self, fd: int, events: int) -> Watch:
        if self.epoll is None:
            self.epoll = epoll()
            self.loop.add_reader(self.epoll.fileno(), self._serve)
        try:
            self.epoll.register(fd, events)
        except OSError:
            if not self.watches:
                self._close()
            raise
        watch = self.watches[fd] = Watch(self.turn)
        return watch

    def remove_reader(self, fd: int) -> None:
        """Stop watching `fd` for reading."""
        watch = self.watches.get(fd)
        if watch is not None:
            watch.reader = None
            self._changed(fd, watch)

    def remove_writer(self, fd: int) -> None:
        """Stop watching `fd` for writing."""
        watch = self.watches.get(fd)
        if watch is not None:
            watch.writer = None
            self._changed(fd, watch)

    def _changed(self, fd: int, watch: Watch) -> None:
        events = watch.events
        if events:
            self.epoll.modify(fd, events)
            return
        del self.watches[fd]
        if self.watches:
            self.epoll.unregister(fd)
        else:
            self._close()

    def _close(self) -> None:
        self.loop.remove_reader(self.epoll.fileno())
        self.epoll.close()
        self.epoll = None

    def _serve(self) -> None:
        self.turn += 1
        for fd, events in self.epoll.poll(0, AT_ONCE):
            watch = self.watches.get(fd)
            # what was watched only after these events were fetched has the number of one that was closed
            if watch is None or watch.turn == self.turn:
                continue
            if events & READ and watch.reader is not None:
                self._call(watch, watch.reader)
            if events & WRITE and watch.writer is not None:
                self._call(watch, watch.writer)

    def _call(self, watch: Watch, callback: Callable[[], None]) -> None:
        try:
            watch.context.run(callback)
        except Exception as error:  # noqa: BLE001 - told as the loop tells those of its own callbacks
            self.loop.call_exception_handler({"message": f"Exception in callback {callback!r}", "exception": error})
