"""Between descriptors and memory: readers and writers that never block and push back when nobody keeps up."""

from __future__ import annotations

import os
import select
from errno import EIO

from xsh.engine.keep import HIGH_WATER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.command.target import Reactor, Timer

CHUNK = 65536
"""Bytes a read asks for: the size of a pipe; larger reads cost more and bring no more (pipe(7))."""
PIPE_MOST = 1 << 20
"""Bytes a pipe holds at the most, unless root allows more (/proc/sys/fs/pipe-max-size, pipe(7))."""
ROUNDS = 8
"""Reads for each wake-up, so that one busy program does not starve the others."""


class Reader:
    """Reads one descriptor as it becomes readable, hands each chunk to `sink` and closes the descriptor at its end.

    `shared` says that other programs have the descriptor as well. It stays blocking then, since to make it otherwise
    would do that to them (fcntl(2)), and is read once for each wake-up.
    """

    __slots__ = ("closed", "ended", "failed", "fd", "paused", "reactor", "shared", "sink", "turn")

    def __init__(
        self,
        reactor: Reactor,
        fd: int,
        sink: Callable[[bytes], Any],
        ended: Callable[[], None],
        failed: Callable[[BaseException], None],
        *,
        shared: bool = False,
    ) -> None:
        self.reactor = reactor
        self.fd = fd
        self.sink = sink
        self.ended = ended
        self.failed = failed
        self.shared = shared
        self.closed = False
        self.paused = False
        self.turn: Timer | None = None
        if not shared:
            os.set_blocking(fd, False)
        self._watch()

    def _watch(self) -> None:
        try:
            self.reactor.add_reader(self.fd, self.ready)
        except PermissionError:
            # epoll refuses what is always ready, such as a file or /dev/null (epoll_ctl(2))
            self._come_back()

    def _unwatch(self) -> None:
        if self.turn is None:
            self.reactor.remove_reader(self.fd)
        else:
            self.turn.cancel()
            self.turn = None

    def _come_back(self) -> None:
        if self.turn is None:
            self.turn = self.reactor.call_later(0, self._take_turn)

    def _take_turn(self) -> None:
        self.turn = None
        self.ready()
        if not self.paused and not self.closed:
            self._come_back()

    def ready(self) -> None:
        """Read what is there, up to a fair amount."""
        for _ in range(1 if self.shared else ROUNDS):
            # less than was asked for is all there is: to be told so by one more read costs as much as the read itself
            if self._pass_on() < CHUNK or self.paused or self.closed:
                return

    def _pass_on(self) -> int:
        """Hand one chunk on and give its size in bytes; 0 when there is nothing now or the end was reached."""
        try:
            chunk = os.read(self.fd, CHUNK)
        except BlockingIOError:
            return 0
        except (OSError, MemoryError) as error:
            chunk = b""
            # EIO is how a pseudo-terminal says that its other side is closed, pty(7)
            if getattr(error, "errno", None) != EIO:
                self.failed(error)
        if not chunk:
            self.close()
            self.ended()
            return 0
        try:
            self.sink(chunk)
        except Exception as error:  # noqa: BLE001 - carried to the job
            # nobody takes more; the rest is read and dropped, so that the program is stopped and not stuck
            self.sink = drop
            self.failed(error)
        return len(chunk)

    def pause(self) -> None:
        """Stop reading, so that the writer is held back by the kernel."""
        if not self.paused and not self.closed:
            self.paused = True
            self._unwatch()

    def resume(self) -> None:
        """Go on reading."""
        if self.paused and not self.closed:
            self.paused = False
            self._watch()

    def drain(self) -> None:
        """Read what is there now, and no more: a daemon may write as fast as we read."""
        left = PIPE_MOST
        while left > 0 and not self.closed and not self.paused:
            size = self._pass_on()
            if not size:
                return
            left -= size

    def close(self) -> None:
        """Stop reading and close the descriptor; `failed` is told when that goes wrong."""
        if not self.closed:
            if not self.paused:
                self._unwatch()
            self.closed = True
            try:
                os.close(self.fd)
            except OSError as error:
                # the descriptor is gone all the same (close(2)): whoever waits for the end has to hear of it
                self.failed(error)


def drop(chunk: bytes) -> None:
    """Throw a chunk away."""


class Writer:
    """Writes to one descriptor as fast as its reader takes it; `drained` is called when room is there again."""

    __slots__ = ("broken", "closed", "closing", "drained", "fd", "reactor", "size", "waiting")

    def __init__(self, reactor: Reactor, fd: int) -> None:
        self.reactor = reactor
        self.fd = fd
        self.drained: Callable[[], None] | None = None
        self.waiting: list[memoryview] = []
        self.size = 0
        self.closing = False
        self.closed = False
        self.broken = False
        os.set_blocking(fd, False)

    @property
    def full(self) -> bool:
        """Whether so much waits that the producer should pause."""
        return self.size > HIGH_WATER

    def write(self, data: bytes) -> None:
        """Write `data` now or as soon as there is room; after the reader has gone it is dropped."""
        if self.closed or self.closing or not data:
            return
        view = memoryview(data)
        if not self.waiting:
            view = self._push(view)
            if not view:
                return
            self.reactor.add_writer(self.fd, self.ready)
        self.waiting.append(view)
        self.size += len(view)

    def _push(self, view: memoryview) -> memoryview:
        try:
            while view:
                view = view[os.write(self.fd, view) :]
        except BlockingIOError:
            return view
        except (BrokenPipeError, ConnectionResetError):
            self.broken = True
            self.waiting.clear()
            self.close()
            return view[:0]
        return view

    def ready(self) -> None:
        """Write what waits."""
        while self.waiting:
            head = self.waiting[0]
            rest = self._push(head)
            if self.broken:
                return
            self.size -= len(head) - len(rest)
            if rest:
                self.waiting[0] = rest
                break
            self.waiting.pop(0)
        if not self.waiting:
            self.reactor.remove_writer(self.fd)
            if self.closing:
                self.waiting = []
                self._shut()
                return
        if self.drained is not None and not self.full:
            self.drained()

    def probe(self) -> None:
        """Close if nobody reads any more, without waiting for the next write to find out (POLLERR, poll(2))."""
        if self.closed:
            return
        poller = select.poll()
        poller.register(self.fd, 0)
        if poller.poll(0):
            self.broken = bool(self.waiting)
            self.close()

    async def room(self) -> None:
        """Return when there is room for more, or nobody reads."""
        while self.full and not self.closed:
            fact = self.reactor.fact()
            self.drained = fact.set
            await fact.wait()

    def end(self) -> None:
        """Close once everything is written."""
        if self.closed or self.closing:
            return
        if self.waiting:
            self.closing = True
        else:
            self._shut()

    def close(self) -> None:
        """Close now; what still waits is dropped."""
        if self.closed:
            return
        if self.waiting or self.broken:
            self.reactor.remove_writer(self.fd)
            self.waiting = []
        self.size = 0
        self._shut()

    def _shut(self) -> None:
        self.closed = True
        os.close(self.fd)
        if self.drained is not None:
            self.drained()


class Live:
    """Shows what is read on a descriptor of ours; waits for it as a program that writes there itself would.

    Blocking on purpose: the descriptor is shared with other programs, so it cannot be made non-blocking (fcntl(2)).
    """

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def write(self, chunk: bytes) -> None:
        """Write all of `chunk`; raises OSError when the other side is gone or full."""
        view = memoryview(chunk)
        while view:
            try:
                view = view[os.write(self.fd, view) :]
            except BlockingIOError:
                waiter = select.poll()
                waiter.register(self.fd, select.POLLOUT)
                waiter.poll()
