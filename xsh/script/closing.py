"""The end of a script: everything it started is asked to end, then killed, and reaped."""

from __future__ import annotations

import os
import time

from xsh.reactor.poller import Poller
from xsh.reactor.signals import SIGCONT, SIGKILL, SIGTERM

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
    """Stop jobs that no loop drives any more, groups whose leader has ended, and readers of held output."""
    jobs = [job for job in runner.jobs if not job.options.detach]
    if jobs:
        reactors: list[Any] = [job.reactor for job in jobs]
        poller = next((reactor for reactor in reactors if isinstance(reactor, Poller)), None)
        if poller is not None:
            poller.loop = None
            poller.drive(stop_jobs(runner))
    end_groups(runner)
    for reader in runner.held:
        if not reader.closed:
            os.close(reader.fd)
            reader.closed = True
    runner.held.clear()


def end_groups(runner: Runner) -> None:
    """End what is left in groups whose own command has ended: background jobs of shells."""
    left = [process for process in runner.left if process.members_left()]
    runner.left.clear()
    if not left:
        return
    for process in left:
        process.signal(SIGTERM)
        process.signal(SIGCONT)
    until = time.monotonic() + runner.grace
    wait = 0.001
    while left and time.monotonic() < until:
        time.sleep(wait)
        wait = min(wait * 2, 0.05)
        left = [process for process in left if process.members_left()]
    for process in left:
        process.signal(SIGKILL)
