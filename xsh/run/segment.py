"""The Python stages between two programs: reads, calls the functions, writes, with backpressure from end to end.

Adjacent Python stages form one segment, in which values travel as they are; only at its ends are they cut out of
bytes and made bytes again. A segment of plain functions over a program's output, by far the most common, runs in the
callback that reads: no task, no queue. Everything else (coroutines, generators, other sources) is a task.
"""

from __future__ import annotations

from xsh.run.lines import cutter, encode_items
from xsh.run.pump import Feed, Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.command.pipeline import Transform
    from xsh.run.job import Job
    from xsh.run.pump import Writer

GENERATOR, COROUTINE, ASYNC_GENERATOR = 0x20, 0x80, 0x200


class FromFd:
    """A segment's origin: the output of a program, or a file."""

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd


class Into:
    """A segment's end: takes bytes, or items where the consumer is Python too."""

    __slots__ = ("feed", "finish", "items", "write", "writers")

    def __init__(self, write: Callable[[bytes], Any], finish: Callable[[], Any], *writers: Writer) -> None:
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

    def put(self, items: list[Any], mode: str) -> None:
        """Pass items on; raises TypeError for what no program can be given."""
        if self.feed is not None:
            self.feed.put(items, sum(len(item) if isinstance(item, (str, bytes)) else 64 for item in items))
            return
        if self.items is not None:
            self.items.extend(items)
        self.write(encode_items(items, mode))


def kind_of(function: Any) -> str:
    """What a stage's function is: "function", "coroutine", "generator" or "async generator"."""
    while hasattr(function, "func"):
        function = function.func
    code = getattr(function, "__code__", None)
    if code is None:
        code = getattr(getattr(type(function), "__call__", None), "__code__", None)
    flags = getattr(code, "co_flags", 0)
    if flags & ASYNC_GENERATOR:
        return "async generator"
    if flags & COROUTINE:
        return "coroutine"
    return "generator" if flags & GENERATOR else "function"


class Segment:
    """One run of adjacent Python stages of a job."""

    __slots__ = ("ended", "functions", "into", "job", "mode", "origin", "reader", "task", "transforms", "worker")

    def __init__(self, job: Job, origin: Any, transforms: list[Transform], into: Into) -> None:
        self.job = job
        self.origin = origin
        self.transforms = transforms
        self.into = into
        self.mode = transforms[-1].mode if transforms else "lines"
        self.functions = [transform.function for transform in transforms]
        self.ended = False
        self.reader: Reader | None = None
        self.task: Any = None
        self.worker: Any = None

    @property
    def direct(self) -> bool:
        """Whether it runs in the callback that reads."""
        plain = all(kind_of(function) == "function" for function in self.functions)
        return plain and isinstance(self.origin, FromFd) and len({t.mode for t in self.transforms}) <= 1

    def begin(self) -> None:
        """Start it; the job is told when it has ended."""
        if self.direct:
            Direct(self).begin()
        else:
            from xsh.run.flowing import Flowing

            self.worker = Flowing(self)
            self.worker.begin()

    def finish(self, error: BaseException | None = None) -> None:
        """It has ended, with an error of its own or without."""
        if self.ended:
            return
        self.ended = True
        if self.reader is not None:
            self.reader.close()
        try:
            self.into.finish()
        except OSError as failure:
            error = error or failure
        if error is not None:
            self.job.fail(error)
        self.job.ended()

    def cancel(self) -> None:
        """Stop it: the job is being stopped."""
        if self.ended:
            return
        if self.worker is not None:
            self.worker.cancel()
        else:
            self.finish()

    def kill(self) -> None:
        """Stop it by force, also when its function does not return to us."""
        if self.worker is not None and not self.ended:
            self.worker.kill()


class Direct:
    """Plain functions, called for each line of a chunk in the callback that reads it."""

    __slots__ = ("cutter", "functions", "into", "mode", "segment")

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.functions = segment.functions
        self.into = segment.into
        self.mode = segment.mode
        self.cutter: Any = cutter(segment.mode)

    def begin(self) -> None:
        """Start reading."""
        segment = self.segment
        segment.reader = Reader(segment.job.reactor, segment.origin.fd, self.chunk, self.end)
        self.into.when_drained(self._room)

    def chunk(self, data: bytes) -> None:
        """Pass one chunk through the functions."""
        self._pass(self.cutter.feed(data))
        reader = self.segment.reader
        if reader is None or self.segment.ended:
            return
        if self.into.closed:
            self.segment.finish()
        elif self.into.full:
            reader.pause()

    def _pass(self, items: list[Any]) -> None:
        runner = self.segment.job.runner
        try:
            runner.in_function = True
            for function in self.functions:
                items = apply(function, items)
            runner.in_function = False
            if items:
                self.into.put(items, self.mode)
        except BaseException as error:
            runner.in_function = False
            self.segment.finish(name_stage(error, self.segment))

    def _room(self) -> None:
        reader = self.segment.reader
        if reader is None or self.segment.ended:
            return
        if self.into.closed:
            self.segment.finish()
        else:
            reader.resume()

    def end(self) -> None:
        """The source has ended."""
        self._pass(self.cutter.flush())
        self.segment.finish()


def apply(function: Callable[[Any], Any], items: list[Any]) -> list[Any]:
    """What a plain function makes of each item: a value, None to drop it, or a list of values."""
    out = list(map(function, items))
    if None in out or any(type(value) is list for value in out):
        return spread(out)
    return out


def spread(values: list[Any]) -> list[Any]:
    """Values with None dropped and lists opened."""
    flat: list[Any] = []
    for value in values:
        if type(value) is list:
            flat.extend(value)
        elif value is not None:
            flat.append(value)
    return flat


def name_stage(error: BaseException, segment: Segment) -> BaseException:
    """`error`, and where it is about a value that cannot go on, with the stage's name in it."""
    if isinstance(error, TypeError) and str(error).startswith("a stage gave"):
        names = " | ".join(stage.display for stage in segment.transforms)
        return TypeError(str(error).replace("a stage", names or "the source", 1))
    return error
