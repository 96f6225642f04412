"""What a workflow tells while it runs.

`WorkflowStarted` comes first and `WorkflowEnded` last, always. A step that starts ends with exactly one of
`StepSucceeded` and `StepFailed`; one that never starts gets `StepSkipped`; `StepUndone` tells of each undo that ran.
"""

from __future__ import annotations

from xsh.result import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.flow.report import StepReport, WorkflowReport

STDOUT, STDERR = 1, 2


class WorkflowEvent:
    """Anything a workflow tells; `report` is its report as it stands, `workflow` its name."""

    __module__ = "xsh"
    __slots__ = ("report",)

    def __init__(self, report: WorkflowReport) -> None:
        self.report = report

    @property
    def workflow(self) -> str:
        """The workflow's name."""
        return self.report.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.workflow!r})"


class WorkflowStarted(WorkflowEvent):
    """It begins."""

    __module__ = "xsh"
    __slots__ = ()


class WorkflowEnded(WorkflowEvent):
    """It has ended, and every undo with it; always the last event."""

    __module__ = "xsh"
    __slots__ = ()

    @property
    def ok(self) -> bool:
        """Whether it came to its end and nothing failed that was not optional."""
        return self.report.ok

    @property
    def error(self) -> BaseException | None:
        """What ended it, None when it came to its end."""
        return self.report.error


class StepEvent(WorkflowEvent):
    """Anything told of one step; `step` is its report as it stands, `name` its name."""

    __module__ = "xsh"
    __slots__ = ("step",)

    def __init__(self, report: WorkflowReport, step: StepReport) -> None:
        super().__init__(report)
        self.step = step

    @property
    def name(self) -> str:
        """The step's name."""
        return self.step.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class StepStarted(StepEvent):
    """The step begins."""

    __module__ = "xsh"
    __slots__ = ()


class StepOutput(StepEvent):
    """A command of the step wrote a line, without its end; `stream` is 1 for stdout and 2 for stderr."""

    __module__ = "xsh"
    __slots__ = ("line", "stream")

    def __init__(self, report: WorkflowReport, step: StepReport, stream: int, line: str) -> None:
        super().__init__(report, step)
        self.stream = stream
        self.line = line

    def __repr__(self) -> str:
        return f"StepOutput({self.name!r}, {self.stream}, {self.line!r})"


class StepSucceeded(StepEvent):
    """The step ended well."""

    __module__ = "xsh"
    __slots__ = ()

    @property
    def value(self) -> Any:
        """What it gave."""
        return self.step.value

    @property
    def duration(self) -> float:
        """Its seconds."""
        return self.step.duration


class StepFailed(StepEvent):
    """The step raised, or was stopped; a failure of an optional step does not end the workflow."""

    __module__ = "xsh"
    __slots__ = ()

    @property
    def error(self) -> BaseException | None:
        """What it raised."""
        return self.step.error

    @property
    def optional(self) -> bool:
        """Whether the workflow goes on."""
        return self.step.optional

    @property
    def duration(self) -> float:
        """Its seconds."""
        return self.step.duration


class StepSkipped(StepEvent):
    """The step never started, because the workflow ended before."""

    __module__ = "xsh"
    __slots__ = ()


class StepUndone(StepEvent):
    """The undo of a finished step has run; `error` is what it raised, None when it ended well."""

    __module__ = "xsh"
    __slots__ = ()

    @property
    def error(self) -> BaseException | None:
        """What the undo raised."""
        return self.step.undo_error


class OutputLines:
    """Takes the output of one command in pieces and gives its lines, for `StepOutput`."""

    __slots__ = ("held", "told")

    def __init__(self, told: Callable[[int, str], None]) -> None:
        self.told = told
        self.held = {STDOUT: bytearray(), STDERR: bytearray()}

    def write(self, stream: int, data: bytes) -> None:
        """Tell the lines that `data` completes."""
        end = data.rfind(b"\n") + 1
        if not end:
            self.held[stream] += data
            return
        block = bytes(self.held[stream]) + data[: end - 1]
        self.held[stream] = bytearray(data[end:])
        for line in block.split(b"\n"):
            self.told(stream, decode(line.removesuffix(b"\r")))

    def close(self) -> None:
        """Tell a last line that had no end."""
        for stream, rest in self.held.items():
            if rest:
                self.told(stream, decode(bytes(rest)))
        self.held = {STDOUT: bytearray(), STDERR: bytearray()}
