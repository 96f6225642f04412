"""Where bytes that were read are kept: in memory whole, their end only, or as lines on their way to a loop."""

from __future__ import annotations

from xsh.engine.lines import LineCutter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.command.target import Reactor

HIGH_WATER = 262144
"""Bytes that may wait in memory for a consumer before reading stops."""


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
        try:
            self.chunks.write(chunk)
        except MemoryError as error:
            raise self._lost() from error

    def value(self) -> bytes:
        """Everything kept so far; raises MemoryError once where there is no room, and has nothing from then on."""
        if self.joined is None:
            try:
                self.joined = self.chunks.getvalue()
            except MemoryError as error:
                raise self._lost() from error
        return self.joined or b""

    def _lost(self) -> MemoryError:
        """Let go of what is kept, a BytesIO that could not grow has lost it anyway; the error that says so."""
        text = (
            f"no memory for {self.size:,} bytes of output; `.limit_output(…)` keeps less, a loop over it keeps nothing"
        )
        self.chunks = None
        self.joined = b""
        self.truncated = True
        return MemoryError(text)


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

    async def more(self, reactor: Reactor) -> list[list[Any]] | None:
        """The batches that wait, as soon as there are some; None when nothing more comes."""
        while not self.batches:
            if self.ended:
                return None
            news = reactor.fact()
            self.woken = news.set
            await news.wait()
            self.woken = None
        return self.take()

    def take(self) -> list[list[Any]]:
        """All batches that wait; reading goes on."""
        batches, self.batches = self.batches, []
        self.size = 0
        if self.reader is not None:
            self.reader.resume()
        if self.drained is not None:
            self.drained()
        return batches
