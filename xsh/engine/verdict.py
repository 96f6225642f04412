"""How a job ended: its record, and the error that is raised when that is a failure, with its message."""

from __future__ import annotations

import time

from xsh.command.command import Command
from xsh.errors import CommandCancelled, CommandError, CommandFailed, CommandTimedOut, TargetError, XshError
from xsh.result import ExitStatus, Result, Usage
from xsh.words.duration import format_duration
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from xsh.engine.job import Job
    from xsh.engine.member import Member

SIGPIPE_CODE = 141
UNKILLABLE = ExitStatus(137, "SIGKILL")
TAIL_LINES = 20
TAIL_BYTES = 4096

CODES = {
    126: "cannot be executed",
    127: "command not found",
}


def record(job: Job) -> Result:
    """The record of a job whose parts have all ended."""
    duration = time.monotonic() - job.started
    if len(job.members) == 1:
        # most jobs: one stage, whose record is the whole one
        member = job.members[0]
        status, usage, pid = _ending(job, member)
        return Result(
            command=job.stage.display,
            argv=_argv(member),
            status=status,
            duration=duration,
            host=None if member.process is None else member.process.host,
            usage=usage,
            pid=pid,
            **_whole(job),
        )
    stages = tuple(_stage_record(job, member, duration) for member in job.members)
    deciding = stages[_deciding(stages, job)] if stages else None
    usage = Usage()
    for stage in stages:
        usage += stage.usage
    return Result(
        command=job.stage.display,
        argv=deciding.argv if deciding is not None else (),
        status=deciding.status if deciding is not None else ExitStatus(0),
        duration=duration,
        pid=job.pid,
        stages=stages or None,
        usage=usage,
        **_whole(job),
    )


def _whole(job: Job) -> dict[str, Any]:
    """The facts of a record that the whole job has and no stage."""
    streams = job.streams
    return {
        "stdout": None if streams.kept is None else streams.kept.value(),
        "stderr": _joined_stderr(job.members),
        "timed_out": job.timed_out,
        "truncated": _truncated(job),
        "stdout_held": bool(job.facts.get("stdout_held")),
        "objects": None if streams.items is None else tuple(streams.items),
    }


def _ending(job: Job, member: Member) -> tuple[ExitStatus, Usage, int | None]:
    """How one stage ended, what it used, and its process number; a Python stage ended well."""
    process = member.process
    if process is None:
        return ExitStatus(0), Usage(), None
    status = ExitStatus(0) if job.options.detach else process.status or UNKILLABLE
    return status, process.usage or Usage(), process.pid


def _stage_record(job: Job, member: Member, duration: float) -> Result:
    status, usage, pid = _ending(job, member)
    return Result(
        command=member.stage.display,
        argv=_argv(member),
        status=status,
        duration=duration if member.duration is None else member.duration,
        stderr=None if member.stderr is None else member.stderr.value(),
        pid=pid,
        host=None if member.process is None else member.process.host,
        usage=usage,
    )


def _argv(member: Member) -> tuple[str, ...]:
    stage = member.stage
    return (stage.argv or ()) if isinstance(stage, Command) else ()


def _joined_stderr(members: list[Member]) -> bytes | None:
    kept = [member.stderr.value() for member in members if member.stderr is not None]
    if not kept:
        return None if members else b""
    return kept[0] if len(kept) == 1 else b"".join(kept)


def _truncated(job: Job) -> bool:
    if job.options.limit_output is None:
        return False
    holders = [job.streams.kept, *(member.stderr for member in job.members)]
    return any(getattr(holder, "truncated", False) for holder in holders)


def _deciding(stages: Sequence[Result], job: Job) -> int:
    """The stage whose status is the pipeline's: the rightmost that failed other than by SIGPIPE, else the last."""
    for index in range(len(stages) - 1, -1, -1):
        if failed(stages[index], job, index):
            return index
    return len(stages) - 1


def failed(result: Result, job: Job, index: int) -> bool:
    """Whether one stage's status is a failure by the settings of the stage and of the whole."""
    member = job.members[index]
    if member.process is None:
        return False
    options = member.stage.options
    last = index == len(job.members) - 1
    if result.signal is None:
        if result.exit_code in job.options.accept and (last or options.accept == (0,)):
            return False
        if result.exit_code in options.accept and (options.accept != (0,) or not last):
            return False
    if not last and (result.signal == "SIGPIPE" or result.exit_code == SIGPIPE_CODE):
        return False
    return not (len(job.members) > 1 and options.nothrow)


def verdict(job: Job) -> Result:
    """The job's result; raises what a Python stage raised, CommandTimedOut, CommandCancelled or CommandFailed."""
    result = job.result
    if job.error is not None and not isinstance(job.error, XshError):
        raise job.error
    if result is None:
        # detached: it goes on without us
        return record(job)
    if job.error is not None:
        if isinstance(job.error, TargetError):
            job.error.result = result
        raise job.error
    if job.options.nothrow and not job.killed:
        return result
    bad: type[CommandError] | None = None
    if job.timed_out:
        bad = CommandTimedOut
    elif job.killed:
        bad = CommandCancelled
    elif has_failed(job, result):
        bad = CommandFailed
    if bad is None:
        return result
    raise bad(
        result,
        headline(job, result),
        tail="" if job.mode == "tee" else unseen_tail(result),
        hint=hint_for(job, result),
        location=job.stage.location,
    )


def has_failed(job: Job, result: Result) -> bool:
    """Whether some stage of it ended in a way that is a failure."""
    members = job.members
    if len(members) == 1 and result.exit_code == 0 and result.signal is None and job.options.accept == (0,):
        return False
    return any(failed(stage, job, index) for index, stage in enumerate(result.stages) if members)


def headline(job: Job, result: Result) -> str:
    """What, why and how long, in one line."""
    what = printable(shorten(result.command))
    stages = result.stages
    took = format_duration(result.duration)
    if job.timed_out:
        limit = format_duration(job.limit or 0)
        return f"{what}: timed out after {limit}" + (", had to be killed" if job.facts.get("had_to_kill") else "")
    if job.killed:
        return f"{what}: stopped after {took}" + (", had to be killed" if job.facts.get("had_to_kill") else "")
    part = ""
    if len(stages) > 1:
        index = _deciding(stages, job)
        part = f"stage {index + 1} of {len(stages)} ({printable(shorten(stages[index].command, 60))}): "
    return f"{what}: {part}{how(result.status)} after {took}"


def how(status: ExitStatus) -> str:
    """How a program ended, in words."""
    if status.signal is not None:
        import signal

        try:
            meaning = signal.strsignal(signal.Signals[status.signal])
        except KeyError:
            meaning = None
        return f"killed by {status.signal}" + (f" ({meaning.lower()})" if meaning else "")
    meaning = CODES.get(status.code)
    return f"exit {status.code}" + (f" ({meaning})" if meaning else "")


def shorten(text: str, limit: int = 200) -> str:
    """`text` in one line of at most `limit` characters."""
    line = " ⏎ ".join(part.strip() for part in text.splitlines() if part.strip())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def unseen_tail(result: Result) -> str:
    """The end of what the program said and the user has not seen: stderr, or stdout where that is empty."""
    deciding = [stage.stderr_data for stage in result.stages if not stage.ok and stage.stderr_data]
    data = (deciding[-1] if deciding else b"") or result.stderr_data or b""
    if not data.strip():
        data = result.stdout_data or b""
    cut = len(data) > TAIL_BYTES
    text = data[-TAIL_BYTES:].decode("utf-8", "replace" if cut else "surrogateescape").rstrip()
    lines = text.split("\n")
    more = cut or len(lines) > TAIL_LINES
    lines = [printable(line.rstrip("\r")) for line in lines[-TAIL_LINES:]]
    if more and lines:
        lines.insert(0, "…")
    return "\n".join(lines)


def hint_for(job: Job, result: Result) -> str | None:
    """How to fix it, where that is certain."""
    if result.exit_code == 127 and result.signal is None and not result.argv:
        return missing_program(job, result)
    if job.facts.get("denied"):
        return "some of its processes belong to another user and could not be signalled"
    return None


def missing_program(job: Job, result: Result) -> str:
    """The hint for a program that shell text asked for and that does not exist, by what the shell says of it."""
    said = result.stderr_data.decode("utf-8", "surrogateescape") if result.stderr_data else ""
    for line in reversed(said.splitlines()):
        before, _, why = line.rpartition(": ")
        if why in ("not found", "command not found"):
            name = before.rpartition(": ")[2]
            close = (job.options.target or job.runner.target).nearest(name)
            if close:
                return "did you mean " + " or ".join(printable(program) for program in close) + "?"
    return "a program in the shell text does not exist; the shell's message names it"
