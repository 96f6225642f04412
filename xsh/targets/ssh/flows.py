"""Bytes between a descriptor of ours and a channel, neither blocking the loop nor gathering more than a little.

A descriptor that others have as well cannot be made non-blocking without doing that to them (fcntl(2)); a pipe or
terminal is therefore opened anew by its name in /proc (proc(5)). Where that cannot be, it is read and written only when
poll(2) has found it ready, and then no more than cannot block.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import select
import stat
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 65536
"""Bytes a read of our own input asks for: the size of a pipe."""
SURE = 4096
"""Bytes a pipe that is ready takes without blocking (PIPE_BUF, pipe(7))."""
PIPE_LARGE = 262144
"""Bytes that a pipe holds whose reader is slower than the host."""
BACKLOG_MOST = 262144
"""Bytes that may wait for a slow reader before the host is asked to wait."""
FOREGROUND_LOOK = 0.2
"""Seconds between two looks whether the terminal is ours to read again."""


class Descriptor:
    """A descriptor of our own for what `fd` is: `free` says that reading and writing it never blocks, `empty` that nothing can be read."""

    __slots__ = ("empty", "fd", "flags", "free", "pipe", "ready_always", "terminal")

    def __init__(self, fd: int, flags: int) -> None:
        status = os.fstat(fd)
        mode = status.st_mode
        self.flags = flags
        self.pipe = stat.S_ISFIFO(mode)
        self.terminal = stat.S_ISCHR(mode) and os.isatty(fd)
        self.empty = stat.S_ISCHR(mode) and status.st_rdev == null_device()
        # epoll refuses these: they are always ready (epoll_ctl(2))
        self.ready_always = stat.S_ISREG(mode) or (stat.S_ISCHR(mode) and not self.terminal)
        self.free = False
        self.fd = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
        if self.terminal:
            self.open_anew()

    def open_anew(self) -> None:
        """Make it free, where that can be: for most programs a few bytes are all, and for those it is not worth it."""
        if self.free or not (self.pipe or self.terminal):
            return
        try:
            fd = os.open(f"/proc/self/fd/{self.fd}", self.flags | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError:
            # no /proc, or a terminal of another user (su): shared, as said above
            return
        os.close(self.fd)
        self.fd = fd
        self.free = True

    def enlarge(self) -> None:
        """Let a pipe that has been full hold more: each time it is full costs both its ends a turn of the loop."""
        if self.pipe:
            try:
                fcntl.fcntl(self.fd, fcntl.F_SETPIPE_SZ, PIPE_LARGE)
            except OSError:
                # the user has too many large pipes (pipe(7)), or this kernel none
                self.pipe = False

    def in_front(self) -> bool:
        """Whether reading it would not stop us: no terminal, or one whose foreground group is ours."""
        if not self.terminal:
            return True
        try:
            return os.tcgetpgrp(self.fd) == os.getpgrp()
        except OSError:
            # a terminal, but not the one that controls us: nobody stops us for reading it
            return True


@cache
def null_device() -> int:
    """The number of the device /dev/null."""
    return os.stat(os.devnull).st_rdev


class Inflow:
    """Reads a descriptor and gives each piece to `write`, then calls `end`; `pause` and `resume` hold it back."""

    __slots__ = ("closed", "end", "loop", "paused", "source", "turn", "write")

    def __init__(self, fd: int, write: Callable[[bytes], None], end: Callable[[], None]) -> None:
        self.loop = asyncio.get_running_loop()
        self.source = Descriptor(fd, os.O_RDONLY)
        self.source.open_anew()
        self.write = write
        self.end = end
        self.closed = False
        self.paused = True
        self.turn: asyncio.Handle | None = None

    def pause(self) -> None:
        """Stop reading, so that the writer is held back by the kernel."""
        if self.paused or self.closed:
            return
        self.paused = True
        if self.turn is not None:
            self.turn.cancel()
            self.turn = None
        if not self.source.ready_always:
            self.loop.remove_reader(self.source.fd)

    def resume(self) -> None:
        """Read, or go on reading."""
        if not self.paused or self.closed:
            return
        self.paused = False
        if self.source.ready_always:
            self.turn = self.loop.call_soon(self._take_turn)
        else:
            self.loop.add_reader(self.source.fd, self._ready)

    def _take_turn(self) -> None:
        self.turn = None
        self._ready()
        if not self.paused and not self.closed:
            self.turn = self.loop.call_soon(self._take_turn)

    def _ready(self) -> None:
        if not self.source.in_front():
            self.pause()
            self.turn = self.loop.call_later(FOREGROUND_LOOK, self.resume)
            return
        try:
            chunk = os.read(self.source.fd, CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            # EIO is how a terminal says that it is gone; anything else is the end of what can be read as well
            if error.errno not in (errno.EIO, errno.EISDIR, errno.EBADF):
                self.close()
                raise
            chunk = b""
        if chunk:
            self.write(chunk)
        else:
            self.close()
            self.end()

    def close(self) -> None:
        """Stop and close the descriptor: whoever writes to it learns that nobody reads."""
        if self.turn is not None:
            self.turn.cancel()
            self.turn = None
        self.pause()
        if not self.closed:
            self.closed = True
            os.close(self.source.fd)


class Outflow:
    """Writes to a descriptor as fast as its reader takes it.

    `full` and `room` are called when more should wait and when there is room again, `broken` with the error when nobody
    reads any more or nothing can be written, `done` when it has been closed.
    """

    __slots__ = ("backlog", "broken", "closed", "done", "ending", "full", "held", "loop", "room", "size", "target")

    def __init__(
        self,
        fd: int,
        *,
        full: Callable[[], None],
        room: Callable[[], None],
        broken: Callable[[OSError], None],
        done: Callable[[], None],
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.target = Descriptor(fd, os.O_WRONLY)
        self.full = full
        self.room = room
        self.broken = broken
        self.done = done
        self.backlog: list[memoryview] = []
        self.size = 0
        self.held = False
        self.ending = False
        self.closed = False

    def write(self, data: bytes) -> None:
        """Write now, or as soon as there is room; dropped when nobody reads any more."""
        if self.closed or not data:
            return
        view = memoryview(data)
        if not self.backlog:
            if len(view) > SURE:
                self.target.open_anew()
            view = self._push(view)
            if not view:
                return
            self.target.open_anew()
            self.target.enlarge()
            self.loop.add_writer(self.target.fd, self._ready)
        self.backlog.append(view)
        self.size += len(view)
        if self.size > BACKLOG_MOST and not self.held:
            self.held = True
            self.full()

    def _push(self, view: memoryview) -> memoryview:
        target = self.target
        try:
            if target.free or target.ready_always:
                while view:
                    view = view[os.write(target.fd, view) :]
            else:
                poller = select.poll()
                poller.register(target.fd, select.POLLOUT)
                while view and poller.poll(0):
                    view = view[os.write(target.fd, view[:SURE]) :]
        except BlockingIOError:
            return view
        except OSError as error:
            self.close()
            self.broken(error)
            return view[:0]
        return view

    def _ready(self) -> None:
        while self.backlog:
            head = self.backlog[0]
            rest = self._push(head)
            if self.closed:
                return
            self.size -= len(head) - len(rest)
            if rest:
                self.backlog[0] = rest
                break
            self.backlog.pop(0)
        if self.held and self.size <= BACKLOG_MOST // 2:
            self.held = False
            self.room()
        if not self.backlog:
            self.loop.remove_writer(self.target.fd)
            if self.ending:
                self.close()

    def end(self) -> None:
        """Close once everything is written."""
        self.ending = True
        if not self.backlog:
            self.close()

    def close(self) -> None:
        """Close now; what still waits is dropped."""
        if self.closed:
            return
        self.closed = True
        if self.backlog:
            self.loop.remove_writer(self.target.fd)
            self.backlog.clear()
        os.close(self.target.fd)
        self.done()
