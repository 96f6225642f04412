"""What Python stages share: where their values come from, where they go, and how a plain function is applied."""

from __future__ import annotations

from xsh.engine.lines import encode_items
from xsh.engine.pump import Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from typing import Any

    from xsh.command.target import Reactor
    from xsh.engine.full import MayFill
    from xsh.engine.keep import Feed
    from xsh.engine.pump import Writer

    Batches = AsyncGenerator[list[Any], None]

GENERATOR, COROUTINE, ASYNC_GENERATOR = 0x20, 0x80, 0x200
LIST: type[Any] = list


class FromFd:
    """A segment's origin: the output of a program, or a file; `taken` once something reads it and will close it."""

    __slots__ = ("fd", "shared", "taken")

    def __init__(self, fd: int, *, shared: bool = False) -> None:
        self.fd = fd
        self.shared = shared
        self.taken = False

    def read(
        self,
        reactor: Reactor,
        sink: Callable[[bytes], Any],
        ended: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> Reader:
        """Begin to read it into `sink`; `ended` is called at its end, `failed` with what goes wrong before."""
        self.taken = True
        return Reader(reactor, self.fd, sink, ended, failed, shared=self.shared)


class Into:
    """A segment's end: takes bytes, or items where the consumer is Python too."""

    __slots__ = ("feed", "finish", "items", "write", "writers")

    def __init__(self, write: Callable[[bytes], Any], finish: Callable[[], Any], *writers: Writer | MayFill) -> None:
        self.write = write
        self.finish = finish
        self.writers = writers
        self.feed: Feed | None = None
        self.items: list[Any] | None = None

    @property
    def closed(self) -> bool:
        """Whether nobody reads any more."""
        return bool(self.writers) and all(writer.closed for writer in self.writers)

    @property
    def full(self) -> bool:
        """Whether the slowest reader has enough for now."""
        if self.feed is not None:
            return self.feed.full
        return any(writer.full and not writer.closed for writer in self.writers)

    def when_drained(self, callback: Callable[[], None]) -> None:
        """Call back when there may be room again."""
        if self.feed is not None:
            self.feed.drained = callback
        for writer in self.writers:
            writer.drained = callback

    def take(self, values: list[Any], mode: str) -> None:
        """Pass on what a function gave for each item, None dropped and lists opened; raises as `put`."""
        if self.feed is None and self.items is None and values:
            end = "\n" if mode == "lines" else ""
            try:
                # nearly always all of it is text, and no look at each value is needed to find out
                text = end.join(values) + end
            except TypeError:
                pass
            else:
                self.write(text.encode("utf-8", "surrogateescape"))
                return
        items = plain(values)
        if items:
            self.put(items, mode)

    def put(self, items: list[Any], mode: str) -> None:
        """Pass items on; raises TypeError for what no program can be given."""
        if self.feed is not None:
            self.feed.put(items, size_of(items))
            return
        if self.items is not None:
            self.items.extend(items)
        self.write(encode_items(items, mode))


def size_of(items: list[Any]) -> int:
    """About how many bytes items are in memory."""
    try:
        return sum(map(len, items))
    except TypeError:
        return sum(len(item) if isinstance(item, (str, bytes)) else 64 for item in items)


def kind_of(function: Any) -> str:
    """What a stage's function is: "function", "coroutine", "generator" or "async generator"."""
    while hasattr(function, "func"):
        function = function.func
    code = getattr(function, "__code__", None)
    if code is None:
        code = getattr(getattr(function.__class__, "__call__", None), "__code__", None)  # noqa: B004 - its code is wanted
    flags = getattr(code, "co_flags", 0)
    if flags & ASYNC_GENERATOR:
        return "async generator"
    if flags & COROUTINE:
        return "coroutine"
    return "generator" if flags & GENERATOR else "function"


def apply(function: Callable[[Any], Any], items: list[Any]) -> list[Any]:
    """What a plain function makes of each item: a value, None to drop it, or a list of values."""
    return plain(list(map(function, items)))


def plain(values: list[Any]) -> list[Any]:
    """Values, spread where one of them is None or a list."""
    if None in values or list in set(map(type, values)):
        return spread(values)
    return values


def spread(values: list[Any]) -> list[Any]:
    """Values with None dropped and lists opened."""
    flat: list[Any] = []
    for value in values:
        if type(value) is LIST:
            flat.extend(value)
        elif value is not None:
            flat.append(value)
    return flat


def name_stage(error: BaseException, stages: list[Any]) -> BaseException:
    """`error`, and where it is about a value that cannot go on, with the stage's name in it."""
    if isinstance(error, TypeError) and str(error).startswith("a stage gave"):
        names = " | ".join(stage.display for stage in stages)
        return TypeError(str(error).replace("a stage", names or "the source", 1))
    return error
