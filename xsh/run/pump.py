"""Between descriptors and memory: readers and writers that never block and push back when nobody keeps up."""

from __future__ import annotations

import os

from xsh.run.lines import LineCutter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.command.target import Reactor

CHUNK = 65536
"""Bytes a read asks for: the size of a pipe; larger reads cost more and bring no more (pipe(7))."""
ROUNDS = 8
"""Reads for each wake-up, so that one busy program does not starve the others."""
HIGH_WATER = 262144
"""Bytes that may wait in memory for a consumer before reading stops."""


class Reader:
    """Reads one descriptor as it becomes readable, hands each chunk to `sink` and closes the descriptor at its end."""

    __slots__ = ("closed", "ended", "failed", "fd", "paused", "reactor", "sink")

    def __init__(
        self,
        reactor: Reactor,
        fd: int,
        sink: Callable[[bytes], Any],
        ended: Callable[[], None],
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        self.failed = failed
        self.reactor = reactor
        self.fd = fd
        self.sink = sink
        self.ended = ended
        self.closed = False
        self.paused = False
        os.set_blocking(fd, False)
        reactor.add_reader(fd, self.ready)

    def ready(self) -> None:
        """Read what is there, up to a fair amount."""
        for _ in range(ROUNDS):
            try:
                chunk = os.read(self.fd, CHUNK)
            except BlockingIOError:
                return
            except OSError as error:
                # EIO is how a pseudo-terminal says that its other side is closed, pty(7)
                if error.errno != 5:
                    raise
                chunk = b""
            if not chunk:
                self.close()
                self.ended()
                return
            if self.failed is None:
                self.sink(chunk)
            else:
                self._guarded(chunk)
            if self.paused or self.closed:
                return

    def _guarded(self, chunk: bytes) -> None:
        try:
            self.sink(chunk)
        except Exception as error:
            # nobody takes more; the rest is read and dropped, so that the program is stopped and not stuck
            self.sink = drop
            assert self.failed is not None
            self.failed(error)

    def pause(self) -> None:
        """Stop reading, so that the writer is held back by the kernel."""
        if not self.paused and not self.closed:
            self.paused = True
            self.reactor.remove_reader(self.fd)

    def resume(self) -> None:
        """Go on reading."""
        if self.paused and not self.closed:
            self.paused = False
            self.reactor.add_reader(self.fd, self.ready)

    def drain(self) -> None:
        """Read all that is there now, without waiting for the end."""
        while not self.closed and not self.paused:
            try:
                chunk = os.read(self.fd, CHUNK)
            except BlockingIOError:
                return
            if not chunk:
                self.close()
                self.ended()
                return
            self.sink(chunk)

    def close(self) -> None:
        """Stop and close the descriptor."""
        if not self.closed:
            if not self.paused:
                self.reactor.remove_reader(self.fd)
            self.closed = True
            os.close(self.fd)


def drop(chunk: bytes) -> None:
    """Throw a chunk away."""


class Capture:
    """Keeps what is read, up to `limit` bytes; beyond it the head stays and `truncated` is set."""

    __slots__ = ("chunks", "joined", "limit", "size", "truncated")

    def __init__(self, limit: int | None = None) -> None:
        self.chunks: Any = None
        self.joined: bytes | None = b""
        self.limit = limit
        self.size = 0
        self.truncated = False

    def write(self, chunk: bytes) -> None:
        """Keep `chunk`, or the part of it that fits."""
        if self.limit is not None:
            room = self.limit - self.size
            if len(chunk) > room:
                self.truncated = True
                chunk = chunk[: max(room, 0)]
        self.size += len(chunk)
        if self.chunks is None:
            if not self.joined:
                self.joined = chunk
                return
            import io

            # BytesIO grows in place: a list of chunks joined at the end would need twice the memory
            self.chunks = io.BytesIO()
            self.chunks.write(self.joined)
        self.joined = None
        self.chunks.write(chunk)

    def value(self) -> bytes:
        """Everything kept so far."""
        if self.joined is None:
            self.joined = self.chunks.getvalue()
        return self.joined or b""


class Tail:
    """Keeps the last `limit` bytes of what is read, for an error's message."""

    __slots__ = ("data", "limit")

    def __init__(self, limit: int = 8192) -> None:
        self.data = b""
        self.limit = limit

    def write(self, chunk: bytes) -> None:
        """Keep the end of `chunk`."""
        self.data = (self.data + chunk)[-self.limit :]

    def value(self) -> bytes:
        """What is kept."""
        return self.data


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
            if self.closed or not view:
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
        while self.waiting and not self.closed:
            head = self.waiting[0]
            rest = self._push(head)
            if self.closed:
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
                import select

                waiter = select.poll()
                waiter.register(self.fd, select.POLLOUT)
                waiter.poll()


class Feed:
    """Lines on their way to a loop: a queue of batches that pauses its reader when the loop does not keep up."""

    __slots__ = ("batches", "cutter", "drained", "ended", "reader", "size", "woken")

    def __init__(self, cutter: Any = None) -> None:
        self.batches: list[list[Any]] = []
        self.cutter = LineCutter() if cutter is None else cutter
        self.reader: Any = None
        self.size = 0
        self.ended = False
        self.woken: Callable[[], None] | None = None
        self.drained: Callable[[], None] | None = None

    @property
    def full(self) -> bool:
        """Whether so much waits that the producer should pause."""
        return self.size > HIGH_WATER

    def write(self, chunk: bytes) -> None:
        """Cut `chunk` and wake the loop."""
        lines = self.cutter.feed(chunk)
        if lines:
            self.put(lines, len(chunk))

    def put(self, items: list[Any], size: int) -> None:
        """Queue ready items that stand for `size` bytes."""
        self.batches.append(items)
        self.size += size
        if self.full and self.reader is not None:
            self.reader.pause()
        self._wake()

    def end(self) -> None:
        """Nothing more comes."""
        rest = self.cutter.flush()
        if rest:
            self.batches.append(rest)
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        if self.woken is not None:
            self.woken()

    def take(self) -> list[list[Any]]:
        """All batches that wait; reading goes on."""
        batches, self.batches = self.batches, []
        self.size = 0
        if self.reader is not None:
            self.reader.resume()
        if self.drained is not None:
            self.drained()
        return batches
