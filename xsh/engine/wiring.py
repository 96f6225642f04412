"""Connecting a job: opens the pipes, files and Python stages and starts every program, all in one go.

No await happens between the first program's start and its registration with the job, so there is no moment in which a
cancellation could leave a started program unknown. What fails half-way stops what was started before.
"""

from __future__ import annotations

import os

from xsh.command.command import Command
from xsh.command.pipeline import Pipeline, Sink, Source, Transform, as_stage
from xsh.command.target import SpawnRequest
from xsh.command.transform import Tee
from xsh.engine.between import FromFd, Into
from xsh.engine.ends import End, Ends, copy_window, open_input
from xsh.engine.keep import Capture
from xsh.engine.lines import BYTES, encode_items
from xsh.engine.member import Member
from xsh.engine.outlet import Outlet, Outlets
from xsh.engine.segment import Segment
from xsh.engine.streams import STDERR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.pipeline import Stage
    from xsh.command.scope import Branch
    from xsh.command.target import Process
    from xsh.engine.job import Job
    from xsh.engine.pump import Writer

LISTS: tuple[type[Any], ...] = (list, tuple)


class Wiring:
    """The making of one job: from its stages to running programs."""

    def __init__(self, runner: Any, job: Job, mode: str, branch: Branch | None) -> None:
        self.runner = runner
        self.job = job
        self.ends = Ends()
        self.outlets = Outlets(job, self.ends, mode, branch)
        self.no_input = branch is not None or job.options.detach
        self.groups: dict[int, Process | None] = {}

    def connect(self, stages: list[Stage]) -> None:
        """Start everything; raises SpawnError, TargetError, TypeError or OSError.

        The job is as new then if nothing has started; what has started is for the caller to stop.
        """
        try:
            head = stages[0]
            if len(stages) == 1 and head.options.simple and self.outlets.only_kept and isinstance(head, Command):
                self._captured(head)
                return
            source = head.data if isinstance(head, Source) else head.options.input
            rest = stages[1:] if isinstance(head, Source) else stages
            self._chain(rest, source, Outlet(self.outlets), first=True)
        except BaseException:
            # first our own ends: output that we hold open ourselves would look like a daemon's
            self.ends.close()
            if not self.job.started_any:
                self.job.undo()
            raise
        finally:
            self.ends.close()

    def _chain(self, stages: list[Stage], upstream: Any, outlet: Outlet, *, first: bool = False) -> None:
        last = stages[-1] if stages else None
        if isinstance(last, Sink):
            stages = stages[:-1]
            outlet = outlet.to(last.to)
        if not stages:
            self._python([], upstream, outlet.into())
            return
        index = 0
        while index < len(stages):
            stage = stages[index]
            stop = index + 1
            while isinstance(stage, Transform) and stop < len(stages) and of_one_mode(stage, stages[stop]):
                stop += 1
            final = outlet if stop == len(stages) else None
            if isinstance(stage, Command):
                upstream = self._command(stage, upstream, final, first=first and index == 0)
            elif isinstance(stage, Tee):
                self._tee(stage, upstream, final)
            elif isinstance(stage, Transform):
                upstream = self._between(stages[index:stop], upstream, final)
            else:
                raise TypeError(f"{stage.display} can only stand at an end of a pipeline")
            index = stop

    # -- programs ------------------------------------------------------------------------------------------------

    def _command(self, stage: Command, upstream: Any, final: Outlet | None, *, first: bool) -> End | None:
        options = stage.options
        if options.pty:
            self._on_terminal(stage, upstream, final)
            return None
        stdin = self._stdin(upstream, first)
        downstream = None
        if final is None:
            read_end, stdout = self.ends.pipe()
            downstream = End(read_end)
        else:
            stdout = (final.to(options.stdout, options.append) if options.stdout is not None else final).fd()
        member = Member(stage)
        if options.stderr_pipe is not None:
            stderr = self._side(as_stage(options.stderr_pipe, last=True), member)
        else:
            stderr = self.outlets.stderr(options, member, stdout)
        self._spawn(member, (stdin, stdout, stderr))
        return downstream

    def _captured(self, stage: Command) -> None:
        """One program whose output is kept: most jobs by far, so what `_chain` would come to is written out."""
        options, outlets, member = stage.options, self.outlets, Member(stage)
        kept = Capture(options.limit_output)
        self.job.streams.kept = kept
        stdout = outlets.capture(kept)
        if options.stderr is None:
            member.stderr = said = Capture(options.limit_output)
            stderr = outlets.capture(said)
        else:
            stderr = outlets.stderr(options, member, stdout)
        self._spawn(member, (self.ends.null(os.O_RDONLY) if self.no_input else 0, stdout, stderr))

    def _spawn(self, member: Member, ends: tuple[int, int, int], terminal: str | None = None) -> None:
        options = member.stage.options
        target = options.target or self.runner.target
        request = SpawnRequest(
            self.runner.argv(member.stage),
            stdin=ends[0],
            stdout=ends[1],
            stderr=ends[2],
            cwd=options.cwd,
            env=options.env,
            group=self.groups.get(id(target)),
            new_session=options.detach,
            terminal=terminal,
            job=self.job,
        )
        member.process = target.spawn(request)
        if self.runner.spawned is not None:
            self.runner.spawned(self.job, member.process)
        if terminal is None:
            # a process group is of one place
            self.groups.setdefault(id(target), member.process)
        self.job.add(member)

    def _stdin(self, upstream: Any, first: bool) -> int:
        if upstream is not None:
            end = open_input(upstream, self.ends)
            return self._fed(upstream) if end is None else end
        if first and self.job.is_handle and not self.job.options.detach:
            read_end, write_end = self.ends.pipe()
            self.job.streams.input = self.outlets.writer(write_end)
            return read_end
        return self.ends.null(os.O_RDONLY) if self.no_input or not first else 0

    def _fed(self, data: Any) -> int:
        read_end, write_end = self.ends.pipe()
        writer = self.outlets.writer(write_end)
        ready = ready_bytes(data)
        if ready is None:
            self._python([], data, Into(writer.write, writer.end, writer))
        else:
            writer.write(ready)
            writer.end()
        return read_end

    def _side(self, stage: Stage, member: Member) -> int:
        read_end, write_end = self.ends.pipe()
        self._chain(parts_of(stage), End(read_end), Outlet(self.outlets, STDERR, keep=member.keep))
        return write_end

    def _on_terminal(self, stage: Command, upstream: Any, final: Outlet | None) -> None:
        if final is None:
            raise TypeError("a command on a pseudo-terminal (.pty()) must be the last stage of a pipeline")
        master, slave = (self.ends.own(end) for end in os.openpty())
        copy_window(slave)
        data = b"" if upstream is None else ready_bytes(upstream)
        if data is None:
            raise TypeError("a command on a pseudo-terminal (.pty()) takes text or bytes as input")
        self._spawn(Member(stage), (slave, slave, slave), os.ttyname(slave))
        if data or self.job.is_handle:
            writer = self.job.streams.input = self.outlets.writer(os.dup(master))
            writer.write(data)
        into = final.to(stage.options.stdout, stage.options.append).into()
        self.job.streams.closers.append(into.finish)
        self.outlets.read_from(master, into.write)

    # -- Python stages -------------------------------------------------------------------------------------------

    def _between(self, stages: list[Any], upstream: Any, final: Outlet | None) -> End | None:
        if final is not None:
            self._python(stages, upstream, final.into())
            return None
        read_end, write_end = self.ends.pipe()
        writer = self.outlets.writer(write_end)
        self._python(stages, upstream, Into(writer.write, writer.end, writer))
        return End(read_end)

    def _python(self, stages: list[Any], upstream: Any, into: Into) -> None:
        segment = Segment(self.job, self._origin(upstream), stages, into)
        self.job.work(segment, [Member(stage) for stage in stages])

    def _origin(self, upstream: Any) -> Any:
        if upstream is None:
            return b"" if self.no_input else FromFd(os.dup(0), shared=True)
        end = open_input(upstream, self.ends)
        if end is None:
            return upstream
        return FromFd(self.ends.give(end)) if end in self.ends.open else FromFd(os.dup(end), shared=True)

    def _tee(self, stage: Tee, upstream: Any, final: Outlet | None) -> None:
        if final is None:
            raise TypeError("tee(…) must be the last stage: its branches are where the stream goes on")
        final = final.share()
        writers: list[Writer] = []
        for branch in stage.branches:
            read_end, write_end = self.ends.pipe()
            writers.append(self.outlets.writer(write_end))
            self._chain(parts_of(branch), End(read_end), final)

        def write(chunk: bytes) -> None:
            for writer in writers:
                writer.write(chunk)

        def finish() -> None:
            for writer in writers:
                writer.end()

        self._python([Transform(pass_on, "bytes")], upstream, Into(write, finish, *writers))


def of_one_mode(transform: Transform, other: Stage) -> bool:
    """Whether values can go from one to the other as they are; else they are made bytes and cut anew between them."""
    return isinstance(other, Transform) and other.mode == transform.mode


def pass_on(chunk: bytes) -> bytes:
    """The chunk itself."""
    return chunk


def parts_of(stage: Stage) -> list[Stage]:
    """The stages of a pipeline, or the stage alone."""
    return list(stage.spread()) if isinstance(stage, Pipeline) else [stage]


def ready_bytes(data: Any) -> bytes | None:
    """`data` as bytes when all of it is there: text, bytes, or a list of lines; None otherwise."""
    if isinstance(data, str):
        return data.encode("utf-8", "surrogateescape")
    if isinstance(data, LISTS):
        return encode_items(list(data))
    return bytes(data) if isinstance(data, BYTES) else None
