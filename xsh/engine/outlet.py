"""Where a stream of a job goes: the terminal, memory, both, a loop, a file, or lines under a label."""

from __future__ import annotations

import os

from xsh.command.options import Discard
from xsh.command.scope import current_hearer
from xsh.engine.between import Into
from xsh.engine.ends import is_regular, object_writer, open_output, reopened
from xsh.engine.full import MayFill, name_of
from xsh.engine.keep import Capture, Feed, Tail
from xsh.engine.pump import Live, Reader, Writer, drop
from xsh.engine.streams import STDERR, STDOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.command.options import Options
    from xsh.command.scope import Branch
    from xsh.command.target import LineWriter
    from xsh.engine.ends import Ends
    from xsh.engine.job import Job
    from xsh.engine.member import Member


class Outlets:
    """What the streams of one job share: how output goes, the descriptors being opened, the label's writer."""

    __slots__ = ("branch", "ends", "hears", "job", "labelled", "mode")

    def __init__(self, job: Job, ends: Ends, mode: str, branch: Branch | None) -> None:
        self.job = job
        self.ends = ends
        self.mode = mode
        self.branch = branch
        self.labelled: LineWriter | None = None
        self.hears: LineWriter | None = None
        hearer = current_hearer.get()
        if hearer is not None and job.options.output != "quiet" and not job.options.detach:
            self.hears = hearer()
            job.streams.closers.append(self.hears.close)

    @property
    def inherited(self) -> bool:
        """Whether programs write to our own stdout and stderr themselves."""
        return self.mode == "show" and not self.prefixed and self.hears is None

    @property
    def only_kept(self) -> bool:
        """Whether output goes into memory and nowhere else."""
        return self.mode == "quiet" and self.hears is None and not self.job.is_handle

    @property
    def prefixed(self) -> bool:
        """Whether lines are shown behind a label, because several jobs run."""
        return self.branch is not None and self.branch.prefixed and self.job.runner.open_writer is not None

    def live(self, stream: int) -> Callable[[bytes], Any]:
        """What shows bytes on our stdout or stderr."""
        if not self.prefixed or self.branch is None:
            return Live(stream).write
        if self.labelled is None:
            label = self.job.options.label or self.branch.label
            writer: LineWriter = self.job.runner.open_writer(label, self.branch.width, self.job.reactor)
            self.labelled = writer
            self.job.streams.closers.append(writer.close)
        write = self.labelled.write
        return lambda chunk: write(stream, chunk)

    def consumer(self, stream: int, keep: Callable[[Capture | Tail], None]) -> Callable[[bytes], Any]:
        """What takes the bytes of a stream that comes to us; `keep` is told what holds them."""
        hears = [] if self.hears is None else [self._heard(stream, self.hears)]
        if self.mode == "show":
            return spread_to(self.live(stream), hears)
        if self.mode == "iterate":
            if stream == STDOUT:
                return self.job.streams.feed(STDOUT).write
            tail = Tail()
            keep(tail)
            return tail.write
        capture = Capture(self.job.options.limit_output)
        keep(capture)
        others = hears
        if self.mode == "tee":
            # what is kept counts, also where it can no longer be shown
            others = [
                *hears,
                MayFill(self.live(stream), self.job, f"<{'stdout' if stream == STDOUT else 'stderr'}>").write,
            ]
        if self.job.is_handle:
            others.append(self.job.streams.tap(stream))
        return spread_to(capture.write, others)

    @staticmethod
    def _heard(stream: int, hears: LineWriter) -> Callable[[bytes], Any]:
        return lambda chunk: hears.write(stream, chunk)

    def read(self, sink: Callable[[bytes], Any]) -> int:
        """A write end for a program; what comes out of it goes to `sink`."""
        read_end, write_end = self.ends.pipe()
        self.read_from(read_end, sink)
        return write_end

    def capture(self, capture: Capture) -> int:
        """A write end for a program whose output goes nowhere but into memory: what `read` does, in fewer steps."""
        job = self.job
        read_end, write_end = self.ends.pipe()
        job.expect()
        job.streams.readers.append(Reader(job.reactor, self.ends.give(read_end), capture.write, job.ended, job.fail))
        return write_end

    def read_from(self, fd: int, sink: Callable[[bytes], Any]) -> None:
        """Read `fd`, which is ours, to its end into `sink`."""
        job = self.job
        job.expect()
        owner = getattr(sink, "__self__", None)
        ended = job.ended
        if isinstance(owner, Feed):

            def ended() -> None:
                owner.end()
                job.ended()

        reader = Reader(job.reactor, self.ends.give(fd), sink, ended, job.fail)
        if isinstance(owner, Feed):
            owner.reader = reader
        elif isinstance(owner, Shared):
            owner.readers.append(reader)
        job.streams.readers.append(reader)

    def writer(self, fd: int) -> Writer:
        """A writer to `fd`, which is ours."""
        writer = Writer(self.job.reactor, self.ends.give(fd))
        self.job.streams.writers.append(writer)
        return writer

    def stderr(self, options: Options, member: Member, stdout: int) -> int:
        """The descriptor for a program's stderr."""
        if options.stderr == "stdout":
            return stdout
        if isinstance(options.stderr, Discard):
            return self.ends.null(os.O_WRONLY)
        if options.stderr is not None:
            return Outlet(self, STDERR, options.stderr, options.append).fd()
        if options.detach:
            return self.ends.null(os.O_WRONLY)
        return Outlet(self, STDERR, keep=member.keep).fd()


def spread_to(first: Callable[[bytes], Any], others: list[Callable[[bytes], Any]]) -> Callable[[bytes], Any]:
    """One sink that gives each chunk to several."""
    if not others:
        return first

    def write(chunk: bytes) -> None:
        first(chunk)
        for other in others:
            other(chunk)

    return write


class Shared:
    """A consumer that several writers of one stream have together; it ends with the job."""

    __slots__ = ("readers", "write")

    def __init__(self, write: Callable[[bytes], Any]) -> None:
        self.write = write
        self.readers: list[Reader] = []
        owner = getattr(write, "__self__", None)
        if isinstance(owner, Feed):
            owner.reader = self

    def take(self, chunk: bytes) -> None:
        """Pass a chunk on."""
        self.write(chunk)

    def pause(self) -> None:
        """Hold every writer back."""
        for reader in self.readers:
            reader.pause()

    def resume(self) -> None:
        """Let every writer go on."""
        for reader in self.readers:
            reader.resume()


class Outlet:
    """The end of a chain of stages: gives a descriptor to a program, or takes bytes and items from Python."""

    __slots__ = ("append", "keep", "outlets", "sink", "stream")

    def __init__(
        self,
        outlets: Outlets,
        stream: int = STDOUT,
        sink: Any = None,
        append: bool = False,
        keep: Callable[[Capture | Tail], None] | None = None,
    ) -> None:
        self.outlets = outlets
        self.stream = stream
        self.sink = sink
        self.append = append
        self.keep = keep or outlets.job.streams.keep

    def to(self, sink: Any, append: bool = False) -> Outlet:
        """The same end, into `sink` instead."""
        return Outlet(self.outlets, self.stream, sink, append, self.keep)

    def share(self) -> Outlet:
        """The same end for several writers: a file is opened once, and what is kept is kept in one place."""
        outlets = self.outlets
        if isinstance(self.sink, Discard):
            return self
        if self.sink is None and not outlets.inherited and not outlets.job.options.detach:
            return self.to(Shared(outlets.consumer(self.stream, self.keep)))
        end = None if self.sink is None else open_output(self.sink, self.append, outlets.ends)
        return self if end is None else self.to(end)

    def fd(self) -> int:
        """The descriptor a program writes to."""
        outlets = self.outlets
        if isinstance(self.sink, Shared):
            return outlets.read(self.sink.take)
        if isinstance(self.sink, Discard) or (self.sink is None and outlets.job.options.detach):
            return outlets.ends.null(os.O_WRONLY)
        if self.sink is not None:
            end = open_output(self.sink, self.append, outlets.ends)
            if end is not None:
                return end
            return outlets.read(object_writer(self.sink, outlets.job.streams.closers))
        if outlets.inherited:
            return self.stream
        return outlets.read(outlets.consumer(self.stream, self.keep))

    def into(self) -> Into:
        """What a Python stage writes to."""
        outlets = self.outlets
        job = outlets.job
        if isinstance(self.sink, Discard):
            return Into(drop, lambda: None)
        if self.sink is not None:
            return self._into_sink()
        if outlets.mode == "iterate" and self.stream == STDOUT:
            feed = job.streams.feed(STDOUT)
            into = Into(feed.write, feed.end)
            into.feed = feed
            return into
        into = Into(outlets.consumer(self.stream, self.keep), lambda: None)
        if job.options.objects:
            job.streams.items = into.items = []
        return into

    def _into_sink(self) -> Into:
        ends = self.outlets.ends
        end = open_output(self.sink, self.append, ends)
        if end is None:
            return Into(object_writer(self.sink, self.outlets.job.streams.closers), lambda: None)
        own = None if is_regular(end) or os.isatty(end) else reopened(end)
        if own is None:
            fd = ends.give(end) if end in ends.open and not isinstance(self.sink, int) else os.dup(end)
            file = MayFill(Live(fd).write, self.outlets.job, name_of(self.sink))
            return Into(file.write, lambda: os.close(fd), file)
        writer = self.outlets.writer(own)
        return Into(writer.write, writer.end, writer)
