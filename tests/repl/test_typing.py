"""What is seen while a line is typed in a real terminal: its verdict, its colours, the menu."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.repl.terminal import Terminal, squashed
from xsh.repl.complete.bash_bridge import bash_completion


def colour_of(terminal: Terminal, text: str) -> str:
    """The colour of the first character of a text on the screen."""
    terminal._read_pending()
    for number, row in enumerate(terminal._screen.display):
        at = row.find(text)
        if at >= 0:
            return str(terminal._screen.buffer[number][at].fg)
    return ""


def looks(terminal: Terminal, text: str, colour: str) -> None:
    terminal.wait_until(lambda: colour_of(terminal, text) == colour, f"{text!r} in {colour}")


@pytest.mark.parametrize(
    ("typed", "shown", "colour"),
    [
        ("ls -la", "ls", "green"),
        ("$ lss", "lss", "red"),
        ("echo 'open", "'open", "red"),
        ("echo 'closed'", "'closed'", "brown"),
        ("ls | nonesuch", "nonesuch", "red"),
        ("for x in y", "for", "magenta"),
    ],
)
def test_a_line_is_coloured_while_it_is_typed(prompt: Terminal, typed: str, shown: str, colour: str) -> None:
    prompt.type(typed)
    looks(prompt, shown, colour)


def test_an_existing_path_is_underlined(prompt: Terminal, tmp_path: Path) -> None:
    (tmp_path / "here.txt").touch()
    prompt.type("cat here.txt")

    def underlined() -> bool:
        prompt._read_pending()
        row, column = prompt.cursor
        return bool(prompt._screen.buffer[row][column - 1].underscore)

    prompt.wait_until(underlined, "an underlined path")


def test_the_glyph_shows_the_verdict_and_a_key_flips_it(prompt: Terminal) -> None:
    prompt.type("ls")
    prompt.wait_match(r"\$ ls")
    prompt.key("a-enter")
    prompt.wait_match(r"> ls")
    prompt.key("a-enter")
    prompt.wait_match(r"\$ ls")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("echo {x}", "{x}"),
        ("echo a{1,2}", "a1 a2"),
        ("find . -maxdepth 0 -exec echo {} +", "."),
        ("echo 'a b'", "a b"),
        ("A=1 env | grep ^A=", "A=1"),
        ("id -u", "0"),
        ("$ for f in 1 2; do echo f$f; done", "f1"),
    ],
)
def test_a_line_gives_its_result(prompt: Terminal, line: str, shown: str) -> None:
    if shown == "0":
        shown = str(os.getuid())
    assert shown in prompt.output_of(line).split("\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("curl http://h/?a=1&b=2", "quote the address"),
        ("it's", "unterminated string literal"),
        ("for f in *.py; do echo; done", "$ for f in"),
        ("gti status", "there is no command `gti`"),
        ("echo ${", "unterminated hole"),
    ],
)
def test_a_line_gives_one_error_and_the_prompt_is_back(prompt: Terminal, line: str, words: str) -> None:
    assert squashed(words) in squashed(prompt.run(line))


def test_a_word_alone_that_is_nothing_is_told_with_what_may_be_meant(
    terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    tool = tmp_path / "tools" / "frobnicate"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    prompt = terminal(env={"PATH": f"{tool.parent}:{os.environ['PATH']}"})
    prompt.wait_prompt()
    text = prompt.run("frobnicat")
    assert "NameError: name 'frobnicat' is not defined" in text
    assert "there is no command `frobnicat` either; did you mean frobnicate?" in text


def test_a_variable_with_a_program_s_name_is_told(prompt: Terminal) -> None:
    prompt.run("ls = 3")
    told = "`ls` is a variable here: to run the program, write $ ls -la"
    assert squashed(told) in squashed(prompt.run("ls -la"))
    assert "there.txt" in prompt.run("$ touch there.txt; ls")


def test_an_open_quote_goes_on_and_blank_lines_end_it(prompt: Terminal) -> None:
    prompt.line("echo 'a")
    prompt.line("b'")
    assert "a\nb" in prompt.wait_prompt()
    prompt.line("echo it's")
    for _ in range(3):
        prompt.key("enter")
    prompt.wait_for("the quote that opens here is not closed")


def test_tab_completes_a_path_with_a_space_so_that_it_runs(prompt: Terminal, tmp_path: Path) -> None:
    (tmp_path / "two words.txt").write_text("it is read\n")
    prompt.type("cat two")
    prompt.key("tab")
    prompt.wait_for("cat two\\ words.txt")
    prompt.key("enter")
    prompt.wait_for("it is read")


def test_the_menu_opens_while_an_attribute_is_typed(prompt: Terminal) -> None:
    prompt.type("x = 'abc'.upp")
    prompt.wait_match(r"upper\s+function")


def test_it_opens_for_the_first_word_too_where_that_is_a_name(prompt: Terminal) -> None:
    prompt.type("os.pathc")
    prompt.wait_match(r"pathconf\s+function")
    prompt.key("c-c")
    prompt.wait_prompt()
    prompt.run("word = 'abc'")
    prompt.type("word.upp")
    prompt.wait_match(r"upper\s+function")


def test_tab_offers_programs_of_the_path(prompt: Terminal) -> None:
    prompt.type("mkfif")
    prompt.key("tab")
    prompt.wait_for("mkfifo")


def test_a_hung_completion_stops_no_typing_and_leaves_no_process(
    terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    if bash_completion() is None:
        pytest.skip("bash-completion is not installed")
    folder = tmp_path / "completions" / "completions"
    folder.mkdir(parents=True)
    (folder / "true").write_text(f"_of_true() {{ echo >'{tmp_path}/asked'; sleep 60; }}; complete -F _of_true true\n")
    started = terminal(env={"BASH_COMPLETION_USER_DIR": str(tmp_path / "completions")})
    started.wait_prompt()
    started.type("true x")
    started.key("tab")
    started.wait_until((tmp_path / "asked").exists, "bash is asked")
    started.type("yz; echo typed-on")
    started.wait_for("true xyz; echo typed-on")
    started.key("enter")
    started.wait_prompt()
    started.leave()


def test_no_color_gives_no_colour(terminal: Callable[..., Terminal]) -> None:
    started = terminal(env={"NO_COLOR": "1"})
    started.wait_prompt()
    started.type("$ lss 'open")
    started.wait_for("$ lss 'open")
    assert {colour_of(started, text) for text in ("lss", "'open")} == {"default"}
