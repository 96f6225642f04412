"""Moves bytes between memory and the descriptors that a target was given, without ever blocking the loop."""

from __future__ import annotations

import os
from stat import S_ISCHR, S_ISFIFO, S_ISSOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from xsh.command.target import Reactor

PIECE = 1 << 16
CAREFUL = 4096
"""Bytes that a pipe which is ready takes without blocking (PIPE_BUF of Linux; POSIX says 512 at least)."""
STANDARD = 2
"""The last of our own streams; others write to what they are open on, so its flags are not ours to change."""


class Inlet:
    """Reads a descriptor of a request to its end, in pieces; stops when told and owns its copy of the descriptor."""

    __slots__ = ("closed", "ended", "fd", "reactor", "take", "watched")

    def __init__(self, reactor: Reactor, fd: int, take: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        self.reactor = reactor
        self.take = take
        self.ended = ended
        self.closed = False
        self.fd = os.dup(fd)
        self.watched = is_stream(self.fd)
        if self.watched:
            reactor.add_reader(self.fd, self._read)
        else:
            reactor.call_later(0, self._read)

    def _read(self) -> None:
        if self.closed:
            return
        try:
            data = os.read(self.fd, PIECE)
        except BlockingIOError:
            return
        except OSError:
            # a terminal that has been hung up, or a directory: there is nothing to read
            data = b""
        if data:
            self.take(data)
            if not self.watched and not self.closed:
                self.reactor.call_later(0, self._read)
        else:
            self.close()
            self.ended()

    def close(self) -> None:
        """Read no more."""
        if not self.closed:
            self.closed = True
            if self.watched:
                self.reactor.remove_reader(self.fd)
            os.close(self.fd)


class Feeder:
    """Writes to a descriptor of a request as fast as its reader reads; owns its copy of the descriptor.

    `drained` is called each time everything has been written; `broken` becomes true when nobody reads any more.
    """

    __slots__ = (
        "at",
        "broken",
        "closed",
        "drained",
        "ending",
        "fd",
        "held",
        "nonblocking",
        "reactor",
        "stream",
        "watching",
    )

    def __init__(self, reactor: Reactor, fd: int, drained: Callable[[], None]) -> None:
        self.reactor = reactor
        self.drained = drained
        self.held = b""
        self.at = 0
        self.broken = False
        self.closed = False
        self.ending = False
        self.watching = False
        self.fd = os.dup(fd)
        self.stream = is_stream(self.fd)
        self.nonblocking = self.stream and fd > STANDARD and is_pipe(self.fd)
        if self.nonblocking:
            os.set_blocking(self.fd, False)

    def write(self, data: bytes) -> None:
        """Write it now or when there is room; what nobody reads is dropped."""
        if self.broken or self.closed or not data:
            return
        self.held = self.held[self.at :] + data if self.held else data
        self.at = 0
        self._flush()

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be written."""
        return not self.held

    def end(self) -> None:
        """Close it once everything has been written."""
        self.ending = True
        if not self.held:
            self.close()

    def _flush(self) -> None:
        careful = self.stream and not self.nonblocking
        if self.held and (not careful or self.watching):
            self._send(CAREFUL if careful else PIECE, once=careful)
        self._watch()
        if not self.held:
            if self.ending:
                self.close()
            self.drained()

    def _send(self, size: int, *, once: bool) -> None:
        """Write pieces of at most `size` bytes for as long as there is room."""
        view = memoryview(self.held)
        while self.at < len(view):
            try:
                self.at += os.write(self.fd, view[self.at : self.at + size])
            except BlockingIOError:
                return
            except OSError:
                # nobody reads any more, or the disk is full
                self.broken = True
                break
            if once and self.at < len(view):
                return
        self.held = b""

    def _watch(self) -> None:
        if self.held and not self.watching:
            self.watching = True
            self.reactor.add_writer(self.fd, self._flush)
        elif not self.held and self.watching:
            self.watching = False
            self.reactor.remove_writer(self.fd)

    def close(self) -> None:
        """Close it now; what has not been written is lost."""
        if not self.closed:
            self.held = b""
            self._watch()
            self.closed = True
            if self.nonblocking:
                os.set_blocking(self.fd, True)
            os.close(self.fd)


def is_stream(fd: int) -> bool:
    """Whether a descriptor is a pipe, socket or terminal, which may not be ready; poll(2) knows no waiting for files."""
    mode = os.fstat(fd).st_mode
    return S_ISFIFO(mode) or S_ISSOCK(mode) or (S_ISCHR(mode) and os.isatty(fd))


def is_pipe(fd: int) -> bool:
    """Whether a descriptor is a pipe."""
    return S_ISFIFO(os.fstat(fd).st_mode)
