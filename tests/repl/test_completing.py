"""The prompt's completer: bash's answers, what may take long, when the menu opens."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent, Completion
from prompt_toolkit.document import Document

from xsh.repl.complete import bash_bridge
from xsh.repl.complete.bash_bridge import ask_bash, bash_completion, describe_programs
from xsh.repl.complete.completing import completion_options, is_attribute, make_completer, words_to_ask
from xsh.repl.complete.view import View
from xsh.repl.decide.known import Known
from xsh.repl.decide.spot import find_spot
from xsh.repl.shell import Shell
from xsh.session.session import new_session

needs_bash_completion = pytest.mark.skipif(bash_completion() is None, reason="bash-completion is not installed")
TAB = CompleteEvent(completion_requested=True)
TYPED = CompleteEvent(text_inserted=True)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return Shell(new_session())


async def completed(shell: Shell, text: str, event: CompleteEvent = TAB) -> list[Completion]:
    completer = make_completer(shell)
    return [found async for found in completer.get_completions_async(Document(text), event)]


async def texts(shell: Shell, text: str, event: CompleteEvent = TAB) -> list[str]:
    """The line after each completion is taken."""
    return [text[: len(text) + found.start_position] + found.text for found in await completed(shell, text, event)]


@pytest.fixture
def repository(tmp_path: Path) -> None:
    """The current directory is a git repository: its completion says nothing outside of one."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)


@needs_bash_completion
@pytest.mark.usefixtures("repository")
async def test_sub_commands_and_flags_come_from_bash(shell: Shell) -> None:
    assert await texts(shell, "git checko") == ["git checkout "]
    assert await texts(shell, "git commit --am") == ["git commit --amend "]


@needs_bash_completion
@pytest.mark.usefixtures("repository")
async def test_an_alias_is_completed_as_what_it_stands_for(shell: Shell) -> None:
    shell.aliases["g"] = "git"
    assert await texts(shell, "g commit --am") == ["g commit --amend "]


@needs_bash_completion
@pytest.mark.usefixtures("repository")
async def test_a_literal_is_completed_as_a_command_line(shell: Shell) -> None:
    assert await texts(shell, "r = await $`git commit --am") == ["r = await $`git commit --amend "]


async def test_a_bash_that_hangs_is_ended_and_paths_are_offered(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = tmp_path / "completions"
    started = tmp_path / "started"
    hangs.write_text(f"echo $$ >'{started}'; sleep 60 & trap '' TERM; sleep 60")
    monkeypatch.setattr(bash_bridge, "PLACES", (str(hangs),))
    monkeypatch.setattr(bash_bridge, "LIMIT", 0.3)
    (tmp_path / "a-file").touch()
    begin = time.monotonic()
    assert await texts(shell, "true a-") == ["true a-file "]
    assert started.exists()
    assert time.monotonic() - begin < 50
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


async def test_other_tasks_run_while_bash_thinks(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = tmp_path / "completions"
    hangs.write_text("sleep 60")
    monkeypatch.setattr(bash_bridge, "PLACES", (str(hangs),))
    task = asyncio.create_task(texts(shell, "true x"))
    for _ in range(100):
        await asyncio.sleep(0.001)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_without_bash_completion_nothing_is_asked(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bash_bridge, "PLACES", ())
    assert await ask_bash(["git", "che"], shell.session.runner) == []


async def test_bash_s_own_choices_are_cut_at_their_ends(shell: Shell, tmp_path: Path) -> None:
    place = tmp_path / "completions"
    place.write_text('_of_tool() { COMPREPLY=(\'one two\' "$2+" "$3-"); }; complete -F _of_tool tool')
    answers = await ask_bash(["/x/tool", "before", "cur"], shell.session.runner, place=str(place))
    assert answers == ["one two", "cur+", "before-"]


async def test_programs_have_the_manual_s_line(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whatis = tmp_path / "whatis"
    whatis.write_text("#!/bin/sh\necho 'tool (1)             - does a thing'\n")
    whatis.chmod(0o755)
    tool = tmp_path / "tool-x"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert await describe_programs(["tool", "-x"], shell.session.runner) == {"tool": "does a thing"}
    assert await texts(shell, "tool-") == ["tool-x "]


async def test_while_typing_only_attributes_are_offered(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    assert await texts(shell, "cat a", TYPED) == []
    assert await texts(shell, "x = 'abc'.uppe", TYPED) == ["x = 'abc'.upper"]


async def test_the_only_word_is_followed_by_a_blank(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    (tmp_path / "b-folder").mkdir()
    assert await texts(shell, "cat a-") == ["cat a-file "]
    assert await texts(shell, "cat b-") == ["cat b-folder/"]
    assert await texts(shell, "x = isinst") == ["x = isinstance"]


async def test_a_name_bound_by_the_user_is_offered(shell: Shell) -> None:
    shell.names["my_own_name"] = 3
    (found,) = await completed(shell, "x = my_own")
    assert (found.text, found.display_meta_text) == ("my_own_name", "int")


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("x.", True),
        ("x.up", True),
        ("f(x).", True),
        ("a[0].b", True),
        ("'text'.u", True),
        ("$.ss", True),
        ("3.", False),
        ("x", False),
    ],
)
def test_the_menu_opens_while_typing_where_an_attribute_may_stand(text: str, opens: bool) -> None:
    assert is_attribute(text) is opens


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("git che", ["git", "che"]),
        ("git ", ["git", ""]),
        ("ls | git 'a b' c", ["git", "a b", "c"]),
        ("git log > out --", ["git", "log", "--"]),
        ("g st", ["git", "-c", "x", "st"]),
        ("mine x", []),
        ("cd x", []),
        ("gi", []),
        ("echo $HOM", []),
        ("cat > x", []),
        ("$cmd x", []),
    ],
)
def test_bash_is_asked_with_the_words_of_the_command(text: str, asked: list[str]) -> None:
    aliases = {"g": "git -c x", "mine": print}
    known = Known((), aliases, lambda name: name in ("git", "ls", "echo", "cat"))
    assert words_to_ask(find_spot(text, known), View(known, aliases=aliases)) == asked


def test_the_options_are_what_a_prompt_session_takes(shell: Shell) -> None:
    options = completion_options(shell)
    assert set(options) == {"completer", "complete_while_typing", "complete_in_thread"}
