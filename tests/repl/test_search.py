"""Ctrl-R: the search of the history on the whole screen."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from weakref import ref

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.key_binding.key_processor import KeyPress, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import DummyOutput

from tests.repl.terminal import Terminal
from xsh.repl.reading.search import Search, age
from xsh.repl.shell import Shell


@pytest.fixture
def searching(prompt: Terminal, tmp_path: Path) -> Terminal:
    """A prompt with a history, at which Ctrl-R was pressed."""
    (tmp_path / "sub").mkdir()
    prompt.run("echo alpha")
    prompt.run("sh -c 'exit 3'")
    prompt.run("cd sub")
    prompt.run("echo beta")
    prompt.key("c-r")
    prompt.wait_for("4 found")
    return prompt


def found(terminal: Terminal, count: int) -> list[str]:
    """The lines shown, once so many were found."""
    terminal.wait_for(f"{count} found")
    return [line[7:].strip() for line in terminal.screen[2 : 2 + count]]


def test_it_shows_everything_newest_first_and_how_it_ended(searching: Terminal) -> None:
    assert found(searching, 4) == ["echo beta", "cd sub", "sh -c 'exit 3'", "echo alpha"]
    assert "✗ sh -c" in searching.text


def test_words_narrow_it_down_in_any_order(searching: Terminal) -> None:
    searching.type("echo")
    assert found(searching, 2) == ["echo beta", "echo alpha"]
    searching.type(" al")
    assert found(searching, 1) == ["echo alpha"]
    searching.type("zzz")
    searching.wait_for("nothing found")


def test_enter_takes_the_line_and_does_not_run_it(searching: Terminal) -> None:
    searching.type("alp")
    found(searching, 1)
    searching.key("enter")
    searching.wait_for("$ echo alpha")
    searching.wait_until(lambda: searching.before_cursor.endswith("$ echo alpha"), "the line at the prompt")
    assert searching.text.count("\nalpha") == 1
    searching.type(" more\r")
    assert "\nalpha more\n" in searching.wait_prompt()


@pytest.mark.parametrize("key", ["escape", "c-c", "c-g"])
def test_leaving_changes_nothing(searching: Terminal, key: str) -> None:
    searching.key(key)
    searching.wait_prompt()
    assert "\nbeta\n" in searching.text
    assert "found" not in searching.text


def test_the_filter_for_failures(searching: Terminal) -> None:
    searching.key("a-f")
    assert found(searching, 1) == ["sh -c 'exit 3'"]
    assert "failures ✓" in searching.text
    searching.key("a-f")
    found(searching, 4)


def test_the_filter_for_this_directory(searching: Terminal) -> None:
    searching.key("a-d")
    assert found(searching, 1) == ["echo beta"]


def test_the_filter_for_this_session(searching: Terminal, terminal: Callable[..., Terminal]) -> None:
    other = terminal()
    other.wait_prompt()
    other.run("echo gamma")
    other.key("c-r")
    assert found(other, 5)[0] == "echo gamma"
    other.key("a-s")
    assert found(other, 1) == ["echo gamma"]


def test_arrows_and_ctrl_r_choose(searching: Terminal) -> None:
    searching.key("c-r")
    searching.key("down")
    searching.wait_for("exit 3\n")
    searching.key("up")
    searching.key("enter")
    searching.wait_until(lambda: searching.before_cursor.endswith("$ cd sub"), "the second line")


def test_what_is_typed_already_is_what_is_searched(prompt: Terminal) -> None:
    prompt.run("echo alpha")
    prompt.run("echo beta")
    prompt.type("alph")
    prompt.wait_for("alph")
    prompt.key("c-r")
    assert found(prompt, 1) == ["echo alpha"]


def test_keys_typed_at_once_go_to_the_search_and_then_to_the_line(searching: Terminal) -> None:
    searching.key("escape")
    searching.wait_prompt()
    searching.type("\x12alp\r more\r")
    searching.wait_for("\nalpha more\n")
    searching.wait_prompt()
    searching.type("\x12nothing\x03echo left\r")
    searching.wait_for("\nleft\n")


def test_keys_in_one_go_with_escape_go_to_the_line(searching: Terminal) -> None:
    searching.type("\x1b\recho left\r")
    searching.wait_for("\nleft\n")
    searching.wait_prompt()
    assert "Traceback" not in searching.text


def open_search(terminal: Terminal) -> None:
    """Press Ctrl-R and wait until the line has given the terminal away, which is before the search is there."""
    before = len(terminal.transcript)
    terminal.type("\x12")
    terminal.wait_until(lambda: b"\x1b[?2004l" in terminal.transcript[before:], "the line's end")


def test_ctrl_c_while_the_search_opens_leaves_the_search(searching: Terminal) -> None:
    searching.key("escape")
    searching.wait_prompt()
    for _ in range(20):
        open_search(searching)
        searching.process.send_signal(signal.SIGINT)
        searching.wait_prompt()
        searching.type("kept")
        searching.wait_typed("kept")
        searching.type("\x15")
        searching.wait_prompt()


def test_escape_while_the_search_opens_leaves_it(searching: Terminal) -> None:
    searching.key("escape")
    searching.wait_prompt()
    for _ in range(5):
        open_search(searching)
        searching.type("\x1b")
        searching.wait_prompt()


async def test_a_key_that_the_line_was_given_reaches_the_open_search(shell: Shell) -> None:
    # the line's time-out for Escape may end while the search is open, and takes its Escape out of the terminal's bytes
    line = Buffer(document=Document("echo"))
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        search = Search(shell, line)
        drawn = asyncio.Event()
        search.app.after_render += lambda _: drawn.set()
        searching = asyncio.create_task(search.run())
        await drawn.wait()
        event = KeyPressEvent(ref(search.app.key_processor), None, [KeyPress(Keys.ControlC)], [], False)
        search.hear(event)
        await searching
    shell.history.close()
    assert line.text == "echo"


def test_a_line_of_several_rows_is_shown_whole_and_taken_whole(prompt: Terminal) -> None:
    prompt.paste("for i in [1]:\n    print('many', i)\n")
    prompt.wait_for("many")
    prompt.key("enter")
    prompt.wait_for("\nmany 1\n")
    prompt.wait_prompt()
    prompt.key("c-r")
    prompt.wait_for("1 found")
    assert "for i in [1]: …" in prompt.text
    assert "\n    print('many', i)" in prompt.text
    prompt.key("enter")
    prompt.wait_until(lambda: "for i in [1]:\n" in prompt.text and "found" not in prompt.text, "the text at the prompt")
    prompt.type("\r\r")
    prompt.wait_until(lambda: prompt.text.count("\nmany 1\n") == 2, "the second run")


def test_a_small_screen_and_a_resize(searching: Terminal) -> None:
    searching.resize(6, 40)
    searching.wait_until(lambda: "echo beta" in searching.text, "the list")
    searching.resize(24, 80)
    searching.wait_until(lambda: "Esc leaves" in searching.text, "the whole header")
    searching.key("escape")
    searching.wait_prompt()


def test_ages_are_short():
    seconds = [0, 59, 60, 3599, 3600, 86399, 86400, 999 * 86400, 10**9, -5]
    assert [age(each) for each in seconds] == ["0s", "59s", "1m", "59m", "1h", "23h", "1d", "999d", "31y", "0s"]
