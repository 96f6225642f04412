"""Taking a command line apart: lists, `&`, aliases."""

from __future__ import annotations

import pytest

from xsh.repl.text.command_parts import Part, expand_aliases, first_word, split_background, split_list, static_words


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ls", [("", "ls")]),
        ("cd x && make", [("", "cd x"), ("&&", "make")]),
        ("a || b; c", [("", "a"), ("||", "b"), (";", "c")]),
        ("a;", [("", "a")]),
        ("echo 'a && b' ; c", [("", "echo 'a && b'"), (";", "c")]),
        ("echo $(a; b) && c", [("", "echo $(a; b)"), ("&&", "c")]),
        ("echo ${f('a;b')} && c", [("", "echo ${f('a;b')}"), ("&&", "c")]),
        ("a | b && c", [("", "a | b"), ("&&", "c")]),
        ("if a; then b; fi", [("", "if a; then b; fi")]),
        ("(a; b) && c", [("", "(a; b) && c")]),
        ("a & b", [("", "a & b")]),
        ("echo a\\;b", [("", "echo a\\;b")]),
    ],
)
def test_a_list_is_cut_where_its_operators_stand(text: str, parts: list[tuple[str, str]]) -> None:
    assert split_list(text) == [Part(*part) for part in parts]


@pytest.mark.parametrize(
    ("text", "whole", "behind"),
    [
        ("sleep 5 &", "sleep 5", True),
        ("a && b&", "a && b", True),
        ("a &&", "a &&", False),
        ("echo 'x &'", "echo 'x &'", False),
        ("echo x \\&", "echo x \\&", False),
        ("a & b", "a & b", False),
        ("a 2>&1", "a 2>&1", False),
    ],
)
def test_the_ampersand_at_the_end(text: str, whole: str, behind: bool) -> None:
    assert split_background(text) == (whole, behind)


ALIASES = {"ll": "ls -l", "lx": "ll -x", "one": "two", "two": "one", "rm": "rm -i", "mine": str.upper}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("ll", "ls -l"),
        ("ll x | ll", "ls -l x | ls -l"),
        ("echo ll", "echo ll"),
        ("\\ll", "\\ll"),
        ("A=1 ll", "A=1 ls -l"),
        ("rm x; rm y", "rm -i x; rm -i y"),
        ("lx", "ls -l -x"),
        ("a && ll", "a && ls -l"),
        ("one", "one"),
        ("cat | mine", "cat | ${call('mine')}"),
        ("cat | mine -n 'a b' | wc", "cat | ${call('mine', '-n', 'a b')} | wc"),
    ],
)
def test_aliases_stand_for_first_words(text: str, expanded: str) -> None:
    assert expand_aliases(text, ALIASES, "call") == expanded


def test_words() -> None:
    assert static_words("kill -9 '%1 a'") == ["kill", "-9", "%1 a"]
    assert static_words("cd ~/x") is None
    assert static_words("a | b") is None
    assert first_word("  git log") == "git"
    assert first_word("(a)") in ("", "a")
