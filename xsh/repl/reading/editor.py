"""The text of the prompt in the user's editor, run as a job of its own."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from prompt_toolkit.application import in_terminal
from prompt_toolkit.document import Document

from xsh.command.command import Command
from xsh.command.options import Options
from xsh.errors import XshError
from xsh.repl.jobs.line import Line
from xsh.targets.local.which import which
from xsh.words.rendered import Argv
from xsh.words.split import split

if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer

    from xsh.repl.shell import Shell

EDITORS = ("editor", "nano", "vim", "vi", "emacs")
"""Looked for where neither `$VISUAL` nor `$EDITOR` is set."""


def editor_words() -> list[str] | None:
    """The words that start the user's editor; None when there is none."""
    for name in ("VISUAL", "EDITOR"):
        if os.environ.get(name, "").strip():
            return split(os.environ[name])
    found = next((name for name in EDITORS if which(name) is not None), None)
    return None if found is None else [found]


async def edit_elsewhere(shell: Shell, buffer: Buffer) -> None:
    """Let the user edit the text in an editor that has the terminal; the text it leaves is the line, not yet run."""
    words = editor_words()
    if words is None:
        shell.say("there is no editor: set EDITOR")
        return
    descriptor, path = tempfile.mkstemp(prefix="xsh-", suffix=".xsh")
    ended_well: bool | None = False
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(buffer.text)
        async with in_terminal():
            ended_well = await run_in_front(shell, [*words, path])
        if ended_well is None:
            return
        if ended_well:
            text = written(path)
            buffer.document = Document(text, len(text))
    finally:
        # an editor that was stopped still has the file
        if ended_well is not None:
            os.unlink(path)


def written(path: str) -> str:
    """What stands in the file now, less its final newline."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read().removesuffix("\n")


async def run_in_front(shell: Shell, words: list[str]) -> bool | None:
    """Run a program as a job in the foreground; whether it ended well, None when it was stopped and is a job now."""
    command = Command(Argv(tuple(words)), shell.session.runner, Options(output="show", nothrow=True))

    line = Line(" ".join(words))

    async def work() -> int:
        line.begin()
        try:
            return (await command).exit_code
        except XshError as error:
            shell.say(str(error))
            return error.exit_code

    line.foreground = True
    line.start(work())
    if not await shell.control.foreground(line):
        shell.control.background(line)
        return None
    assert line.task is not None
    return line.task.result() == 0
