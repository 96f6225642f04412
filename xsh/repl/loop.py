"""The life of a prompt: one asyncio loop from its first line to its last, and what is ended with it."""

from __future__ import annotations

import asyncio
import os
import termios
from errno import EIO

from xsh.reactor.signals import SIGHUP
from xsh.repl import command_run, python_line
from xsh.repl.commands.jobs import may_leave
from xsh.repl.commands.source import source_here
from xsh.repl.control.control import JobControl
from xsh.repl.control.interrupting import Interrupting
from xsh.repl.control.own_terminal import OwnTerminal
from xsh.repl.control.questions import Questions
from xsh.repl.entering import enter, in_front, tell
from xsh.repl.jobs.background import tell_failures
from xsh.repl.jobs.line import Line
from xsh.repl.rc import rc_path, refusal
from xsh.repl.reading.above import Above
from xsh.repl.reading.reading import Reader
from xsh.script.closing import end_groups
from xsh.session.ask import Gate, turn
from xsh.session.terminal import processes
from xsh.targets.local.kin import KIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.repl.prompt.first_prompt import FirstPrompt
    from xsh.repl.shell import Shell
    from xsh.script.read import Source

GRACE = 1.0
"""Seconds between asking and killing at the prompt; scripts wait longer, since nobody waits for them."""


class Loop:
    """One interactive session; `script` is run first, for `xsh -i FILE`."""

    def __init__(self, shell: Shell, first: FirstPrompt, *, use_rc: bool = True, script: Source | None = None) -> None:
        self.shell = shell
        self.use_rc = use_rc
        self.script = script
        self.above = Above()
        self.reader: Reader | None = None
        self.loop = asyncio.new_event_loop()
        self.first = first
        self.terminal = OwnTerminal(first.modes)
        self.control = JobControl(shell, self.terminal, self.loop)
        self.interrupting = Interrupting(shell, self.control, self.loop)

    def run(self) -> int:
        """Read and run lines until the user leaves; the exit status."""
        shell = self.shell
        shell.control = self.control
        python_line.install(shell)
        command_run.install(shell)
        shell.session.runner.grace = GRACE
        self.loop.set_exception_handler(self._lost_error)
        tell_failures(self.loop, self._failed)
        self.control.install()
        self.interrupting.install()
        Gate.keeper = Questions(shell, self.control)
        try:
            try:
                self._drive(self._serve())
            except (OSError, termios.error) as error:
                self._hung_up(error)
            finally:
                self._drive(self._end())
        finally:
            Gate.keeper = None
            self.first.end()
            self.control.remove()
            self.interrupting.remove()
            self.terminal.close()
            shell.history.close()
        return shell.leaving or 0

    def _hung_up(self, error: Exception) -> None:
        """Go on to the end without a terminal, when that is what an error says; else raises it."""
        if error.args[:1] != (EIO,):
            raise error
        self.shell.leaving = self.shell.leaving or 128 + SIGHUP
        null = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            # whatever is still said has nobody who could read it
            os.dup2(null, number)
        os.close(null)

    def _drive(self, coroutine: Any) -> None:
        task = self.loop.create_task(coroutine)
        while not task.done():
            try:
                self.loop.run_until_complete(task)
            except KeyboardInterrupt:
                # it fell into a task beside the foreground line, and ended asyncio's loop but not our own task
                line = self.control.front
                if line is not None:
                    self.interrupting.cancel(line)

    # -- lines ---------------------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        shell = self.shell
        if self.use_rc:
            await self._rc()
        if self.script is not None and shell.leaving is None:
            await self._script(self.script)
        reader = self.reader = Reader(shell, self.above, self.first)
        shell.at_interrupt = reader.interrupt
        shell.at_leave = reader.leave
        while shell.leaving is None:
            try:
                text = await reader.read()
            except KeyboardInterrupt:
                continue
            except EOFError:
                self._asked_to_leave()
                continue
            # prompt-toolkit gives back the modes it has found, and the first time those were the first look's
            self.terminal.settle()
            flipped = reader.deciding.flipped
            await enter(shell, text, flipped=flipped)
            if text.strip() and not text.strip().startswith("exit"):
                shell.warned_of_jobs = False
            if not turn().locked():
                # else the last row is a question's
                self.terminal.mark_unfinished(os.get_terminal_size(1).columns)
            self._notices()

    def _asked_to_leave(self) -> None:
        shell = self.shell
        if shell.leaving is None and may_leave(shell):
            shell.leaving = shell.status

    def _notices(self) -> None:
        notice = self.shell.history.take_notice()
        if notice:
            self.shell.say(notice)

    async def _rc(self) -> None:
        path = rc_path(os.environ)
        if path is None:
            # there is no home; what the history says of that is enough
            return
        why = refusal(path)
        if why is not None:
            self.first.end()
            self.shell.say(f"{path} is not read: {why}")
        elif is_there(path):
            self.first.end()
            await in_front(self.shell, Line(f"source {path}"), source_here(self.shell, path, []))

    async def _script(self, script: Source) -> None:
        await in_front(self.shell, Line(script.name), run_source(self.shell, script))

    # -- the end -------------------------------------------------------------------------------------------------

    async def _end(self) -> None:
        """End jobs and tasks, all but those that were disowned."""
        shell = self.shell
        runner = shell.session.runner
        kept = {line.task for line in shell.disowned}
        kept_jobs = {job for line in shell.disowned for job in line.jobs}
        if self.reader is not None:
            await self.reader.close()
        ending = [task for task in asyncio.all_tasks() if task is not asyncio.current_task() and task not in kept]
        for task in ending:
            task.cancel()
        jobs = [job for job in runner.jobs if job not in kept_jobs and not job.options.detach]
        for job in jobs:
            job.stop()
        for job in jobs:
            await job.settle()
        if ending:
            await asyncio.wait(ending)
        living_on = [process for job in kept_jobs for process in processes(job)]
        KIN.detached.update(process.pid for process in living_on)
        KIN.disowned.update(process.mark for process in living_on)
        end_groups(runner)
        for held in runner.held:
            held.close()
        runner.held.clear()
        for line in shell.disowned:
            if line.task is not None:
                # it goes on without us, which is what disowning means
                setattr(line.task, "_log_destroy_pending", False)  # noqa: B010 - asyncio's own, without a public name

    def _failed(self, name: str, error: BaseException) -> None:
        tell(self.shell, error, name=f"background task {name}")

    def _lost_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Tell, once and by name, the error of a background task that nobody awaits."""
        error = context.get("exception")
        task = context.get("task") or context.get("future")
        name = task.get_name() if isinstance(task, asyncio.Task) else str(context.get("message", "background task"))
        if error is not None:
            tell(self.shell, error, name=f"background task {name}")


def is_there(path: str) -> bool:
    """Whether there is a file of that name."""
    return os.path.exists(path)


async def run_source(shell: Shell, script: Source) -> int:
    """Run a script's text in the shell's namespace; 0."""
    from xsh.repl.python_line import run_code
    from xsh.script.compile import compile_file

    code, _ = compile_file(script.name, script.data)
    await run_code(shell, code)
    return 0
