"""The grey suggestion behind what is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.repl.terminal import Terminal
from xsh.repl.history.suggesting import next_word


def test_the_rest_of_a_line_is_suggested_and_taken(prompt: Terminal) -> None:
    prompt.run("echo some words")
    prompt.type("ec")
    prompt.wait_for("> echo some words")
    assert prompt.before_cursor.endswith("> ec")
    prompt.key("right")
    prompt.wait_until(lambda: prompt.before_cursor.endswith("$ echo some words"), "the whole line")


def test_alt_right_takes_a_word(prompt: Terminal) -> None:
    prompt.run("echo some words")
    prompt.type("ec")
    prompt.wait_for("> echo some words")
    prompt.send("\x1b[1;3C")
    prompt.wait_until(lambda: prompt.before_cursor.rstrip().endswith("$ echo"), "one word")
    prompt.wait_for("$ echo some words")
    prompt.send("\x1b[1;3C")
    prompt.wait_until(lambda: prompt.before_cursor.rstrip().endswith("$ echo some"), "two words")


def test_enter_runs_what_is_typed_and_not_what_is_suggested(prompt: Terminal) -> None:
    prompt.run("echo some words")
    prompt.type("echo")
    prompt.wait_for("$ echo some words")
    prompt.key("enter")
    prompt.wait_prompt()
    assert prompt.text.count("\nsome words") == 1


def test_a_file_that_is_not_here_is_not_suggested(prompt: Terminal, tmp_path: Path) -> None:
    for folder, names in (("one", ("both", "only-one")), ("two", ("both",))):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).touch()
    prompt.run("cd one")
    prompt.run("cat both")
    prompt.run("cat only-one")
    prompt.run("cd ../two")
    prompt.type("cat")
    prompt.wait_for("$ cat both")
    assert prompt.text.count("$ cat only-one") == 1


@pytest.mark.parametrize(
    ("rest", "word"),
    [
        (" some words", " some "),
        ("git status", "git "),
        ("/usr/bin", "/"),
        ("usr/bin", "usr/"),
        ("x", "x"),
        ("  ", "  "),
    ],
)
def test_a_word_ends_with_its_blank_or_slash(rest, word):
    assert next_word(rest) == word


@given(st.text(min_size=1, max_size=30))
def test_words_together_are_the_whole(rest):
    taken = ""
    while taken != rest:
        word = next_word(rest[len(taken) :])
        assert word
        taken += word
        assert rest.startswith(taken)
