"""What a run tells its listeners: facts, as they happen."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.command.pipeline import Stage
    from xsh.engine.job import Job
    from xsh.result import Result


class Started:
    """A program has started."""

    __slots__ = ("job", "pid", "stage")

    def __init__(self, job: Job, stage: Stage, pid: int) -> None:
        self.job = job
        self.stage = stage
        self.pid = pid


class Ended:
    """A job has ended."""

    __slots__ = ("job", "result")

    def __init__(self, job: Job, result: Result) -> None:
        self.job = job
        self.result = result
