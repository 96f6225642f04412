"""Stopping a job: ask, wait the grace, kill the group, reap; the same by every road.

The problem: a task that awaits a child can be cancelled at any await, also while it is already stopping the child, and
whoever waits for the child after that leaves it behind. So no task stops anything here. `Ladder.stop` signals at once,
in the call, and a timer of the reactor, which nothing cancels, kills what is left when the grace is over; whoever waits
goes on waiting until the processes were reaped, however often it is cancelled.

SIGINT is what the user meant by Ctrl-C, but shells make their background jobs ignore it; so SIGTERM follows, at once
for those whose own command has ended, after half the grace for a command that is still busy with the SIGINT.

A stopped process does not see SIGTERM until it is continued (signal(7)), so CONT follows. A program may end while
processes it started in its group go on shutting down; they get the rest of the grace. A process that has not ended
2 s after SIGKILL cannot be killed (it is in the kernel, or belongs to another user): it is named, not waited for.

What has left the group is found by the place where it runs (engine/strays.py) and goes the same way.
"""

from __future__ import annotations

import os

from xsh.engine.strays import Strays
from xsh.reactor.signals import SIGCONT, SIGINT, SIGKILL, SIGTERM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.target import Process

GIVE_UP_AFTER = 2.0
"""Seconds after SIGKILL until a process counts as unkillable."""
FIRST_LOOK = 0.001
"""Seconds until the first look whether a group is empty; each look waits twice as long, up to LAST_LOOK."""
LAST_LOOK = 0.05


class Ladder:
    """The steps of stopping one job."""

    __slots__ = ("asked", "clear", "facts", "firm", "job", "killed", "look", "strays", "timers")

    def __init__(self, job: Any) -> None:
        self.job = job
        self.asked = False
        self.firm = False
        self.killed = False
        self.clear = False
        self.strays = Strays(job)
        self.look: Any = None
        self.timers: list[Any] = []
        self.facts: dict[str, Any] = {}

    def stop(self, signal: int, grace: float | None) -> None:
        """Ask with `signal`; kill after `grace` seconds (None is the job's own), at once when it is 0 or negative."""
        job = self.job
        if not job.running:
            return
        seconds = self._grace() if grace is None else grace
        if not self.asked:
            self.asked = True
            job.streams.stop_input()
            for worker in job.workers:
                worker.cancel()
            if seconds > 0:
                # before anything ends: what it has started is known by its parent only as long as that lives
                self.strays.find()
                self.firm = signal != SIGINT
                self._send(signal)
                self._send(SIGCONT)
                if not self.firm:
                    self.timers.append(job.reactor.call_later(seconds / 2, self._insist))
                self.timers.append(job.reactor.call_later(seconds, self.kill))
            job.watch()
        if seconds <= 0:
            self.kill()

    def _grace(self) -> float:
        """The grace of the whole, else the longest that one of its stages asks for, else the engine's."""
        job = self.job
        if job.options.grace is not None:
            return float(job.options.grace)
        asked = [m.stage.options.grace for m in job.members if m.stage.options.grace is not None]
        return float(max(asked, default=job.runner.grace))

    def _insist(self) -> None:
        if not self.firm and not self.killed and self.job.running:
            self.firm = True
            self._send(SIGTERM)
            self._send(SIGCONT)

    def kill(self) -> None:
        """SIGKILL to everything that is left."""
        if self.killed or not self.job.running:
            return
        self.killed = True
        self.facts["had_to_kill"] = True
        self.strays.find()
        self._send(SIGKILL)
        for worker in self.job.workers:
            worker.kill()
        self.timers.append(self.job.reactor.call_later(GIVE_UP_AFTER, self._give_up))
        self.job.check()

    def catch_up(self, process: Process) -> None:
        """Stop a program that was started while the job was already being stopped."""
        if self.asked:
            process.signal(SIGKILL if self.killed else SIGTERM)

    def _send(self, signal: int) -> None:
        seen: set[int] = set()
        for member in self.job.members:
            process = member.process
            if process is None or id(process) in seen:
                continue
            seen.add(id(process))
            try:
                process.signal(signal)
            except PermissionError:
                self.facts["denied"] = True
        if self.strays.signal(signal):
            self.facts["denied"] = True

    def holds(self) -> bool:
        """Whether something of a stopped job is still ending after its programs have; looks again by itself."""
        if not self.asked or self.clear or "unkillable" in self.facts:
            return False
        if self.look is None:
            if not self._left():
                return False
            self._insist()
            self._look_later(FIRST_LOOK)
        return True

    def _left(self) -> bool:
        """Whether anything is left of its groups or has left them and still runs; new strays are asked or killed."""
        group = self.job.background_left()
        new, left = self.strays.look(thorough=self.killed)
        for stray in new:
            for number in (SIGKILL,) if self.killed else (SIGTERM, SIGCONT):
                if self.strays.signal(number, stray):
                    self.facts["denied"] = True
        self.clear = not group and not left
        return not self.clear

    def _look_later(self, wait: float) -> None:
        def again() -> None:
            if self._left():
                if self.killed:
                    self._send(SIGKILL)
                self._look_later(min(wait * 2, LAST_LOOK))
            else:
                self.look = None
                self.job.check()

        self.look = self.job.reactor.call_later(wait, again)

    def _give_up(self) -> None:
        job = self.job
        waited_for = [m.process.pid for m in job.members if m.process is not None and m.duration is None]
        stuck = [pid for pid in waited_for if pid is not None]
        stuck += [pid for pid in [*group_members(job), *self.strays.pids()] if pid not in stuck]
        self.facts["unkillable"] = stuck
        if stuck:
            # else all have ended, and only the looks for more of them take long on a busy machine
            names = ", ".join(describe_process(pid) for pid in stuck)
            job.runner.notice(f"{job.stage.display}: cannot be killed: {names}")
        job.finish()

    def close(self) -> None:
        """Take back every pending step."""
        for timer in self.timers:
            timer.cancel()
        if self.look is not None:
            self.look.cancel()
        self.strays.close()


def group_members(job: Any) -> list[int]:
    """The living members of the groups of a job's programs, where the place can tell."""
    found: set[int] = set()
    for member in job.members:
        members = getattr(member.process, "members", None)
        if members is not None:
            found.update(members())
    return sorted(found)


def describe_process(pid: int) -> str:
    """A process by number and, where the system says (proc(5)), its state and whether it is another user's."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            state = file.read().rpartition(b")")[2].split()[0].decode()
            foreign = os.geteuid() not in (0, os.fstat(file.fileno()).st_uid)
    except (OSError, IndexError):
        return f"pid {pid}"
    return f"pid {pid} (state {state}, another user's)" if foreign else f"pid {pid} (state {state})"


def signal_number(signal: str | int) -> int:
    """The number of a signal given by name ("HUP", "SIGHUP") or number; raises ValueError for an unknown one."""
    import signal as names

    if isinstance(signal, int):
        return int(names.Signals(signal))
    name = signal.upper()
    try:
        return int(names.Signals[name if name.startswith("SIG") else f"SIG{name}"])
    except KeyError:
        raise ValueError(f"{signal!r} is no signal; use a name such as TERM, HUP, USR1") from None
