"""The prompt as users see it: git in the background, statuses, functions of the user, marks."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import process_table
from tests.repl.terminal import Terminal, squashed


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    commands = (
        ["init", "-q", "-b", "trunk"],
        ["-c", "user.name=me", "-c", "user.email=me@x", "commit", "-q", "--allow-empty", "-m", "first"],
    )
    for words in commands:
        subprocess.run(["git", *words], cwd=folder, check=True)
    (folder / "new").touch()
    return folder


def with_rc(tmp_path: Path, text: str) -> None:
    file = tmp_path / "home" / ".config" / "xsh" / "rc.xsh"
    file.parent.mkdir(parents=True)
    file.write_text(text)


def test_branch_and_counts_are_shown(prompt: Terminal, repository: Path) -> None:
    prompt.run("cd repo")
    prompt.wait_match(r"repo trunk > +\?1$")
    prompt.run("git add new")
    prompt.wait_match(r"trunk > +\+1$")


def test_a_slow_git_delays_nothing_and_moves_nothing(
    terminal: Callable[..., Terminal], repository: Path, tmp_path: Path
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    runs = tmp_path / "runs"
    (tools / "git").write_text(
        f'#!/bin/sh\necho $$ >>"{runs}"\nwhile ! test -e "{tmp_path}/go-on"; do sleep 0.05; done\necho "? late"\n'
    )
    (tools / "git").chmod(0o755)
    prompt = terminal(env={"PATH": f"{tools}:{os.environ['PATH']}"})
    prompt.wait_prompt()
    prompt.run("cd repo")
    for _ in range(5):
        prompt.run("true")
    prompt.type("echo typed")
    prompt.wait_for("trunk $ echo typed")
    place = prompt.cursor
    prompt.wait_until(runs.exists, "git runs")
    prompt.wait_until(lambda: runs.read_text() != "", "git has said that it runs")
    assert len(runs.read_text().split()) == 1
    (tmp_path / "go-on").touch()
    prompt.wait_for("?1", 20)
    assert prompt.cursor == place
    assert "trunk $ echo typed" in prompt.text


def test_a_git_that_still_runs_ends_with_the_shell(
    terminal: Callable[..., Terminal], repository: Path, tmp_path: Path
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    runs = tmp_path / "runs"
    (tools / "git").write_text(f"#!/bin/sh\ntrap '' TERM\necho $$ >\"{runs}\"\nsleep 60\nsleep 60\n")
    (tools / "git").chmod(0o755)
    prompt = terminal(env={"PATH": f"{tools}:{os.environ['PATH']}"})
    prompt.wait_prompt()
    prompt.run("cd repo")
    prompt.wait_until(lambda: runs.exists() and runs.read_text() != "", "git runs")
    assert prompt.leave() == 0
    assert int(runs.read_text()) not in process_table.pids()


def test_status_and_signal_of_the_last_command_are_shown(prompt: Terminal) -> None:
    prompt.run("sh -c 'exit 7'")
    assert prompt.before_cursor.endswith(" [7] > ")
    prompt.run("sh -c 'kill -KILL $$'")
    assert prompt.before_cursor.endswith(" [SIGKILL] > ")
    prompt.run("true")
    assert "[" not in prompt.before_cursor


def test_a_long_duration_is_shown(prompt: Terminal) -> None:
    prompt.run("sleep 2.1")
    prompt.wait_match(r"> +2\.1 s$")
    prompt.run("true")
    assert "2.1 s" not in prompt.screen[prompt.cursor[0]]


def test_jobs_are_counted(prompt: Terminal) -> None:
    prompt.run("sleep 300 &")
    prompt.wait_match(r"> +1 job$")
    prompt.run("kill %1")
    prompt.wait_until(lambda: "1 job" not in prompt.screen[prompt.cursor[0]], "no job")


def test_functions_of_the_rc_file_make_the_prompt(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    with_rc(
        tmp_path,
        "def prompt():\n    return 'sync> '\n\nasync def right_prompt():\n    return (await $`echo from git`.text())\n",
    )
    prompt = terminal()
    prompt.wait_match(r"^sync> +from git$")


def test_a_failing_prompt_function_is_told_once(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    with_rc(tmp_path, "def prompt():\n    return 1 / 0\n")
    prompt = terminal()
    prompt.wait_prompt()
    prompt.run("echo works")
    prompt.run("echo still")
    said = squashed(prompt.text)
    assert said.count(squashed("prompt() failed")) == 1
    assert squashed("ZeroDivisionError: division by zero") in said
    assert "rc.xsh:2" in said


def test_a_slow_prompt_function_delays_nothing(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    with_rc(tmp_path, "import time\ndef right_prompt():\n    time.sleep(2)\n    return 'at last'\n")
    prompt = terminal()
    prompt.wait_prompt()
    prompt.run("echo works")
    assert "at last" not in prompt.text
    prompt.wait_for("at last")


def test_terminals_are_told_directory_prompts_and_title(prompt: Terminal, tmp_path: Path) -> None:
    prompt.run("sh -c 'exit 3'")
    written = bytes(prompt.transcript)
    assert f"{tmp_path}\a".encode() in written
    assert b"\x1b]133;A\a" in written
    assert b"\x1b]133;B\a" in written
    assert b"\x1b]133;C\a" in written
    assert b"\x1b]133;D;3\a" in written
    assert b"\x1b]2;sh -c 'exit 3'\a" in written


def test_a_dumb_terminal_is_told_nothing(terminal: Callable[..., Terminal]) -> None:
    prompt = terminal(env={"TERM": "dumb"})
    prompt.wait_prompt()
    prompt.run("echo plain")
    assert b"\x1b]" not in prompt.transcript


def test_no_color_has_no_colour(terminal: Callable[..., Terminal]) -> None:
    prompt = terminal(env={"NO_COLOR": "1"})
    prompt.wait_prompt()
    prompt.run("false")
    prompt.run("echo plain")
    # a colour and no movement of the cursor, which may go by as many columns (ECMA-48 8.3.117)
    colours = re.findall(rb"\x1b\[(?:\d+;)*(?:[34][0-9]|9[0-7]|10[0-7])(?:;\d+)*m", prompt.transcript)
    assert not colours
