"""What a run tells its listeners: facts, as they happen."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.engine.job import Job
    from xsh.result import Result


class Starting:
    """A job is about to start."""

    __slots__ = ("job",)

    def __init__(self, job: Job) -> None:
        self.job = job


class Ended:
    """A job has ended."""

    __slots__ = ("job", "result")

    def __init__(self, job: Job, result: Result) -> None:
        self.job = job
        self.result = result
