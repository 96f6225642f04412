"""A terminal, jobs and signals made by hand, for the lease of the terminal."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from xsh.engine.events import Ended
from xsh.reactor.signals import SIG_DFL, SIG_IGN, SIGTSTP, SIGTTOU
from xsh.session import terminal as lease
from xsh.session.terminal import Terminal
from xsh.targets.local.spawn import SPAWNING

US, OWN_GROUP, FD = 500, 490, 77


class Gone(Exception):
    """What termios raises for a terminal that has gone."""


class Program:
    """A process of a job."""

    def __init__(self, desk: Desk, pid: int, group: int) -> None:
        self.desk, self.pid, self.group = desk, pid, group
        self.host: str | None = None
        self.status: object = None

    def signal(self, number: int) -> None:
        """Note it."""
        self.desk.log.append((self.pid, number))


class Desk:
    """A terminal, who is in front, its modes, the handlers; `log` is what happened: signals and who came to the front."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.front = OWN_GROUP
        self.modes: object = "cooked"
        self.handlers: dict[int, Any] = {SIGTTOU: "before"}
        self.log: list[tuple[object, object]] = []
        self.gone: type[Exception] | None = None
        self.stops: dict[int, int] = {}
        self.notices: list[str] = []
        self.closed: list[int] = []
        self.calls: list[Callable[[], None]] = []
        self.runner = SimpleNamespace(
            jobs=[], listeners=[], notice=self.notices.append, connecting=False, postponed=None
        )
        drain = SimpleNamespace(TCSADRAIN=1, error=Gone, tcgetattr=self.get_modes, tcsetattr=self.set_modes)
        monkeypatch.setattr(lease, "termios", drain)
        monkeypatch.setattr(lease, "getsignal", lambda number: self.handlers.get(number, SIG_DFL))
        monkeypatch.setattr(lease, "signal", self.handle)
        for name, mine in {
            "getpid": lambda: US,
            "getpgrp": lambda: OWN_GROUP,
            # as from the system: equal, but never the same object
            "tcgetpgrp": lambda fd: int(str(self.front)) if fd == FD else None,
            "tcsetpgrp": self.bring,
            "kill": self.kill,
            "killpg": self.ask_for_front,
            "waitid": self.waitid,
            "close": self.closed.append,
        }.items():
            monkeypatch.setattr(os, name, mine)
        monkeypatch.setattr(SPAWNING, "call", None)
        self.terminal = Terminal(FD, self.runner)  # type: ignore[arg-type]

    def handle(self, number: int, handler: object) -> object:
        """Set a handler; the one before."""
        before = self.handlers.get(number, SIG_DFL)
        self.handlers[number] = handler
        return before

    def bring(self, fd: int, group: int) -> None:
        """Another group comes to the front, which only the one in front or who ignores SIGTTOU may do."""
        assert fd == FD
        if self.gone is OSError or group == 666:
            raise OSError
        assert self.front == OWN_GROUP or self.handlers[SIGTTOU] is SIG_IGN
        self.front = group
        self.log.append(("front", group))

    def get_modes(self, fd: int) -> object:
        """The modes."""
        assert fd == FD
        return self.modes

    def set_modes(self, fd: int, when: int, modes: object) -> None:
        """Other modes."""
        assert (fd, when) == (FD, 1)
        if self.gone is not None:
            raise self.gone
        assert self.front == OWN_GROUP
        self.modes = modes
        self.log.append(("modes", modes))

    def kill(self, pid: int, number: int) -> None:
        """Note the signal; by what handler it is taken."""
        self.log.append((pid, number))
        assert number != SIGTSTP or self.handlers[SIGTSTP] is SIG_DFL

    def ask_for_front(self, group: int, number: int) -> None:
        """Stopped until the user brings it to the foreground."""
        self.log.append((-group, number))
        self.front = group

    def waitid(self, kind: int, pid: int, options: int) -> object:
        """The stop that nobody has asked about yet."""
        assert (kind, options) == (os.P_PID, os.WSTOPPED | os.WNOHANG)
        if pid == 666:
            raise ChildProcessError
        number = self.stops.pop(pid, None)
        return None if number is None else SimpleNamespace(si_status=number)

    def job(self, *pids: int) -> Any:
        """A job of these programs that runs, in the group of the first."""
        members = [SimpleNamespace(process=Program(self, pid, pids[0])) for pid in pids]
        reactor = SimpleNamespace(call_soon_threadsafe=self.calls.append)
        job = SimpleNamespace(members=members, reactor=reactor, killed=False)
        self.runner.jobs.append(job)
        return job

    def stop(self, pid: int, number: int) -> None:
        """A program stops; a look is taken."""
        self.stops[pid] = number
        self.terminal._look()

    def end(self, job: Any, *, died_of: str | None = None, argv: tuple[str, ...] = ("cat",)) -> None:
        """A job ends."""
        self.runner.jobs.remove(job)
        stages = [SimpleNamespace(signal=None), SimpleNamespace(signal=died_of)]
        self.terminal._heard(Ended(job, SimpleNamespace(argv=argv, stages=stages)))

    def happened(self) -> list[tuple[object, object]]:
        """What happened since it was asked the last time."""
        log, self.log = self.log, []
        return log
