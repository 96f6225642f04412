"""The terminal, lent to the command that needs it and taken back when that ends.

Every command has a process group of its own, so that it can be stopped whole; but a group that is not the terminal's
foreground group is stopped by the kernel when it reads the terminal or changes its modes (SIGTTIN and SIGTTOU, POSIX
XBD 11.1.4). Lending the terminal to every command at its start would give Ctrl-C to the command alone and leave nobody
to hear of Ctrl-Z. So it is lent at the moment a command is stopped for want of it: the stop is seen (waitid(2), after
SIGCHLD; a pidfd does not tell of stops), the terminal is handed over and the command continued. Several that want it
wait in a queue. When the holder ends, the terminal is taken back and its modes are as they were. A holder that died of
Ctrl-C means that the user wanted the script to end as well; one that handled it and went on, that he did not.
"""

from __future__ import annotations

import os
import termios

from xsh.engine.events import Ended
from xsh.reactor.signals import SIG_DFL, SIG_IGN, SIGCHLD, SIGCONT, SIGINT, SIGTSTP, SIGTTIN, SIGTTOU, getsignal, signal
from xsh.targets.local.watched_spawn import SpawnWatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.target import Process
    from xsh.engine.job import Job
    from xsh.engine.runner import Runner

WANTS = (SIGTTIN, SIGTTOU)


def open_terminal(runner: Runner) -> Terminal | None:
    """The terminal this program belongs to, lent to the runner's jobs from now on; None without one."""
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None
    terminal = Terminal(fd, runner)
    terminal.install()
    return terminal


class Terminal:
    """Who has the terminal, who waits for it, and how it was."""

    def __init__(self, fd: int, runner: Runner) -> None:
        self.fd = fd
        self.runner = runner
        self.holder: Job | None = None
        self.waiting: list[Job] = []
        self.modes: Any = None
        self.saved: dict[int, Any] = {}
        self.watch = SpawnWatch()

    def install(self) -> None:
        """Hear of stopped commands, of Ctrl-Z and of ended jobs."""
        for number, handler in ((SIGCHLD, self._child), (SIGTSTP, self._stop_all)):
            if getsignal(number) is not SIG_IGN:
                self.saved[number] = signal(number, handler)
        self.runner.listeners.append(self._heard)
        self.watch.install()

    def close(self) -> None:
        """Take the terminal back and hear of nothing more."""
        for number, before in self.saved.items():
            signal(number, before)
        self.saved.clear()
        self.watch.remove()
        self.runner.listeners.remove(self._heard)
        if self.holder is not None:
            self._take_back()
        os.close(self.fd)

    # -- what happens --------------------------------------------------------------------------------------------

    def _child(self, _number: int, _frame: object) -> None:
        # a handler only asks for a look; every job of a program has the same reactor
        job = next(iter(self.runner.jobs), None)
        if job is not None:
            job.reactor.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        """See which jobs have been stopped, and why."""
        for job in list(self.runner.jobs):
            for process in processes(job):
                why = stopped_by(process)
                if why in WANTS:
                    self._want(job)
                elif why is not None and job is self.holder:
                    self._suspend(job)

    def _want(self, job: Job) -> None:
        if self.holder is None:
            self._lend(job)
        elif self.holder is job:
            process_group(job, SIGCONT)
        elif job not in self.waiting:
            self.waiting.append(job)
            count = len(self.waiting)
            self.runner.notice(f"{count} command{'s wait' if count > 1 else ' waits'} for the terminal")

    def _lend(self, job: Job) -> None:
        self._be_in_front()
        self.modes = termios.tcgetattr(self.fd)
        self.holder = job
        self._give(job)

    def _give(self, job: Job) -> None:
        groups = {process.group for process in processes(job) if hasattr(process, "group")}
        for group in groups:
            try:
                os.tcsetpgrp(self.fd, group)
            except OSError:
                # it has ended in this moment
                continue
        process_group(job, SIGCONT)

    def _be_in_front(self) -> None:
        """Wait, stopped, until the user brings this program to the foreground, as any program that reads would."""
        while os.tcgetpgrp(self.fd) != os.getpgrp():
            os.killpg(os.getpgrp(), SIGTTIN)

    def _take_back(self) -> None:
        before = signal(SIGTTOU, SIG_IGN)
        try:
            os.tcsetpgrp(self.fd, os.getpgrp())
            if self.modes is not None:
                termios.tcsetattr(self.fd, termios.TCSADRAIN, self.modes)
        except (OSError, termios.error):
            # the terminal itself is gone: a hangup follows and ends us
            return
        finally:
            signal(SIGTTOU, before)
            self.holder = None

    def _heard(self, event: Any) -> None:
        if not isinstance(event, Ended):
            return
        if event.job in self.waiting:
            self.waiting.remove(event.job)
        if event.job is not self.holder:
            return
        if event.result.argv[:1] == ("stty",):
            # whose whole purpose is to change the modes
            self.modes = None
        self._take_back()
        if any(stage.signal == "SIGINT" for stage in event.result.stages) and not event.job.killed:
            os.kill(os.getpid(), SIGINT)
        elif self.waiting:
            self._lend(self.waiting.pop(0))

    # -- Ctrl-Z --------------------------------------------------------------------------------------------------

    def _suspend(self, job: Job) -> None:
        """The holder was stopped by the user: stop this program too, and go on with both when it is continued."""
        theirs = termios.tcgetattr(self.fd)
        self._take_back()
        self._stop_all(SIGTSTP, None)
        self._be_in_front()
        self.holder = job
        self.modes = termios.tcgetattr(self.fd)
        termios.tcsetattr(self.fd, termios.TCSADRAIN, theirs)
        self._give(job)

    def _stop_all(self, _number: int, _frame: object) -> None:
        """Stop every job, then this program; when it is continued, continue them."""
        if self.runner.connecting:
            self.runner.postponed = lambda: self._stop_all(SIGTSTP, None)
            return
        jobs = list(self.runner.jobs)
        for job in jobs:
            process_group(job, SIGTSTP)
        handler = signal(SIGTSTP, SIG_DFL)
        os.kill(os.getpid(), SIGTSTP)
        signal(SIGTSTP, handler)
        for job in jobs:
            process_group(job, SIGCONT)


def processes(job: Job) -> list[Any]:
    """The processes of a job, on this machine, that have not been reaped."""
    started = [outermost(member.process) for member in job.members if member.process is not None]
    return [process for process in started if process.host is None and process.status is None]


def outermost(process: Any) -> Any:
    """The process that talks to the terminal: of a program behind a wrapper, the wrapper's own."""
    while hasattr(process, "base"):
        process = process.base
    return process


def process_group(job: Job, number: int) -> None:
    """Signal every group of a job; one of another user, as behind sudo, goes on."""
    for process in processes(job):
        try:
            process.signal(number)
        except PermissionError:
            continue


def stopped_by(process: Process) -> int | None:
    """The signal that has stopped a process since the last look, if any (waitid(2))."""
    assert process.pid is not None
    try:
        info = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG)
    except ChildProcessError:
        return None
    return info.si_status if info is not None else None
