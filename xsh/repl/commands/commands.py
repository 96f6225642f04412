"""The commands of the session itself: their table, and how one is run."""

from __future__ import annotations

import inspect

from xsh.repl.commands import abbreviations, directories, history, jobs, jump, names, source
from xsh.repl.commands.refused import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.repl.shell import Shell

__all__ = ["SESSION_COMMANDS", "Refused", "SessionCommand", "register", "run_session_command"]


class SessionCommand:
    """A command of the session: `run(shell, words)` gives a status, None for 0, or text to print.

    With `text` its text may also be the source of a pipeline: `history | grep make`.
    """

    __slots__ = ("run", "text")

    def __init__(self, run: Callable[..., Any], *, is_text: bool = False) -> None:
        self.run = run
        self.text = run if is_text else None


SESSION_COMMANDS: dict[str, SessionCommand] = {
    "cd": SessionCommand(directories.cd_command),
    "pushd": SessionCommand(directories.pushd),
    "popd": SessionCommand(directories.popd),
    "dirs": SessionCommand(directories.dirs, is_text=True),
    "jobs": SessionCommand(jobs.jobs, is_text=True),
    "fg": SessionCommand(jobs.fg),
    "bg": SessionCommand(jobs.bg),
    "disown": SessionCommand(jobs.disown),
    "wait": SessionCommand(jobs.wait),
    "kill": SessionCommand(jobs.kill),
    "exit": SessionCommand(jobs.exit_command),
    "alias": SessionCommand(names.alias, is_text=True),
    "unalias": SessionCommand(names.unalias),
    "export": SessionCommand(names.export_command, is_text=True),
    "unset": SessionCommand(names.unset_command),
    "which": SessionCommand(names.which_command, is_text=True),
    "source": SessionCommand(source.source),
    ".": SessionCommand(source.source),
    "history": SessionCommand(history.history_command, is_text=True),
    "z": SessionCommand(jump.jump),
    "abbr": SessionCommand(abbreviations.abbr, is_text=True),
}


def register(name: str, run: Callable[..., Any], *, is_text: bool = False) -> None:
    """Add a command of the session."""
    SESSION_COMMANDS[name] = SessionCommand(run, is_text=is_text)


async def run_session_command(shell: Shell, words: list[str]) -> int:
    """Run a command of the session by its words; its status, 1 after a message when it refuses."""
    try:
        value = SESSION_COMMANDS[words[0]].run(shell, words)
        if inspect.isawaitable(value):
            value = await value
    except Refused as refused:
        shell.say_plain(f"{words[0]}: {refused}")
        return refused.status
    if isinstance(value, str):
        if value:
            print(value.removesuffix("\n"))  # noqa: T201 - the command's output
        return 0
    return value or 0
