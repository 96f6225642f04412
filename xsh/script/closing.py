"""The end of a script: everything it started is asked to end, then killed, and reaped."""

from __future__ import annotations

from xsh.reactor.poller import Poller
from xsh.targets.local.kin import KIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.engine.runner import Runner


async def stop_jobs(runner: Runner) -> None:
    """Stop every job that still runs and wait until all have ended."""
    jobs = [job for job in runner.jobs if not job.options.detach]
    for job in jobs:
        job.stop()
    for job in jobs:
        await job.settle()


def end_everything(runner: Runner) -> None:
    """Stop jobs that no loop drives any more, all that is left of the others, and readers of held output."""
    jobs = [job for job in runner.jobs if not job.options.detach]
    if jobs:
        reactors: list[Any] = [job.reactor for job in jobs]
        poller = next((reactor for reactor in reactors if isinstance(reactor, Poller)), None)
        if poller is not None:
            poller.loop = None
            poller.drive(stop_jobs(runner))
    end_groups(runner)
    for reader in runner.held:
        reader.close()
    runner.held.clear()


def end_groups(runner: Runner) -> None:
    """End whatever the commands of this program have left: background jobs, daemons, all but what was detached."""
    processes: list[Any] = list(runner.left)
    groups = {process.group for process in processes if hasattr(process, "group")}
    runner.left.clear()
    if KIN.childless() or (not KIN.adopting and not groups):
        return
    from xsh.engine.stop import describe_process
    from xsh.targets.local.sweep import end_below

    stuck = end_below(runner.grace, groups, lambda: runner.hurry)
    if stuck:
        runner.notice("cannot be ended: " + ", ".join(describe_process(pid) for pid in stuck))
