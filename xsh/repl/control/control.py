"""Job control: the terminal goes to the job in the foreground, stops are seen, ends are announced.

Each job has a process group of its own. A job of the foreground line that talks to the terminal gets it in the moment
its first program has started; one that asks for it before that, or only now, is stopped by the kernel (SIGTTIN,
SIGTTOU) and continued with it. Stops are learned of by SIGCHLD and waitid(2) with WSTOPPED and WCONTINUED; nothing polls.
"""

from __future__ import annotations

import asyncio
import os

from xsh.command.scope import Branch
from xsh.engine.events import Ended, Starting
from xsh.reactor.signals import SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU
from xsh.repl.control.rest import Rest
from xsh.repl.jobs.line import ENDED, RUNNING, STOPPED, Line, current_line
from xsh.session.terminal import outermost, process_group, processes
from xsh.targets.local.watched_spawn import SpawnWatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.engine.job import Job
    from xsh.repl.control.own_terminal import OwnTerminal
    from xsh.repl.jobs.table import JobEntry
    from xsh.repl.shell import Shell

CHANGES_MODES = frozenset(("stty", "reset", "tset"))
"""Programs whose purpose is to change the terminal's modes."""
INTERRUPTED = 130
"""The exit code of a program that ends by itself after Ctrl-C: 128 + SIGINT."""
STOPPED_OR_CONTINUED = os.WSTOPPED | os.WCONTINUED | os.WNOHANG


class JobControl:
    """Gives the terminal to jobs, takes it back, and knows which line each job belongs to."""

    def __init__(self, shell: Shell, terminal: OwnTerminal | None, loop: asyncio.AbstractEventLoop) -> None:
        self.shell = shell
        self.terminal = terminal
        self.loop = loop
        self.holder: Job | None = None
        self._front: Line | None = None
        self.moved = asyncio.Event()
        self.lines: dict[Job, Line] = {}
        self.watch = SpawnWatch()

    @property
    def front(self) -> Line | None:
        """The line in the foreground; `moved` is set when it changes or the terminal comes back."""
        return self._front

    @front.setter
    def front(self, line: Line | None) -> None:
        self._front = line
        self.moved.set()

    def install(self) -> None:
        """Hear of jobs and of their programs."""
        runner = self.shell.session.runner
        runner.listeners.append(self._heard)
        runner.spawned = self._spawned
        runner.branch_for = self._branch
        # by the loop, whose wakeup descriptor hears of it whichever thread the kernel chooses
        self.loop.add_signal_handler(SIGCHLD, self.look)
        if self.terminal is not None:
            self.watch.install()

    def remove(self) -> None:
        """Hear of nothing more."""
        runner = self.shell.session.runner
        runner.listeners.remove(self._heard)
        runner.spawned = None
        runner.branch_for = None
        self.loop.remove_signal_handler(SIGCHLD)
        self.watch.remove()

    # -- jobs begin and end --------------------------------------------------------------------------------------

    def _heard(self, event: Any) -> None:
        if isinstance(event, Starting):
            line = current_line.get()
            if line is not None:
                self.lines[event.job] = line
                line.jobs.add(event.job)
        elif isinstance(event, Ended):
            self._job_ended(event.job, event.result)

    def _branch(self, job: Job) -> Branch | None:
        """The branch of a job of a task that its line left behind: it shows whole lines, above the prompt."""
        # asked before the job is known to us: the task that starts it tells whose it is
        line = current_line.get()
        if line is None or line.state != ENDED:
            return None
        return Branch(job.options.label or job.stage.display[:40])

    def _spawned(self, job: Job, process: Any) -> None:
        line, process = self.lines.get(job), outermost(process)
        if self.terminal is None or line is None or not line.foreground or job.mode != "show":
            return
        if self.holder is None and hasattr(process, "group") and not job.options.detach:
            self._hold(line, job)
            self.terminal.give(process.group)

    def _hold(self, line: Line, job: Job) -> None:
        self.holder = line.holder = job

    def _job_ended(self, job: Job, result: Any) -> None:
        line = self.lines.pop(job, None)
        if line is not None:
            line.jobs.discard(job)
        if job is self.holder:
            words = [os.path.basename(stage.argv[0]) for stage in result.stages if stage.argv]
            self._release(keep_modes=not CHANGES_MODES.isdisjoint(words))
            signals = {stage.signal for stage in result.stages}
            if not job.killed and (
                "SIGINT" in signals or any(stage.exit_code == INTERRUPTED for stage in result.stages)
            ):
                Rest(job).end()
            if "SIGINT" in signals and line is not None and not job.killed:
                self._interrupted_by_key(line)
            elif signals - {None, "SIGPIPE"} and self.terminal is not None:
                self.terminal.calm()
        if line is not None and line.holder is job:
            line.holder = None

    def _interrupted_by_key(self, line: Line) -> None:
        """Ctrl-C went to the programs alone: the line that ran them ends as well."""
        os.write(1, b"\n")
        if line.taken is None and line.task is not None:
            line.interrupts += 1
            line.cancel()

    def _release(self, *, keep_modes: bool = False) -> Any:
        self.holder = None
        modes = None if self.terminal is None else self.terminal.take_back(keep_modes=keep_modes)
        self.moved.set()
        return modes

    # -- programs stop and go on ---------------------------------------------------------------------------------

    def look(self) -> None:
        """See which programs have stopped or go on, and why."""
        for job in list(self.shell.session.runner.jobs):
            for process in processes(job):
                change = change_of(process.pid)
                if change is not None:
                    self._changed(job, *change)

    def _changed(self, job: Job, code: int, number: int) -> None:
        line = self.lines.get(job)
        if line is None:
            return
        if code == os.CLD_CONTINUED:
            line.continued()
        elif number in (SIGTTIN, SIGTTOU) and line.foreground and self.holder in (None, job):
            self.lend(line, job)
        elif line.state == RUNNING:
            self._suspend(line, "wants the terminal" if number in (SIGTTIN, SIGTTOU) else "")

    def lend(self, line: Line, job: Job) -> None:
        """Give the terminal to a job of the foreground line and let it go on."""
        self._hold(line, job)
        for process in processes(job):
            if self.terminal is not None and hasattr(process, "group"):
                self.terminal.give(process.group)
                break
        process_group(job, SIGCONT)

    def suspend(self, line: Line) -> None:
        """Stop every program of a line that waits for them, as Ctrl-Z asks; a line without any goes on in the background."""
        for job in line.jobs:
            process_group(job, SIGTSTP)
        if line.jobs:
            self._suspend(line, "")
        else:
            line.foreground = False
            line.changed.set()

    def _suspend(self, line: Line, why: str) -> None:
        if line.foreground:
            if self.holder is not None:
                line.modes = self._release()
            line.stopped(why)
        else:
            line.stopped(why)
            entry = self.shell.jobs.add(line)
            self.shell.say_plain(self.shell.jobs.describe(entry))

    # -- lines ---------------------------------------------------------------------------------------------------

    async def foreground(self, line: Line) -> bool:
        """Let a line run in the foreground until it ends; False when it was stopped or sent to the background."""
        line.foreground = True
        self.front = line
        try:
            while line.state == RUNNING and line.foreground:
                line.changed.clear()
                await line.changed.wait()
        finally:
            line.foreground = False
            self.front = None
            if self.holder is not None:
                line.modes = self._release()
        return line.state == ENDED

    def resume(self, line: Line, *, front: bool) -> None:
        """Let the programs of a stopped line go on, in the foreground with the terminal as they had it."""
        was_stopped = line.state == STOPPED
        line.continued()
        if front:
            line.foreground = True
            holder = line.holder or next((job for job in line.jobs if job.mode == "show"), None)
            if holder is not None and holder.running:
                if line.modes is not None and self.terminal is not None and was_stopped:
                    self.terminal.set_modes(line.modes)
                self.lend(line, holder)
        for job in line.jobs:
            process_group(job, SIGCONT)

    def background(self, line: Line) -> JobEntry:
        """Enter a line as a job, and announce its end once there is one."""
        entry = self.shell.jobs.add(line)
        if not entry.announced and line.task is not None:
            entry.announced = True
            line.task.add_done_callback(lambda _task: self._announce(entry))
        return entry

    def _announce(self, entry: JobEntry) -> None:
        if (
            self.shell.jobs.entries.get(entry.number) is not entry
            or entry.line.foreground
            or self.shell.leaving is not None
        ):
            return
        text = self.shell.jobs.describe(entry)
        self.shell.jobs.remove(entry)
        self.shell.say_plain(text)


def change_of(pid: int) -> tuple[int, int] | None:
    """How a child has stopped or gone on since the last look: the code and the signal (waitid(2)); None if it has not."""
    try:
        info = os.waitid(os.P_PID, pid, STOPPED_OR_CONTINUED)
    except ChildProcessError:
        return None
    return None if info is None else (info.si_code, info.si_status)
