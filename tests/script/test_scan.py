"""Where the scanner finds literals, names and statements, and where it does not."""

from __future__ import annotations

import contextlib
import sys

import pytest

from xsh.script.source.scan import scan
from xsh.script.source.source import Source


def found(text: str) -> list[str]:
    source = Source(text, "a.xsh")
    marks = scan(source)
    spans = [(at, at + 1) for at in marks.names]
    spans += [(literal.start, literal.end) for literal in marks.literals + marks.statements]
    return [source.slice(*span) for span in sorted(spans)]


NOTHING = [
    "",
    "x = 1",
    "'$`ls`' \"$ `\" '''$\n`''' \"\"\"`'\"`\"\"\"",
    r"'\'`$' r'\`' rb'`' Rb'''$''' u'`' b'`'",
    "# $`ls` it's\nx = 1 # `",
    "f'$ ` {{$}} {x}' f'''`{x:{y}$}`'''",
    r"f'\N{DOLLAR SIGN}`' rf'\N{x}`' f'\{x}`'",
    "f'{x!r:`$}'",
    "f'{d[\"`\"]}' f'{\"`$\"}'",
    "x = '`\\\n`'",
    "'a' '' '`' \"\" '' '$'",
    "f'' f'`' '' f''''''",
    "f'{x:%H:%M}' '`'",
    "f'{ {1: 2}[1] }`'",
    "rf'\\'`{x}'",
    "f'{x!r}`' f'{x!s:>{w}}`'",
    "f'{(lambda: \"`\")()}'",
    "x = '\\\\' # `",
]


@pytest.mark.parametrize("text", NOTHING)
def test_strings_and_comments_hide_marks(text: str) -> None:
    assert found(text) == []


LITERALS = [
    ("x = $`ls`", ["$", "`ls`"]),
    ('x = $`it\'s # "a" ( \\` \\${x} $HOME $(ls)`', ["$", '`it\'s # "a" ( \\` \\${x} $HOME $(ls)`']),
    ("$`a`, $`b`", ["$", "`a`", "$", "`b`"]),
    ("tag`a`; t.a`b`; t()`c`; t[0]`d`", ["`a`", "`b`", "`c`", "`d`"]),
    ("é`a`", ["`a`"]),
    ("$`${'}'} ${\"`\"} ${f'{x}`'}`", ["$", "`${'}'} ${\"`\"} ${f'{x}`'}`"]),
    ("$`${ {1: 2}[1] } ${[1][0]} ${x != y}`", ["$", "`${ {1: 2}[1] } ${[1][0]} ${x != y}`"]),
    ("$`a ${ $`b ${ $`c` }` }`", ["$", "`a ${ $`b ${ $`c` }` }`", "$", "`b ${ $`c` }`", "$", "`c`"]),
    ("$```a `b` ``c`` \\``` d```", ["$", "```a `b` ``c`` \\``` d```"]),
    ("$```\n'\n${\nx # `}\n}\n```", ["$", "```\n'\n${\nx # `}\n}\n```"]),
    ("f'{$`it`}' f'{$.x!r:{$.y}}'", ["$", "`it`", "$", "$"]),
    ("f'''\n{$`a\"b`}{{`}}'''", ["$", '`a"b`']),
    ("x = $`a\\\\`", ["$", "`a\\\\`"]),
    ("$``", ["$", "``"]),
    ("$`a`$", ["$", "`a`", "$"]),
    ("$`${x:>{w}} ${y!r:a{b}c}`", ["$", "`${x:>{w}} ${y!r:a{b}c}`"]),
    ("$`%{http_code} {} {a,b} @{u} \\n '{print $1}'`", ["$", "`%{http_code} {} {a,b} @{u} \\n '{print $1}'`"]),
    ("'''\n''' + $`a`", ["$", "`a`"]),
]


@pytest.mark.parametrize(("text", "marks"), LITERALS)
def test_literals_are_found(text: str, marks: list[str]) -> None:
    assert found(text) == marks


STATEMENTS = [
    ("$ ls", ["$ ls"]),
    ("$ ls it's # ` ${x}\n'", ["$ ls it's # ` ${x}"]),
    ("  $\tls -l  \n", ["$\tls -l  "]),
    ("if x:\n\t$ ls\nelse: $ pwd", ["$ ls", "$ pwd"]),
    ("x = 1; $ ls; y", ["$ ls; y"]),
    ("for x in y: $ rm ${x}", ["$ rm ${x}"]),
    ("$ a \\\n  b \\\\\nx", ["$ a \\\n  b \\\\"]),
    ("# a \\\n$ ls", ["$ ls"]),
    ("x = '\\\n'\n$ ls", ["$ ls"]),
    ("f(a,\n b)\n$ ls", ["$ ls"]),
    ("f('(', # (\n b)\n$ ls", ["$ ls"]),
    ("$`(`\n$ ls", ["$", "`(`", "$ ls"]),
    ("x = $(a=[\n1])\n$ ls", ["$", "$ ls"]),
    ("\f$ ls", ["$ ls"]),
    ("$ ls | $`x", ["$ ls | $`x"]),
    ("with (a\n  as b): $ ls", ["$ ls"]),
]


@pytest.mark.parametrize(("text", "marks"), STATEMENTS)
def test_statements_are_found_where_a_statement_starts(text: str, marks: list[str]) -> None:
    assert found(text) == marks


NAMES = [
    ("x = $ | y", ["$"]),
    ("f($ , 1)", ["$"]),
    ("f(\n  $ , 1)", ["$"]),
    ("(\n  $ if x else $ .y)", ["$", "$"]),
    ("x = \\\n  $ .env", ["$"]),
    ("{1: $ , 2: $ }", ["$", "$"]),
    ("x[a: $ ]", ["$"]),
    ("$.env", ["$"]),
    ("$", ["$"]),
    ("f'{ $ }'", ["$"]),
    ("$`${ $ }`", ["$", "`${ $ }`", "$"]),
]


@pytest.mark.parametrize(("text", "marks"), NAMES)
def test_a_dollar_elsewhere_is_a_name(text: str, marks: list[str]) -> None:
    assert found(text) == marks


def test_holes_know_their_parts() -> None:
    source = Source("$`a ${ x } ${y!r} ${z:>3} ${v!s:{w}.{p!r}f}`", "a.xsh")
    holes = scan(source).literals[0].holes
    parts = [(source.slice(hole.start, hole.end), hole.conversion, hole.colon is not None) for hole in holes]
    assert parts == [(" x ", None, False), ("y", "r", False), ("z", None, True), ("v", "s", True)]
    assert [source.slice(field.start, field.end) for field in holes[3].fields] == ["w", "p"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="an f-string of Python 3.11 cannot hold its own quotes")
def test_quotes_of_an_fstring_nest() -> None:
    assert found("f'{d['`']} {f'{$}'}'") == ["$"]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="only Python 3.11 ends an f-string at the inner quote")
def test_python_311_says_which_quotes_do_not_nest() -> None:
    with pytest.raises(SyntaxError, match="allows no ' inside an f-string of the same quotes") as caught:
        found("f'{d['a']} {$}'")
    assert (caught.value.lineno, caught.value.offset) == (1, 6)


def test_an_unterminated_string_is_left_to_the_parser() -> None:
    assert found("x = $`a`\ny = 'abc\nz = `b`") == ["$", "`a`"]


def test_a_long_line_of_literals_is_scanned_in_linear_time() -> None:
    assert len(found("f(" + "$`é ${x}`, $ , " * 40_000 + ")")) == 120_000


def test_a_long_source_of_every_kind_is_scanned_in_linear_time() -> None:
    text = "$ ls 'a ${x}\nx = f(1, $`a ${f'{y}'}`)\n$ a \\\n b\n" * 20_000
    assert len(found(text)) == 80_000


@pytest.mark.parametrize("opening", ["$`${", "f'{", "(", "$ ${", "$```"])
def test_many_openings_without_an_end_take_no_quadratic_time(opening: str) -> None:
    with contextlib.suppress(SyntaxError):
        found(f"x = {opening}\n" * 50_000)


def test_literals_nested_beyond_all_measure_are_refused() -> None:
    with pytest.raises(SyntaxError, match="nested too deeply"):
        found("$`${" * 5000)
