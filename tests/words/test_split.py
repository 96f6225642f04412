"""Text to words by POSIX quoting rules."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsh.errors import TemplateError
from xsh.words.split import split


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []), ("  \t\n ", []), ("a b", ["a", "b"]), ("a  'b c' \"d e\"", ["a", "b c", "d e"]), ("''", [""]),
        ("a\\ b", ["a b"]), ("a'b'\"c\"d", ["abcd"]), ("'a\\b'", ["a\\b"]), ('"a\\b\\"\\\\\\$\\`"', ['a\\b"\\$`']),
        ("a\\\nb", ["ab"]), ("a \\\n b", ["a", "b"]), ('"a\\\nb"', ["ab"]), ("a # b", ["a", "#", "b"]),
        ("$HOME *", ["$HOME", "*"]), ("a\nb", ["a", "b"]), ("'a\nb'", ["a\nb"]), ("\\'", ["'"]),
    ],
)  # fmt: skip
def test_words_are_split_as_a_shell_splits_them(text: str, words: list[str]) -> None:
    assert split(text) == words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 'b", "single quote at character 3"), ('ab "c\\"', "double quote at character 4"),
        ("a \\", "backslash at character 3"), ("a\0", "NUL character .character 2"),
    ],
)  # fmt: skip
def test_what_is_open_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        split(text)


@given(st.text(alphabet="ab '\"\\\t"))
def test_it_agrees_with_the_standard_library(text: str) -> None:
    try:
        expected = shlex.split(text, posix=True)
    except ValueError:
        with pytest.raises(TemplateError):
            split(text)
    else:
        assert split(text) == expected
