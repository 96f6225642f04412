"""What happens to a text that was entered: decided, written down, run line by line, its end told."""

from __future__ import annotations

import asyncio
import socket
import sys
import time

from xsh.errors import XshError
from xsh.repl.command_run import run_command
from xsh.repl.commands.directories import here
from xsh.repl.decide.decide import decide
from xsh.repl.decide.known import Known
from xsh.repl.jobs.line import STOPPED, Line
from xsh.repl.python_line import run_python
from xsh.repl.text.command_parts import split_background
from xsh.script.failing import describe, trace
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from xsh.repl.decide.verdict import Verdict
    from xsh.repl.shell import Shell

INTERRUPTED = 130
STOPPED_STATUS = 148
"""128 + SIGTSTP, as shells give for a line that was stopped."""


async def enter(shell: Shell, text: str, *, flipped: bool = False) -> None:
    """Run what was entered, and note how it ended."""
    number = shell.history.begin(text, here(), socket.gethostname(), shell.session_id)
    started = time.monotonic()
    rest = text
    while rest.strip() and shell.leaving is None:
        known = Known(shell.bound(), shell.aliases, shell.find)
        verdict = decide(rest, known, flipped=flipped)
        rest = verdict.rest
        if verdict.kind == "empty":
            break
        await run_verdict(shell, verdict)
        if shell.signal is not None or shell.status == INTERRUPTED:
            break
    shell.duration = time.monotonic() - started
    shell.history.end(number, shell.status, shell.duration)


async def run_verdict(shell: Shell, verdict: Verdict) -> None:
    """Run one decided text in the foreground, or in the background when it ends with `&`."""
    if verdict.error is not None:
        tell(shell, verdict.error)
        if verdict.hint and verdict.hint not in "".join(getattr(verdict.error, "__notes__", ())):
            shell.say_plain(f"hint: {verdict.hint}")
        shell.ended(2 if verdict.kind == "command" else 1)
        return
    text, behind = verdict.text, False
    if verdict.kind == "command":
        text, behind = split_background(text)
    line = Line(text, is_python=verdict.kind == "python")
    work: Coroutine[Any, Any, int]
    if verdict.kind == "help":
        from xsh.repl.commands.help import show_help

        work = show_help(shell, text)
    else:
        work = run_command(shell, text) if verdict.kind == "command" else python_status(shell, text)
    if behind:
        line.start(ended(shell, line, work))
        entry = shell.control.background(line)
        shell.say_plain(f"[{entry.number}] {text}")
        shell.ended(0)
        return
    await in_front(shell, line, work)
    await hand_over(shell)


async def in_front(shell: Shell, line: Line, work: Coroutine[Any, Any, int]) -> None:
    """Run a line in the foreground until it ends or is stopped."""
    line.foreground = True
    shell.control.front = line
    line.start(ended(shell, line, work))
    if shell.interrupted_early:
        # Ctrl-C came between Enter and this moment
        shell.interrupted_early = False
        line.cancel()
    await watch(shell, line)


async def hand_over(shell: Shell) -> None:
    """Bring the job to the foreground that `fg` has named."""
    while shell.handover is not None:
        entry, shell.handover = shell.handover, None
        shell.control.resume(entry.line, front=True)
        await watch(shell, entry.line)


async def watch(shell: Shell, line: Line) -> None:
    """Wait for a line in the foreground; one that was stopped or left becomes a job, one that ended gives the status."""
    over = await shell.control.foreground(line)
    entry = shell.jobs.entry_of(line)
    if over:
        if entry is not None:
            shell.jobs.remove(entry)
        shell.ended(line.status, line.signal)
        return
    entry = shell.control.background(line)
    sys.stdout.write("\n")
    shell.say_plain(shell.jobs.describe(entry))
    shell.ended(STOPPED_STATUS if line.state == STOPPED else 0)


async def python_status(shell: Shell, text: str) -> int:
    """Run Python; 0."""
    try:
        await run_python(shell, text)
    except NameError as error:
        if error.name == text.strip():
            error.add_note(no_command(shell, text.strip()))
        raise
    return 0


def no_command(shell: Shell, word: str) -> str:
    """What to say of a word alone that is neither a name nor a command."""
    close = shell.session.runner.target.nearest(word)
    meant = f"; did you mean {' or '.join(printable(program) for program in close)}?" if close else ""
    return f"there is no command `{word}` either{meant}"


async def ended(shell: Shell, line: Line, work: Coroutine[Any, Any, int]) -> int:
    """The status of a line however it ends; errors are told, none is raised."""
    try:
        line.begin()
        line.status = await work
    except SystemExit as leaving:
        line.status = shell.leaving = status_of(leaving)
    except (KeyboardInterrupt, asyncio.CancelledError):
        line.status, line.signal = INTERRUPTED, "SIGINT"
        if line.foreground:
            sys.stdout.write("\n")
    except GeneratorExit:
        # it was disowned, and the shell has ended
        raise
    except BaseException as error:  # noqa: BLE001 - told here, and the shell goes on
        tell(shell, error, name="" if line.foreground else line.text)
        line.status = error.exit_code if isinstance(error, XshError) else 1
    finally:
        # it may not have begun
        work.close()
    return line.status


def status_of(leaving: SystemExit) -> int:
    """The status that `sys.exit(…)` asks for, as Python gives it."""
    if leaving.code is None:
        return 0
    if isinstance(leaving.code, int):
        return leaving.code & 0xFF
    sys.stderr.write(f"{leaving.code}\n")
    return 1


def tell(shell: Shell, error: BaseException, *, name: str = "") -> None:
    """Show an error: ours with its place and hint, any other with a traceback that starts in the user's code."""
    text = describe(error) if isinstance(error, XshError) else "".join(trace(error, show_frames=False))
    if name:
        text = f"{name}:\n{text}"
    sys.stdout.flush()
    sys.stderr.write(shell.session.secrets.mask(text))
    sys.stderr.flush()
