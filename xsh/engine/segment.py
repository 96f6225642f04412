"""The Python stages between two programs: reads, calls the functions, writes, with backpressure from end to end.

Adjacent Python stages of one mode form one segment, in which values travel as they are; only at its ends are they cut
out of bytes and made bytes again. A segment of plain functions over a program's output, by far the most common, runs in
the callback that reads: no task, no queue. Everything else (coroutines, generators, other sources) is a task.
"""

from __future__ import annotations

from xsh.engine.between import FromFd, apply, kind_of, name_stage
from xsh.engine.lines import cutter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.pipeline import Transform
    from xsh.engine.between import Into
    from xsh.engine.pump import Reader


class Segment:
    """One run of adjacent Python stages of a job."""

    __slots__ = ("ended", "functions", "into", "job", "mode", "origin", "reader", "transforms", "worker")

    def __init__(self, job: Any, origin: Any, transforms: list[Transform], into: Into) -> None:
        self.job = job
        self.origin = origin
        self.transforms = transforms
        self.into = into
        self.mode = transforms[-1].mode if transforms else "lines"
        self.functions = [transform.function for transform in transforms]
        self.ended = False
        self.reader: Reader | None = None
        self.worker: Any = None

    @property
    def direct(self) -> bool:
        """Whether it runs in the callback that reads."""
        # under a time limit a function that does not return must not hold up the timer, so it gets a thread
        if self.functions and self.job.bounded:
            return False
        plain = all(kind_of(function) == "function" for function in self.functions)
        return plain and isinstance(self.origin, FromFd)

    def begin(self) -> None:
        """Start it; the job is told when it has ended."""
        if self.direct:
            Direct(self).begin()
        else:
            from xsh.engine.flowing import Flowing

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
        segment.reader = segment.origin.read(segment.job.reactor, self.chunk, self.end, segment.finish)
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
            for function in self.functions[:-1]:
                items = apply(function, items)
            if self.functions:
                items = list(map(self.functions[-1], items))
            runner.in_function = False
            self.into.take(items, self.mode)
        except BaseException as error:  # noqa: BLE001 - carried to the job
            runner.in_function = False
            self.segment.finish(name_stage(error, self.segment.transforms))

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
        if not self.segment.ended:
            self._pass(self.cutter.flush())
            self.segment.finish()
