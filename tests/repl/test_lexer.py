"""The lexer: what gets which colour, no text lost, no text slow."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments import lexers

from tests.lines_run import lines_run
from xsh.repl.highlight.lexer import XshLexer

LEXER = XshLexer(stripnl=False, ensurenl=False)


def kinds(text: str) -> list[tuple[str, str]]:
    """The coloured pieces of a text that are no blanks, each with the last two names of its kind."""
    tokens = LEXER.get_tokens_unprocessed(text)
    return [
        (str(kind).removeprefix("Token.").removeprefix("Literal."), value) for _, kind, value in tokens if value.strip()
    ]


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("x = $`git log`", ("Name.Function", "git")),
        ("x = $`git log`", ("Name.Builtin.Pseudo", "$")),
        ("x = $`git log`", ("String.Backtick", "`")),
        ("$ git log", ("Name.Function", "git")),
        ("    $ git log", ("Name.Function", "git")),
        ("if x: $ make all", ("Name.Function", "make")),
        ("$ ls -la", ("Name.Attribute", "-la")),
        ("$ ls | wc", ("Name.Function", "wc")),
        ("$ ls | wc", ("Operator", "|")),
        ("$ echo $HOME", ("Name.Variable", "$HOME")),
        ("$ echo \\${HOME:-x}", ("Name.Variable", "\\${HOME:-x}")),
        ("$ A=1 make", ("Name.Variable", "A=")),
        ("$ echo 'a b'", ("String.Single", "a b")),
        ("$ ls # c", ("Comment.Single", "# c")),
        ("$ for f in x; do ls; done", ("Keyword", "for")),
        ("$ echo ${len(x)}", ("Name.Builtin", "len")),
        ("$ echo ${x!r:>{w}}", ("String.Interpol", "!r")),
        ("$ echo ${x!r:>{w}}", ("Name", "w")),
        ('$ echo "a ${x} b"', ("Name", "x")),
        ("r = prod`uptime`", ("Name.Function", "uptime")),
        ("r = $(cwd=d)`make`", ("Name.Function", "make")),
        ("r = $```\n  make\n```", ("Name.Function", "make")),
        ("f'a {x} {{b}}'", ("Name", "x")),
        ("f'a {x} {{b}}'", ("String.Escape", "{{")),
        ("f'''{\nx\n}'''", ("Name", "x")),
        ("def f(): pass", ("Name.Function", "f")),
        ("class A: pass", ("Name.Class", "A")),
        ("@main\ndef f(): pass", ("Name.Decorator", "main")),
        ("import os", ("Keyword.Namespace", "import")),
        ("x = 0xff + 1.5e3", ("Number", "0xff")),
        ("x = 0xff + 1.5e3", ("Number", "1.5e3")),
        ("await gather(a)", ("Name.Builtin", "gather")),
        ("x = None", ("Keyword.Constant", "None")),
        ("x.print", ("Name", "print")),
        ("s = 'it'", ("String", "it")),
    ],
)  # fmt: skip
def test_a_piece_has_its_kind(text: str, piece: tuple[str, str]) -> None:
    assert piece in kinds(text)


@pytest.mark.parametrize(
    "text", ["x = $`ls 'a ${b\ny = 1", "x = 'abc\ny = 1", '$ echo "a\ny = 1', "f'{x\ny = 1", "$ a ${b[\ny = 1"]
)
def test_half_typed_text_ends_with_its_line(text: str) -> None:
    assert kinds(text)[-3:] == [("Name", "y"), ("Operator", "="), ("Number", "1")]


def test_a_quote_with_a_hole_goes_on_behind_it() -> None:
    assert ("String.Double", " b") in kinds('$ echo "$f ${y} b"')


def test_the_package_declares_the_plug_in(checkout: Path) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pygments.lexers"] == {"xsh": f"{XshLexer.__module__}:{XshLexer.__name__}"}


def test_the_lexer_is_a_plug_in_of_pygments() -> None:
    entries = [entry for entry in metadata.entry_points(group="pygments.lexers") if entry.name == "xsh"]
    if not entries:
        pytest.skip("xsh is not installed in this interpreter, only its source is on the path")
    assert entries[0].load() is XshLexer
    assert isinstance(lexers.get_lexer_by_name("xsh"), XshLexer)
    assert isinstance(lexers.get_lexer_for_filename("deploy.xsh"), XshLexer)


PIECES = ["`", "$`", "${", "$`${", "'", '"', "f'{", "{", "(", "```", "$```\n", "\\", " ", "\n", " \n", "$ ls\n", "#", "$ '",
          "a.", '"""', "f'''{", "1_", "$(", "a", "f'{x:{", "@", "!", ":", "\\${", "$ a\\\n", "\t", "é", "0x", "}", ")"]  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_no_text_is_lost(text: str) -> None:
    assert "".join(value for _, _, value in LEXER.get_tokens_unprocessed(text)) == text


@pytest.mark.parametrize("piece", PIECES)
def test_work_grows_with_the_text_and_not_with_its_square(piece: str) -> None:
    def work(size: int) -> int:
        text = piece * (size // len(piece))
        return lines_run(lambda: list(LEXER.get_tokens_unprocessed(text)))

    assert work(10_000) < 12 * work(1_000)
