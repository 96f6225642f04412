"""The commands of the session itself: their table, and how one is run."""

from __future__ import annotations

import inspect

from xsh.repl import (
    abbreviations,
    directory_commands,
    history_command,
    job_commands,
    jump,
    name_commands,
    source_command,
)
from xsh.repl.refused import Refused

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
    "cd": SessionCommand(directory_commands.cd_command),
    "pushd": SessionCommand(directory_commands.pushd),
    "popd": SessionCommand(directory_commands.popd),
    "dirs": SessionCommand(directory_commands.dirs, is_text=True),
    "jobs": SessionCommand(job_commands.jobs, is_text=True),
    "fg": SessionCommand(job_commands.fg),
    "bg": SessionCommand(job_commands.bg),
    "disown": SessionCommand(job_commands.disown),
    "wait": SessionCommand(job_commands.wait),
    "kill": SessionCommand(job_commands.kill),
    "exit": SessionCommand(job_commands.exit_command),
    "alias": SessionCommand(name_commands.alias, is_text=True),
    "unalias": SessionCommand(name_commands.unalias),
    "export": SessionCommand(name_commands.export_command, is_text=True),
    "unset": SessionCommand(name_commands.unset_command),
    "which": SessionCommand(name_commands.which_command, is_text=True),
    "source": SessionCommand(source_command.source),
    ".": SessionCommand(source_command.source),
    "history": SessionCommand(history_command.history_command, is_text=True),
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
