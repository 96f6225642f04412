"""Learns how the programs of a job have ended."""

from __future__ import annotations

import os
import time

from xsh.errors import XshError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.engine.member import Member

give_way = getattr(os, "sched_yield", None)


def alive(job: Any) -> list[Member]:
    """Its programs that have not been reaped."""
    return [m for m in job.members if m.process is not None and m.duration is None]


def reap(job: Any, member: Member) -> bool:
    """Reap a program if it has ended, without waiting; whether it has."""
    if member.duration is None and member.process is not None and member.process.poll():
        member.duration = time.monotonic() - job.started
        job.forget()
        take_error(job, getattr(member.process, "error", None))
        if job.streams.writers and any(not writer.closed for writer in job.streams.writers):
            # it may have been the reader of a stage that waits for its own source
            job.after(0, job.streams.probe)
        return True
    return member.duration is not None


def reap_next(job: Any, member: Member) -> bool:
    """Reap one that has closed its output and was then put aside for us: it ends as soon as it has its turn again.

    With several jobs there is other work meanwhile, and giving way would only delay it (sched_yield(2)).
    """
    if give_way is None or len(job.runner.jobs) > 1:
        return False
    give_way()
    return reap(job, member)


def take_error(job: Any, error: BaseException | None) -> None:
    """The place where a program ran has failed, or could not start it: that is the job's error, the rest is stopped."""
    if error is not None and job.error is None:
        if isinstance(error, XshError) and error.location is None:
            error.location = job.stage.location
        job.error = error
        job.after(0, job.stop)
