"""What became of a workflow: its steps in order, with how each ended, what it gave and how long it took."""

from __future__ import annotations

from xsh.words.duration import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class StepReport:
    """One step: its `status`, `value` or `error`, when it `started` (seconds of the epoch) and its seconds of `duration`.

    `status` is "waiting", "running", "succeeded", "failed", "cancelled" or "skipped". `undone` says whether its undo ran
    to its end, `undo_error` is what the undo raised. `phase` is the name of the parallel phase it belongs to.
    """

    __module__ = "xsh"
    __slots__ = (
        "duration",
        "error",
        "name",
        "optional",
        "phase",
        "started",
        "status",
        "undo_error",
        "undone",
        "value",
    )

    def __init__(self, name: str, phase: str | None, *, optional: bool) -> None:
        self.name = name
        self.phase = phase
        self.optional = optional
        self.status = "waiting"
        self.started: float | None = None
        self.duration = 0.0
        self.value: Any = None
        self.error: BaseException | None = None
        self.undone = False
        self.undo_error: BaseException | None = None

    @property
    def ok(self) -> bool:
        """Whether it succeeded, or failed and was optional."""
        return self.status == "succeeded" or (self.optional and self.status == "failed")

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return f"<step {self.name!r} {self.status} after {format_duration(self.duration)}>"


class WorkflowReport:
    """How a workflow went; true when it is `ok`, `report["build"]` is the step of that name.

    `context` is the object its steps shared, `error` what ended it, `duration` its seconds.
    """

    __module__ = "xsh"
    __slots__ = ("context", "duration", "error", "name", "started", "steps")

    def __init__(self, name: str, steps: list[StepReport], context: Any) -> None:
        self.name = name
        self.steps = steps
        self.context = context
        self.started: float | None = None
        self.duration = 0.0
        self.error: BaseException | None = None

    @property
    def ok(self) -> bool:
        """Whether it came to its end and no step failed that was not optional."""
        return self.error is None and all(step.ok for step in self.steps)

    def count(self, status: str) -> int:
        """How many steps ended that way."""
        return sum(step.status == status for step in self.steps)

    @property
    def summary(self) -> str:
        """One line: how it ended, after how long, how many steps ended in which way."""
        ended = "succeeded" if self.ok else "failed"
        if self.error is not None and not isinstance(self.error, Exception):
            ended = "stopped"
        statuses = ("succeeded", "failed", "cancelled", "skipped")
        counts = [f"{self.count(status)} {status}" for status in statuses if self.count(status)]
        undone = sum(step.undone for step in self.steps)
        counts += [f"{undone} undone"] if undone else []
        told = f": {', '.join(counts)}" if counts else ""
        return f"{self.name} {ended} after {format_duration(self.duration)}{told}"

    def __bool__(self) -> bool:
        return self.ok

    def __iter__(self) -> Iterator[StepReport]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, key: str | int) -> StepReport:
        if isinstance(key, int):
            return self.steps[key]
        for step in self.steps:
            if step.name == key:
                return step
        raise KeyError(key)

    def __str__(self) -> str:
        width = max((len(step.name) for step in self.steps), default=0)
        lines = [f"{step.name:{width}}  {_told(step)}" for step in self.steps]
        return "\n".join([*lines, self.summary])

    def __repr__(self) -> str:
        return f"<{self.summary}>"


def _told(step: StepReport) -> str:
    if step.status in ("skipped", "waiting"):
        return step.status
    return f"{step.status:9}  {format_duration(step.duration)}" + ("  undone" if step.undone else "")
