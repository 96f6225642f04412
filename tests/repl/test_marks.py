"""The marks and titles that terminals are told."""

from __future__ import annotations

import pytest

from xsh.repl.prompt.marks import before_output, before_prompt, file_url, shortened, title, understood


@pytest.mark.parametrize(
    ("term", "tty", "understands"),
    [
        ("xterm-256color", True, True),
        ("tmux", True, True),
        ("dumb", True, False),
        ("", True, False),
        ("linux", True, False),
        ("xterm", False, False),
    ],
)
def test_only_terminals_that_know_them_get_marks(term, tty, understands):
    assert understood({"TERM": term}, is_terminal=tty) is understands


def test_marks_tell_status_directory_and_title():
    text = before_prompt("/tmp/a b", 3)
    assert text.startswith("\x1b]133;D;3\a\x1b]7;file://")
    assert "/tmp/a%20b\a" in text
    assert text.endswith("\x1b]133;A\a")
    assert "133;D" not in before_prompt("/", None)
    assert before_output("make all\nsecond") == "\x1b]2;make all\a\x1b]133;C\a"


def test_no_control_character_gets_into_a_title():
    assert title("a\x1b]2;evil\ab") == "\x1b]2;a\\x1b]2;evil\\x07b\a"
    assert "%1B" in file_url("/\x1b")


def test_home_is_a_tilde(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert [shortened(path) for path in ("/home/me", "/home/me/x", "/home/metoo", "/")] == [
        "~",
        "~/x",
        "/home/metoo",
        "/",
    ]
