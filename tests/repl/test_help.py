"""`x?`: what a word is, without running anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.repl.terminal import Terminal
from xsh.repl.commands.help import command_help, python_help, session_command_help
from xsh.repl.decide.known import SESSION_COMMANDS
from xsh.repl.shell import Shell
from xsh.session.session import new_session


@pytest.fixture
def shell() -> Shell:
    return Shell(new_session())


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program on PATH that leaves a file when it is run, under the name `trap-program`; that file."""
    tools = tmp_path / "tools"
    tools.mkdir()
    ran = tmp_path / "ran"
    program = tools / "trap-program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    return ran


async def test_an_alias_leads_to_its_file(shell, trap):
    shell.aliases |= {"tt": "t --long", "t": "trap-program -x"}
    lines = (await command_help(shell, "tt")).split("\n")
    assert lines[:2] == ["tt: an alias for t --long", "t: an alias for trap-program -x"]
    assert lines[2].startswith("trap-program: ")
    assert lines[2].endswith("/tools/trap-program")
    assert not trap.exists()


async def test_the_description_is_the_manuals(shell, tmp_path, monkeypatch):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in (("whatis", 'echo "ls (3) - no"; echo "ls (1) - list directory contents"'), ("ls", "exit 9")):
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    assert (await command_help(shell, "ls")).split("\n") == [f"ls: {tools}/ls", "list directory contents"]


async def test_aliases_of_each_other_end(shell):
    shell.aliases |= {"a": "b", "b": "a"}
    assert "a: an alias for b" in await command_help(shell, "a")


async def test_a_function_as_alias_is_explained(shell):
    def mine(line: str) -> str:
        """Make a line mine."""
        return line

    shell.aliases["mine"] = mine
    text = await command_help(shell, "mine")
    assert "Make a line mine." in text
    assert "return line" not in text
    assert "return line" in await command_help(shell, "mine", whole=True)


@pytest.mark.parametrize("name", sorted(SESSION_COMMANDS))
def test_every_command_of_the_session_says_what_it_does(name):
    assert session_command_help(name)[0]


def test_a_python_name_shows_signature_and_first_paragraph(shell):
    shell.names["double"] = double
    text = python_help(shell, "double")
    assert text.startswith(
        "double(number: int, *, times: int | None = None) -> int\nGive twice the number.\ndefined in "
    )
    assert "Second paragraph" not in text
    assert "return number * 2" in python_help(shell, "double", whole=True)


def double(number: int, *, times: int | None = None) -> int:
    """Give twice the number.

    Second paragraph.
    """
    return number * 2


def test_names_of_scripts_and_of_python_are_known(shell):
    assert python_help(shell, "gather").startswith("gather(")
    assert python_help(shell, "len").startswith("len(")
    assert python_help(shell, "os.path.join").startswith("os.path.join(")
    assert python_help(shell, "nothing_of_that_name") == ""
    assert python_help(shell, "no name") == ""


def test_no_property_is_run(shell):
    class Danger:
        """Has a trap."""

        @property
        def trap(self) -> None:
            raise AssertionError("run")

        def __getattr__(self, name: str) -> None:
            raise AssertionError("run")

    shell.names["danger"] = Danger()
    assert python_help(shell, "danger") == "danger: Danger\nHas a trap."
    assert python_help(shell, "danger.trap") == ""
    assert python_help(shell, "danger.other") == ""


def test_a_question_mark_at_the_prompt_asks(prompt: Terminal) -> None:
    prompt.run("alias ll='ls -l'")
    shown = prompt.output_of("ll?")
    assert shown.startswith("ll: an alias for ls -l\nls: /")
    assert prompt.output_of("cd?").startswith("cd: a command of the session\n")
    assert "neither a command nor a name" in prompt.output_of("zzz?")
