"""What is coloured how while a line is typed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.document import Document

from tests.repl.decisions import PROGRAMS, known
from xsh.repl.decide.decide import decide
from xsh.repl.decide.verdict import Verdict
from xsh.repl.highlight.colour import STYLE, LineColour, colour_style
from xsh.repl.highlight.existing import Existing
from xsh.repl.highlight.programs import Programs

PATHS = {"a.txt", "b c.txt", "/tmp", "~/x", "./run", "docs/"}


def verdict(text: str) -> Verdict:
    return decide(text, known("x"))


COLOUR = LineColour(verdict, PROGRAMS | {"ll", "mine"}, PATHS)


def pieces(text: str) -> list[tuple[str, str]]:
    return [(name.replace("class:", ""), text[start:end]) for start, end, name in COLOUR.spans(text)]


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("ls -la", ("xsh.known", "ls")),
        ("ls -la", ("xsh.option", "-la")),
        ("$ lss", ("xsh.unknown", "lss")),
        ("$ lss", ("xsh.marker", "$ ")),
        ("!ls", ("xsh.marker", "!")),
        ("ls | lss", ("xsh.unknown", "lss")),
        ("ls | wc", ("xsh.known", "wc")),
        ("ls | wc", ("xsh.operator", "|")),
        ("ps aux | mine", ("xsh.known", "mine")),
        ("ll a.txt", ("xsh.known", "ll")),
        ("ls a.txt", ("xsh.path", "a.txt")),
        ("ls 'b c.txt'", ("xsh.path xsh.string", "'b c.txt'")),
        ("ls b\\ c.txt", ("xsh.path", "b")),
        ("ls ~/x", ("xsh.path", "~/x")),
        ("ls > a.txt", ("xsh.path", "a.txt")),
        ("./run", ("xsh.known", "./run")),
        ("./walk", ("xsh.unknown", "./walk")),
        ("git commit -m 'a", ("xsh.unclosed", "'a")),
        ('git commit -m "a', ("xsh.unclosed", '"a')),
        ("echo $HOME", ("xsh.variable", "$HOME")),
        ("echo 'a b'", ("xsh.string", "'a b'")),
        ("echo ${x + 1}", ("xsh.hole", "${")),
        ("echo ${x + 1}", ("pygments.literal.number", "1")),
        ("echo ${len(x)}", ("pygments.name.builtin", "len")),
        ("ls # c", ("xsh.comment", "# c")),
        ("A=1 ls", ("xsh.assignment", "A=1")),
        ("$ for f in x; do ls; done", ("xsh.reserved", "for")),
        ("$ for f in x; do lss; done", ("xsh.unknown", "lss")),
        ("echo $(lss a)", ("xsh.unknown", "lss")),
        ("for f in x: pass", ("pygments.keyword", "for")),
        ("r = $`git log`", ("pygments.name.function", "git")),
        ("ls\nx = 1", ("xsh.known", "ls")),
        ("ls\nx = 1", ("pygments.literal.number", "1")),
        ("x = 1\nls -l", ("xsh.option", "-l")),
    ],
)  # fmt: skip
def test_a_piece_has_its_colour(text: str, piece: tuple[str, str]) -> None:
    assert piece in pieces(text)


def test_a_path_that_does_not_exist_is_not_underlined() -> None:
    assert pieces("ls b.txt") == [("xsh.known", "ls")]


def test_each_class_of_a_command_line_has_a_look() -> None:
    text = "$ A=1 ls -l 'a' \\b $c ${d} | x # e\n$ for a.txt 'b"
    names = {name for both, _ in pieces(text) for name in both.split() if name.startswith("xsh.")}
    assert names <= set(STYLE)
    assert colour_style().style_rules


TEXTS = st.text(alphabet="ls x=1'\"`${}()|&;<>\\\n #~/.a?[]")


@given(TEXTS)
def test_the_lines_are_the_text(text: str) -> None:
    line = COLOUR.lex_document(Document(text))
    shown = ["".join(piece[1] for piece in line(number)) for number in range(text.count("\n") + 1)]
    assert "\n".join(shown) == text


@given(TEXTS)
def test_spans_are_in_order_and_apart(text: str) -> None:
    at = 0
    for start, end, _ in COLOUR.spans(text):
        assert at <= start < end <= len(text)
        at = end


def test_existing_paths_are_learnt_in_a_thread(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    told = threading.Event()
    existing = Existing(told.set)
    assert str(tmp_path / "there") not in existing
    assert told.wait(40)
    assert str(tmp_path / "there") in existing
    assert str(tmp_path / "nowhere") not in existing
    existing.forget()
    told.clear()
    assert str(tmp_path / "there") not in existing
    assert told.wait(40)


def test_programs_are_read_anew_when_their_directory_has_changed(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    programs = Programs(lambda: f"{tmp_path}:relative::/nowhere")
    assert programs.look() == frozenset()
    assert programs.is_ready
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / "folder").mkdir()
    assert programs.look() == {"tool"}
    assert "tool" in programs
    assert "folder" not in programs


def test_flipping_colours_the_same_text_anew() -> None:
    stamp = [False]
    colour = LineColour(verdict, (), (), lambda: stamp[0])
    before = colour.invalidation_hash()
    stamp[0] = True
    assert colour.invalidation_hash() != before


def test_a_path_that_is_learnt_of_is_underlined_in_the_text_that_stands(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    told = threading.Event()
    colour = LineColour(verdict, ("cat",))
    learn = colour.changed
    colour._existing.changed = lambda: (learn(), told.set())[0]
    line = colour.lex_document(Document(f"cat {tmp_path}/there"))
    line(0)
    assert told.wait(40)
    assert line(0)[-1] == ("class:xsh.path", f"{tmp_path}/there")
