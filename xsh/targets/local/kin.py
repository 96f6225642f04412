"""Who is whose: the mark every program carries, the programs that run, and the adoption of their orphans.

A process whose parent has ended becomes a child of init, where nobody can tell any more whose it was. On Linux a
program can be the one that gets the orphans among its descendants instead (PR_SET_CHILD_SUBREAPER, prctl(2)); it has to
reap them then, which a library must not do behind the back of its host. So scripts and the prompt ask for it (`adopt`),
and it happens just before the first program starts.

The mark is an environment variable, XSH_JOB: the marks of the xsh around us, ours, and the number of the command, such
as `1f5c09aa.3/7d20be11.1`. It tells whose an orphan is that has a group and a session of its own. A `-` at the end of
a number says that the command was detached.
"""

from __future__ import annotations

import os
import sys
import time

from xsh.targets.local.prctl import PR_SET_CHILD_SUBREAPER, prctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from xsh.result import ExitStatus

    class Started(Protocol):
        """A program that was started here, by what is known of it."""

        pid: int
        group: int
        mark: str
        misses: int
        started: float
        status: ExitStatus | None


VARIABLE = "XSH_JOB"
KEY = VARIABLE.encode()
DETACHED = "-"
AT_A_TIME = 4
"""How many lingering groups are looked at when a command has ended."""
CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The clock that /proc counts the start of a process by (proc(5))."""


def now() -> float:
    """Seconds since the machine was started."""
    return time.clock_gettime(CLOCK)


class Kin:
    """What this program knows of the processes it has started."""

    def __init__(self) -> None:
        self.program = ""
        self.count = 0
        self.live: dict[int, Started] = {}
        self.groups: dict[int, int] = {}
        self.detached: set[int] = set()
        self.disowned: set[str] = set()
        """The marks of programs that are to live on with all that they have started."""
        self.lingering: list[int] = []
        self.crowded_until = 0.0
        self.wanted = False
        self.adopting = False
        self.guarded = False
        """Whether a supervisor outlives us (`--guard`)."""
        self.heard: Callable[[int], None] | None = None
        """Told the number of every detached program, whose session is not to be touched."""

    def begin(self) -> None:
        """Choose this program's mark and, where it was asked for, begin to adopt; once, before the first program."""
        around = os.environ.get(VARIABLE)
        own = os.urandom(4).hex()
        self.program = f"{around}/{own}" if around else own
        if self.wanted:
            self.adopting = sys.platform == "linux" and prctl(PR_SET_CHILD_SUBREAPER, 1)
            # what the script starts by Python's own means is told from what its commands start
            os.environ[VARIABLE] = self.program

    def mark(self, detached: bool) -> str:
        """The mark of the next program."""
        if not self.program:
            self.begin()
        self.count += 1
        return f"{self.program}.{self.count}{DETACHED if detached else ''}"

    def add(self, process: Started, detached: bool) -> None:
        """Know a program that was started."""
        self.live[process.pid] = process
        if detached:
            self.detached.add(process.pid)
            if self.heard is not None:
                self.heard(process.pid)
        else:
            self.groups[process.group] = self.groups.get(process.group, 0) + 1

    def remove(self, process: Started) -> None:
        """Know that it was reaped."""
        if self.live.pop(process.pid, None) is None or process.pid in self.detached:
            return
        if len(self.groups) > 1:
            self.crowded_until = now()
        left = self.groups[process.group] - 1
        if left:
            self.groups[process.group] = left
        else:
            del self.groups[process.group]

    def alone_since(self, process: Started) -> float | None:
        """Since when no other command has run beside this one; None when one does."""
        if any(group != process.group for group in self.groups):
            return None
        return max(process.started, self.crowded_until)

    def childless(self) -> bool:
        """Whether nothing at all is left below this program, which it can only know when it adopts."""
        if not self.adopting:
            return False
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return True
        return False

    def reap_orphans(self, group: int) -> None:
        """Reap what has ended of a command's group and was adopted; the programs themselves are left to their jobs."""
        if not self.adopting:
            return
        while True:
            try:
                found = os.waitid(os.P_PGID, group, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if found is None or found.si_pid in self.live:
                    return
                os.waitid(os.P_PID, found.si_pid, os.WEXITED | os.WNOHANG)
            except ChildProcessError:
                return

    def linger(self, group: int) -> None:
        """Know a group that still has members after its command has ended, so that they are reaped when they end."""
        if self.adopting and group not in self.groups and group not in self.lingering:
            self.lingering.append(group)

    def reap_some(self) -> None:
        """Reap what has ended of the next few groups that lingered; few, since this is paid for by every command."""
        for group in [self.lingering.pop(0) for _ in range(min(AT_A_TIME, len(self.lingering)))]:
            self.reap_orphans(group)
            if is_group(group):
                self.lingering.append(group)


def is_group(group: int) -> bool:
    """Whether a process group has any member, zombies included."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


KIN = Kin()
"""This program's; it is one for all sessions, since the system knows only of processes."""


def adopt() -> None:
    """Ask that the orphans among this program's descendants become its children, from the first command on."""
    KIN.wanted = True
