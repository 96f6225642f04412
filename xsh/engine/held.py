"""Output that is still held open after every program of a job has ended.

Background jobs of the program's own group are waited for, as a shell does; a daemon that has left the group is not:
what is there is read, the program's own status is the result, and what the daemon writes later is dropped but read, so
that it does not die of SIGPIPE.
"""

from __future__ import annotations

from xsh.engine.stop import group_members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOOK_AFTER = 0.05
"""Seconds between two looks at whether background jobs are left."""
QUIET_GRACE = 0.3
"""Seconds that output held open by a daemon is listened to after the program itself has ended."""
NOTICE_AFTER = 2.0
"""Seconds after which waiting for background processes is told."""
NAMED = 10
"""How many of them are named by number."""


class HeldOutput:
    """The waiting of one job for the end of its output."""

    __slots__ = ("began", "dropping", "job")

    def __init__(self, job: Any) -> None:
        self.job = job
        self.began = False
        self.dropping = False

    def begin(self) -> None:
        """Every program has ended and some output has not: decide what to wait for."""
        job = self.job
        if job.ladder.asked:
            if not job.ladder.holds():
                self.drop()
            return
        if self.began or not job.streams.open or any(not worker.ended for worker in job.workers):
            return
        self.began = True
        if job.options.wait == "exit":
            job.after(0, self.drop)
        elif job.options.wait == "auto" and not job.background_left():
            job.after(QUIET_GRACE, self.drop)
        else:
            job.after(NOTICE_AFTER, self.notice)
            job.after(LOOK_AFTER, self.look)

    def look(self) -> None:
        """See whether the background jobs have ended and left only a daemon."""
        job = self.job
        if job.running and job.options.wait == "auto":
            if job.background_left():
                job.after(LOOK_AFTER, self.look)
            else:
                job.after(QUIET_GRACE, self.drop)

    def notice(self) -> None:
        """Tell what is waited for."""
        if self.job.running:
            text = "has ended, waiting for background processes that hold its output"
            pids = ", ".join(str(pid) for pid in group_members(self.job)[:NAMED])
            self.job.runner.notice(f"{self.job.stage.display}: {text}" + (f": {pids}" if pids else ""))

    def drop(self) -> None:
        """Take what is there and wait no longer; a loop that has not caught up yet is waited for."""
        job = self.job
        if not job.running or self.dropping:
            return
        if job.streams.behind and not job.ladder.asked:
            job.after(LOOK_AFTER, self.drop)
            return
        self.dropping = True
        held = job.streams.drain()
        for reader in held:
            job.runner.hold(reader)
        job.forget(len(held))
        job.facts["stdout_held"] = bool(held) or job.facts.get("stdout_held", False)
        job.check()
        self.dropping = False
