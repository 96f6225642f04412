"""Commands that run at the same time without a task for each.

A task with the coroutines that wait in it takes more memory than everything else about a running command, and as much
time as starting one takes Python. A job calls back when it has ended, so whoever runs many needs one place that waits.
"""

from __future__ import annotations

from xsh.command.pipeline import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def is_direct(spec: Any) -> bool:
    """Whether a job is a command that one start and one end are all of: not repeated, not left to itself."""
    if not isinstance(spec, Stage) or spec.runner is None:
        return False
    if not hasattr(spec.runner, "begin"):
        # a fleet: it is many jobs itself
        return False
    return spec.options.retry is None and not spec.options.detach


def was_stopped(job: Any) -> bool:
    """Whether a job was ended from outside, and not by its own time limit, its user or an error of ours."""
    return bool(job.ladder.asked and not job.timed_out and not job.killed and job.error is None)


class DirectJobs:
    """The started commands; `end` is waited for before their scope is left."""

    __slots__ = ("idle", "running", "stopping")

    def __init__(self) -> None:
        self.running: set[Any] = set()
        self.idle: Any = None
        self.stopping = False

    def add(self, stage: Stage, ended: Callable[[Any], None]) -> Any:
        """Start a command, give its job and call back, once, when it has ended, or at once when it could not start."""
        assert stage.runner is not None

        def over(job: Any) -> None:
            self.running.discard(job)
            try:
                ended(job)
            finally:
                if self.idle is not None and not self.running:
                    self.idle.set()

        job = stage.runner.begin(stage, over)
        if job.running:
            self.running.add(job)
        return job

    async def end(self, cancelled: BaseException | None = None) -> None:
        """Return when all have ended; a cancellation stops them first, a second one kills them, and is then raised."""
        import anyio

        interrupted = cancelled
        if interrupted is not None:
            self._stop(None)
        while self.running:
            self.idle = anyio.Event()
            try:
                with anyio.CancelScope(shield=interrupted is not None):
                    await self.idle.wait()
            except BaseException as error:  # noqa: BLE001 - raised again below
                self._stop(None if interrupted is None else 0.0)
                interrupted = interrupted or error
        if interrupted is not None and interrupted is not cancelled:
            raise interrupted

    def _stop(self, grace: float | None) -> None:
        self.stopping = True
        for job in list(self.running):
            job.stop(None, grace)
