"""Ctrl-C, Ctrl-Z, SIGQUIT, SIGTERM and SIGHUP to the shell itself: while Python code, or nothing with the terminal, runs.

A command in the foreground has the terminal and gets its keys' signals itself. Everything else comes here: Python code
that computes is interrupted where it stands, a line that waits is cancelled, which stops its commands; a second Ctrl-C
kills what the line has started. Background lines are never touched.
"""

from __future__ import annotations

import asyncio

from xsh.reactor.signals import SIG_IGN, SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM, SIGTSTP, getsignal, signal
from xsh.script.interrupt import hear_again, in_callback, in_users_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from xsh.repl.control.control import JobControl
    from xsh.repl.jobs.line import Line
    from xsh.repl.shell import Shell


class Interrupting:
    """The handlers of the shell; `leave` is called when a signal ends it and `at_prompt` when Ctrl-C comes there."""

    def __init__(self, shell: Shell, control: JobControl, loop: asyncio.AbstractEventLoop) -> None:
        self.shell = shell
        self.control = control
        self.loop = loop
        self.saved: dict[int, Any] = {}
        self.ended_by: int | None = None

    def install(self) -> None:
        """Handle the signals; SIGTERM and SIGHUP stay ignored where they were ignored at the start."""
        # SIGQUIT is for programs: the shell does nothing, and what ignored it would be ignored by them too
        for number in (SIGINT, SIGTSTP, SIGTERM, SIGHUP, SIGQUIT):
            before = getsignal(number)
            if before is not SIG_IGN or number in (SIGINT, SIGTSTP):
                self.saved[number] = before
                signal(number, self.handle)

    def remove(self) -> None:
        """Put the former handlers back."""
        for number, before in self.saved.items():
            signal(number, before)
        self.saved.clear()

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Do what a signal asks, as far as a handler may; the rest is left to the loop."""
        if in_callback(frame) and hear_again(number):
            return
        line = self.control.front
        if number == SIGQUIT:
            return
        if number == SIGTSTP:
            self.loop.call_soon_threadsafe(self._suspend)
        elif number in (SIGTERM, SIGHUP):
            self.ended_by = self.ended_by or number
            self.loop.call_soon_threadsafe(self._leave)
            self._break_in(line, frame)
        elif line is not None:
            line.interrupts += 1
            if line.interrupts > 1:
                kill_programs(line)
            if not self._break_in(line, frame):
                self.loop.call_soon_threadsafe(self.cancel, line)
        else:
            self.loop.call_soon_threadsafe(self._between)

    def _between(self) -> None:
        """Ctrl-C while no line runs: for the prompt, or for the line that is about to run."""
        line = self.control.front
        if line is not None:
            self.cancel(line)
        elif not self.shell.at_interrupt():
            self.shell.interrupted_early = True

    def _break_in(self, line: Line | None, frame: FrameType | None) -> bool:
        """Interrupt the user's code where it computes; False where the line waits or our own code runs."""
        if line is None or line.task is None:
            return False
        runner = self.shell.session.runner
        computing = asyncio.current_task(self.loop) is line.task
        if runner.in_function or (computing and not runner.connecting and in_users_code(frame)):
            raise KeyboardInterrupt
        return False

    def cancel(self, line: Line) -> None:
        """Stop a line that waits: its commands are asked with SIGINT, and killed when the grace is over."""
        if line.task is None or line.task.done():
            return
        runner = self.shell.session.runner
        runner.interrupted = True
        line.task.add_done_callback(lambda _task: setattr(runner, "interrupted", False))
        line.cancel()

    def _suspend(self) -> None:
        line = self.control.front
        if line is not None and line.task is not None and not line.task.done():
            self.control.suspend(line)

    def _leave(self) -> None:
        assert self.ended_by is not None
        self.shell.leaving = 128 + self.ended_by
        line = self.control.front
        if line is not None:
            line.cancel()
        self.shell.at_leave()


def kill_programs(line: Line) -> None:
    """SIGKILL to every program of a line, now; nothing else may be done from within a handler."""
    for job in list(line.jobs):
        for member in list(job.members):
            if member.alive and member.process is not None:
                try:
                    member.process.signal(SIGKILL)
                    member.process.signal(SIGCONT)
                except PermissionError:
                    # another user's: the ladder notes it and the message names it
                    continue
        job.reactor.call_soon_threadsafe(lambda job=job: job.stop(SIGKILL, 0))
