"""One program that runs here: reaped by us, watched by a pidfd, signalled as a group."""

from __future__ import annotations

import os
import sys
from errno import EMFILE, ENFILE

from xsh.result import SIGNAL_BASE, ExitStatus, Usage
from xsh.targets.local.group import has_members, living_members
from xsh.targets.local.kin import KIN, now

if sys.platform == "linux":
    from xsh.targets.local.exits_linux import RSS_UNIT, exit_descriptor
else:
    from xsh.targets.local.exits_bsd import RSS_UNIT, exit_descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from xsh.command.target import Reactor
    from xsh.targets.local.tree import Stray


LOOK_AFTER = 0.02
"""Seconds between two looks at a process for which no descriptor was left."""


class LocalProcess:
    """A started program: `status` is None until it was reaped; `group` is its process group."""

    __slots__ = ("ended", "group", "host", "mark", "misses", "pid", "pidfd", "reactor", "started", "status", "usage")

    def __init__(self, pid: int, group: int) -> None:
        self.pid = pid
        self.group = group
        self.mark = ""
        self.misses = 0
        self.started = now()
        self.host: str | None = None
        self.status: ExitStatus | None = None
        self.usage: Usage | None = None
        self.pidfd: int | None = None
        self.reactor: Reactor | None = None
        self.ended: Callable[[], None] | None = None

    def poll(self) -> bool:
        """Whether it has ended; reaps it then (wait4(2)), so its status and usage are known."""
        if self.status is not None:
            return True
        try:
            pid, status, used = os.wait4(self.pid, os.WNOHANG)
        except ChildProcessError:
            # somebody else's wait() took it; how it ended is lost, and that must not look like success
            self._close(ExitStatus(255), Usage())
            return True
        if pid == 0:
            return False
        self._close(exit_status(status), Usage(used.ru_utime, used.ru_stime, used.ru_maxrss * RSS_UNIT))
        return True

    def _close(self, status: ExitStatus, usage: Usage) -> None:
        self.status = status
        self.usage = usage
        KIN.remove(self)
        if self.pidfd is not None:
            if self.reactor is not None:
                self.reactor.remove_reader(self.pidfd)
            os.close(self.pidfd)
            self.pidfd = None

    def watch(self, reactor: Reactor, ended: Callable[[], None]) -> None:
        """Call `ended` once when it has ended; it is reaped by then."""
        if self.ended is not None or self.status is not None:
            return
        self.ended = ended
        self.reactor = reactor
        try:
            self.pidfd = exit_descriptor(self.pid)
        except OSError:
            # no descriptor is left, so it is looked at from time to time
            reactor.call_later(LOOK_AFTER, self._look)
        else:
            reactor.add_reader(self.pidfd, self._readable)

    def _look(self) -> None:
        if self.status is None and self.poll():
            assert self.ended is not None
            self.ended()
        elif self.status is None and self.reactor is not None:
            self.reactor.call_later(LOOK_AFTER, self._look)

    def _readable(self) -> None:
        if self.poll() and self.ended is not None:
            self.ended()

    def signal(self, number: int) -> None:
        """Send a signal to the whole group; a group that is gone already is no error, one of another user is."""
        try:
            os.killpg(self.group, number)
        except ProcessLookupError:
            return

    def members_left(self) -> bool:
        """Whether its group still has living members, such as background jobs it started."""
        return has_members(self.group)

    def members(self) -> list[int]:
        """The living members of its group, in no order."""
        return living_members(self.group) or []

    def childless(self) -> bool:
        """Whether nothing that anything has started here is left, where that can be known."""
        return KIN.childless()

    def strays(self, newer_than: float) -> list[Stray] | None:
        """Living processes it started that have left its group, as seen after a time of `kin.now`.

        None when it is too early for another look at all processes; where there is no /proc, none is ever found.
        """
        if sys.platform != "linux":
            return []
        try:
            from xsh.targets.local.strays import strays_of
        except OSError as error:
            if error.errno not in (EMFILE, ENFILE):
                raise
            # no descriptor is left to load it with; the programs that are being stopped give theirs back
            return None
        return strays_of(self, newer_than)


def exit_status(status: int) -> ExitStatus:
    """The meaning of a status of wait(2): the code, or 128 + n and the name of signal n."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return ExitStatus(SIGNAL_BASE + number, signal_name(number))
    return ExitStatus(os.WEXITSTATUS(status))


def signal_name(number: int) -> str:
    """The name of a signal, such as "SIGTERM"; "SIG35" for one without a name."""
    import signal

    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"
