"""What a text at the prompt is: one table of cases, and what the verdict carries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lines_run import lines_run
from tests.repl.decisions import CASES, known
from xsh.errors import TemplateError
from xsh.repl.decide.decide import decide
from xsh.repl.decide.verdict import Verdict, glyph


@pytest.mark.parametrize(("text", "bound", "kind", "runs"), CASES, ids=[repr(case[:2]) for case in CASES])
def test_a_text_is_what_the_rules_say(text: str, bound: str, kind: str, runs: str | None) -> None:
    verdict = decide(text, known(*bound.split()))
    assert (verdict.kind, verdict.text) == (kind, text if runs is None else runs), verdict.reason
    assert (verdict.error is None) == (kind != "incomplete" or verdict.mode == "python")
    assert verdict.reason


# text, names the user bound, mode, line, offset, words of the error
ERRORS: list[tuple[str, str, str, int, int, str]] = [
    ("if x == 1", "", "python", 1, 10, "expected ':'"),
    ("x = 1 +", "", "python", 1, 8, "invalid syntax"),
    ("print hello", "", "python", 1, 1, "Missing parentheses"),
    ("it's", "", "python", 1, 3, "unterminated string literal"),
    ("x = $`ls ", "", "python", 1, 6, "unterminated literal"),
    ("$HOME/bin/x", "", "python", 1, 1, "is not Python"),
    ("x y", "", "python", 1, 3, "invalid syntax"),
    ("def f():\n    x = = 1\n", "", "python", 2, 9, "invalid syntax"),
    ("return 1", "", "python", 1, 1, "outside function"),
    ("for f in *.py; do echo $f; done", "", "python", 1, 24, "is not Python"),
    ("  x = 1 +", "", "python", 1, 10, "invalid syntax"),
    ("ls -la", "ls", "python", 1, 1, "`ls` is a variable here: to run the program, write $ ls -la"),
    ("ls /tmp", "ls", "python", 1, 1, "`ls` is a variable here: to run the program, write $ ls /tmp"),
    ("ls | wc", "ls", "python", 1, 1, "`ls` is a variable here"),
    ("git status", "git", "python", 1, 1, "`git` is a variable here"),
    ("git-lfs pull", "git", "python", 1, 1, "$ git-lfs pull"),
    ("gs", "gs", "python", 0, 0, ""),
    ("gti status", "", "python", 1, 5, "invalid syntax"),
    ("curl http://h/?a=1&b=2", "", "command", 1, 19, "quote the address, 'http://h/?a=1&b=2'"),
    ("echo ${", "", "command", 1, 6, "unterminated hole"),
    ("echo ${x", "", "command", 1, 6, "unterminated hole"),
    ("echo ${}", "", "command", 1, 6, "empty hole"),
    ("echo ${x +}", "", "command", 1, 11, "invalid syntax"),
    ("$ echo ${x +}", "", "command", 1, 13, "invalid syntax"),
    ("echo ${HOME:-x}", "", "command", 1, 6, "the shell's own expansion"),
    ("echo it's\n\n\n", "", "command", 1, 8, "not closed"),
    ("ls |\n\n", "", "command", 1, 4, "no command stands after this"),
    ("echo 'a\nb' ${x +}", "", "command", 2, 9, "invalid syntax"),
]


@pytest.mark.parametrize(("text", "bound", "mode", "line", "offset", "words"), ERRORS, ids=[repr(e[0]) for e in ERRORS])
def test_an_error_stands_where_the_user_wrote_it(
    text: str, bound: str, mode: str, line: int, offset: int, words: str
) -> None:
    verdict = decide(text, known(*bound.split()))
    assert verdict.mode == mode
    if not line:
        assert verdict.error is None
        return
    assert isinstance(verdict.error, SyntaxError), verdict
    assert words in verdict.error.msg
    assert (verdict.error.lineno, verdict.error.offset) == (line, offset)


@pytest.mark.parametrize("text", ["echo $(ls", "( ls", "ls >", "cat <<EOF", "ls | | wc", "echo ${x:-1}"])
def test_shell_text_without_end_is_one_error_and_never_a_continuation(text: str) -> None:
    verdict = decide("$ " + text, known())
    assert verdict.kind == "command"
    assert isinstance(verdict.error, (TemplateError, SyntaxError))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("for f in *.py; do echo $f; done", "to give the line to the shell: $ for f in *.py; do echo $f; done"),
        ("while true; do ls; done", "to give the line to the shell: $ while true; do ls; done"),
        ("if [ -f x ]; then ls; fi", "to give the line to the shell: $ if [ -f x ]; then ls; fi"),
        ("(cd docs && ls)", "to give the line to the shell: $ (cd docs && ls)"),
        ("{ ls; }", "to give the line to the shell: $ { ls; }"),
        ("gti status", "there is no command `gti`; to run it anyway: $ gti status"),
    ],
)
def test_a_habit_from_another_shell_is_told_the_way(text: str, hint: str) -> None:
    verdict = decide(text, known())
    assert verdict.hint == hint
    assert verdict.error is not None
    assert verdict.error.__notes__ == [hint]


@pytest.mark.parametrize(
    ("text", "mode"),
    [("ls", "python"), ("x = 3", "command"), ("ls -la", "python"), ("$ ls", "python"), ("print 3", "command")],
)
def test_a_key_flips_the_verdict(text: str, mode: str) -> None:
    verdict = decide(text, known(), flipped=True)
    assert verdict.mode == mode
    assert verdict.reason == "you flipped it"


@pytest.mark.parametrize(
    ("text", "first", "rest"),
    [
        ("cd docs\nls -la\nmake", "cd docs", "ls -la\nmake"),
        ("x = 1\nls -la\ny = 2", "x = 1\n", "ls -la\ny = 2"),
        ("x = '''\nls -la\n'''\nls", "x = '''\nls -la\n'''\n", "ls"),
        ("def f():\n    ls\n\nls", "def f():\n    ls\n\n", "ls"),
        ("ls = 1\nls -la", "ls = 1\nls -la", ""),
        ("cat <<EOF\na ${x}\nEOF\nls", "cat <<EOF\na ${x}\nEOF", "ls"),
        ("ls |\n  wc\nmake", "ls |\n  wc", "make"),
        ("echo 'a\nls'\nls", "echo 'a\nls'", "ls"),
        ("x = 1\ny = 2", "x = 1\ny = 2", ""),
        ("foo(\nls\n)", "foo(\nls\n)", ""),
    ],
)
def test_several_lines_are_taken_one_item_after_the_other(text: str, first: str, rest: str) -> None:
    verdict = decide(text, known())
    assert (verdict.text, verdict.rest) == (first, rest)


def test_a_type_statement_is_python() -> None:
    assert decide("type X = int", known()).mode == "python"
    assert decide("type ls", known()).mode == "command"


def test_deciding_a_thousand_pasted_lines_is_work_that_grows_with_them() -> None:
    def work(pairs: int) -> int:
        return lines_run(lambda: decide("ls -la\nx = 1\n" * pairs, known()))

    assert work(500) < 12 * work(50)
    verdict = decide("ls -la\nx = 1\n" * 500, known())
    assert verdict.text == "ls -la"
    assert [item.mode for item in verdict.later[:3]] == ["python", "command", "python"]


def test_lines_are_incomplete_while_the_last_one_is() -> None:
    assert decide("ls\nif x:", known()).kind == "incomplete"
    assert decide("ls\necho 'a", known()).kind == "incomplete"
    assert decide("ls\nif x:\n    y\n", known()).kind == "command"


def test_the_glyph_shows_the_verdict() -> None:
    shown = [glyph(decide(text, known())) for text in ("", "ls", "x = 1", "x?", "ls |", "if x:")]
    assert shown == [">", "$", ">", "?", "$", ">"]
    assert glyph(None) == ">"


@pytest.mark.parametrize(
    "line", ["ls -la", "git commit -m 'a b' --amend", "x = [a for a in b if a]", "r = await $`git log -n ${n}`"]
)
def test_a_usual_line_is_little_work(line: str) -> None:
    decide(line, known())
    assert lines_run(lambda: decide(line, known())) < 3000


TEXTS = st.one_of(
    st.text(alphabet="ls git$`'\"{}()[]|&;<>\\\n #=x1.,:!?~/-+*@é🙂"),
    st.lists(st.sampled_from(["ls", "|", " ", "\n", "if x:", "'", '"', "${", "}", "$(", ")", "x", "=", "```"])).map(
        "".join
    ),
    st.text(max_size=40),
)


@given(TEXTS)
def test_every_text_gets_a_verdict(text: str) -> None:
    verdict = decide(text, known("x"))
    assert isinstance(verdict, Verdict)
    assert verdict.kind in {"command", "python", "help", "empty", "incomplete"}
    if isinstance(verdict.error, SyntaxError):
        assert verdict.error.lineno is not None
    decide(text, known("x"), flipped=True)


@given(TEXTS)
def test_a_command_line_is_continued_only_for_a_quote_a_backslash_or_an_operator(text: str) -> None:
    verdict = decide("$ " + text, known())
    if verdict.kind == "incomplete" and not verdict.rest:
        tail = text.rstrip(" \t\n")
        assert "'" in text or '"' in text or tail.endswith(("|", "&&", "\\", "|&")) or "#" in text
