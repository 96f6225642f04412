"""How a command line is cut: words, roles, what is left open, how long it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lines_run import lines_run
from xsh.repl.text.command_line import CommandLine
from xsh.repl.text.holes import hole_end


def words(text: str) -> list[tuple[str, str]]:
    return [(word.role, word.value) for word in CommandLine(text).words]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ls -la", [("command", "ls"), ("argument", "-la")]),
        ("ls|wc", [("command", "ls"), ("command", "wc")]),
        ("a && b || c; d & e", [("command", name) for name in "abcde"]),
        ("a > b 2>&1 c", [("command", "a"), ("target", "b"), ("target", "1"), ("argument", "c")]),
        ("> b a c", [("target", "b"), ("command", "a"), ("argument", "c")]),
        ("A=1 B='x y' c", [("assignment", "A=1"), ("assignment", "B=x y"), ("command", "c")]),
        ("echo 'a b' \"c d\" e\\ f", [("command", "echo"), ("argument", "a b"), ("argument", "c d"), ("argument", "e f")]),
        ("echo a'b'\"c\"", [("command", "echo"), ("argument", "abc")]),
        ("echo $'a\\'b'", [("command", "echo"), ("argument", "a'b")]),
        ("echo ${x + '}'} b", [("command", "echo"), ("argument", "${x + '}'}"), ("argument", "b")]),
        ("echo $(ls a) b", [("command", "echo"), ("argument", "$(ls a)"), ("command", "ls"), ("argument", "a"), ("argument", "b")]),
        ("if a; then b; fi", [("reserved", "if"), ("command", "a"), ("reserved", "then"), ("command", "b"), ("reserved", "fi")]),
        ("a # b c", [("command", "a")]),
        ("a#b", [("command", "a#b")]),
        ("a \\\n b", [("command", "a"), ("argument", "b")]),
        ("a |\n b", [("command", "a"), ("command", "b")]),
        ("", []),
    ],
)  # fmt: skip
def test_a_line_is_cut_into_words(text: str, found: list[tuple[str, str]]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "what", "at"),
    [
        ("ls", "", 0),
        ("echo 'a", "quote", 5),
        ('echo "a ${b} c', "quote", 5),
        ("echo $'a\\'", "quote", 5),
        ("ls |", "operator", 3),
        ("ls && \n", "operator", 3),
        ("ls \\", "backslash", 3),
        ("echo ${a", "hole", 5),
        ("echo 'a ${b", "hole", 8),
        ("echo $(ls", "parenthesis", 5),
        ("ls &", "", 0),
        ("ls ;", "", 0),
        ("ls |<", "", 0),
        ("ls # 'a", "", 0),
    ],
)
def test_what_is_left_open_is_known_by_its_place(text: str, what: str, at: int) -> None:
    line = CommandLine(text)
    assert (line.open, line.open_at) == (what, at)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("ls\nwc", 2),
        ("ls |\nwc\nx", 7),
        ("echo 'a\nb'\nc", 10),
        ("ls \\\n-l\nx", 7),
        ("echo $(a\nb)\nc", 11),
        ("ls", 2),
    ],
)
def test_one_item_ends_at_its_newline(text: str, end: int) -> None:
    assert CommandLine(text, one_item=True).at == end


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("a}", 2),
        ("{1: 2}[1]} x", 10),
        ("'}'}", 4),
        ("'''}'''}", 8),
        ("f('x', \"}\")}", 12),
        ("a", -1),
        ("'}", -1),
        ("a\n}", -1),
    ],
)
def test_a_hole_ends_at_its_brace(text: str, end: int) -> None:
    assert hole_end(text, 0) == end


PIECES = ["$(", "${", "'a\\", "> a ", '"\\a', "`", "<(", "a b ", "|", "\\${", '"${x}', "'${x}", '"$(', "x=1 ", "a\\b", "#",
          "$x", "$'\\n", "if ", "\n", "\\\n", "}", ")", "'", '"', "é"]  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_words_and_spans_lie_within_the_text(text: str) -> None:
    line = CommandLine(text)
    assert line.at <= len(text)
    for word in line.words:
        assert 0 <= word.start <= word.end <= len(text)
        assert 0 <= word.first <= len(line.words)
    for start, end, _ in line.spans:
        assert 0 <= start <= end <= len(text)


@pytest.mark.parametrize("piece", PIECES)
def test_work_grows_with_the_text_and_not_with_its_square(piece: str) -> None:
    def work(size: int) -> int:
        text = piece * (size // len(piece))
        return lines_run(lambda: CommandLine(text))

    assert work(10_000) < 12 * work(1_000)
