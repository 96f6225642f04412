"""The history at the prompt: what ↑ gives, and what is on the disk when a shell is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.repl.terminal import Terminal, squashed


def kept(home: Path, columns: str = "text") -> list[tuple[object, ...]]:
    connection = sqlite3.connect(home / ".local/state/xsh/history.sqlite")
    try:
        return connection.execute(f"SELECT {columns} FROM lines ORDER BY id").fetchall()
    finally:
        connection.close()


def wait_line(terminal: Terminal, text: str) -> None:
    terminal.wait_until(lambda: terminal.before_cursor.endswith((f"$ {text}", f"> {text}")), f"{text!r} at the prompt")


def test_up_walks_back_and_down_comes_again(prompt: Terminal) -> None:
    for line in ("echo one", "echo two", "echo three"):
        prompt.run(line)
    prompt.key("up")
    wait_line(prompt, "echo three")
    prompt.key("up")
    wait_line(prompt, "echo two")
    prompt.key("down")
    wait_line(prompt, "echo three")
    prompt.key("enter")
    prompt.wait_until(lambda: prompt.text.count("\nthree") == 2, "the second run")


def test_up_finds_what_begins_like_what_is_typed(prompt: Terminal) -> None:
    for line in ("echo one", "true", "echo two", "false"):
        prompt.run(line)
    prompt.type("ec")
    wait_line(prompt, "ec")
    prompt.key("up")
    wait_line(prompt, "echo two")
    prompt.key("up")
    wait_line(prompt, "echo one")
    prompt.key("down")
    prompt.key("down")
    wait_line(prompt, "ec")


def test_a_line_entered_twice_comes_once(prompt: Terminal) -> None:
    for line in ("echo one", "echo two", "echo two", "echo two"):
        prompt.run(line)
    prompt.key("up")
    wait_line(prompt, "echo two")
    prompt.key("up")
    wait_line(prompt, "echo one")


def test_this_sessions_lines_come_before_those_of_others(terminal: Callable[..., Terminal]) -> None:
    mine, other = terminal(), terminal()
    mine.wait_prompt()
    other.wait_prompt()
    mine.run("echo mine")
    other.run("echo other")
    mine.run("true")
    mine.run("pwd")
    mine.key("up")
    wait_line(mine, "pwd")
    mine.key("up")
    wait_line(mine, "true")
    mine.key("up")
    wait_line(mine, "echo mine")
    mine.key("up")
    wait_line(mine, "echo other")


def test_a_killed_shell_has_lost_nothing(terminal: Callable[..., Terminal]) -> None:
    prompt = terminal()
    prompt.wait_prompt()
    prompt.run("echo before")
    prompt.type("cat\r")
    prompt.wait_in_front()
    prompt.type("echoed by cat\r")
    prompt.wait_until(lambda: prompt.text.count("echoed by cat") == 2, "cat's answer")
    os.kill(prompt.process.pid, signal.SIGKILL)
    prompt.wait()
    assert kept(prompt.home, "text, exit_status") == [("echo before", 0), ("cat", None)]
    again = terminal()
    again.wait_prompt()
    again.key("up")
    wait_line(again, "cat")


def test_the_facts_of_a_line_are_kept(prompt: Terminal, tmp_path: Path) -> None:
    prompt.run("sh -c 'exit 9'")
    prompt.run(" echo not kept")
    prompt.run("1/0")
    assert prompt.leave() == 1
    rows = kept(prompt.home, "text, exit_status, cwd")
    assert rows == [("sh -c 'exit 9'", 9, str(tmp_path)), ("1/0", 1, str(tmp_path))]
    ((least, sessions),) = kept(prompt.home, "min(duration) > 0, count(DISTINCT session)")
    assert (least, sessions) == (1, 1)
    file = prompt.home / ".local/state/xsh/history.sqlite"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_line_with_a_secret_is_not_kept(prompt: Terminal) -> None:
    prompt.run("token = $.secret('hunter2-hunter2')")
    prompt.run("echo hunter2-hunter2")
    prompt.run("echo fine")
    assert prompt.leave() == 0
    assert kept(prompt.home) == [("echo fine",)]


def test_ignored_lines_are_not_kept(prompt: Terminal) -> None:
    prompt.run("history_ignore = ['*password*', 'ls']")
    prompt.run("echo my password")
    prompt.run("ls")
    prompt.run("ls -d .")
    assert prompt.leave() == 0
    assert [text for (text,) in kept(prompt.home)][1:] == ["ls -d ."]


def test_twenty_prompts_write_at_once(terminal: Callable[..., Terminal]) -> None:
    prompts = [terminal() for _ in range(20)]
    for prompt in prompts:
        prompt.wait_prompt(50)
    for number, prompt in enumerate(prompts):
        prompt.type(f"echo a{number}\recho b{number}\r")
    for number, prompt in enumerate(prompts):
        prompt.wait_for(f"\nb{number}", 50)
        prompt.wait_prompt(50)
        assert "locked" not in prompt.text
        assert "memory only" not in prompt.text
    for prompt in prompts:
        assert prompt.leave(20) == 0
    found = {str(text) for (text,) in kept(prompts[0].home)}
    assert found == {f"echo {letter}{number}" for letter in "ab" for number in range(20)}


def test_without_a_home_there_is_a_warning_and_a_prompt(terminal: Callable[..., Terminal]) -> None:
    prompt = terminal(env={"HOME": "/proc/nowhere"})
    prompt.wait_prompt()
    prompt.run("echo works")
    prompt.run("echo again")
    assert prompt.text.count("memory only") == 1
    prompt.key("up")
    prompt.key("up")
    wait_line(prompt, "echo works")


def test_the_history_command_searches_deletes_and_exports(prompt: Terminal, tmp_path: Path) -> None:
    prompt.run("echo alpha")
    prompt.run("sh -c 'exit 3'")
    assert prompt.output_of("history alpha").split()[-2:] == ["history", "alpha"]
    assert "[3] sh -c 'exit 3'" in prompt.output_of("history --failed")
    prompt.run("history delete 1")
    assert "echo alpha" not in prompt.output_of("history")
    assert prompt.output_of("history delete 99") == "history: there is no line 99"
    assert squashed("there is no option --nope") in squashed(prompt.output_of("history --nope"))
    prompt.run("history export out.json")
    assert '"text": "sh -c \'exit 3\'"' in (tmp_path / "out.json").read_text()
    assert (tmp_path / "out.json").stat().st_mode & 0o777 == 0o600
    assert prompt.output_of("history export out.json") == "history: out.json: file exists"
