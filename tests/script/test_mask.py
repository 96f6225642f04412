"""The mask is valid Python of the same geometry."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsh.script.source.mask import mask
from xsh.script.source.scan import scan
from xsh.script.source.source import Source


def masked(text: str) -> str:
    source = Source(text, "a.xsh")
    return mask(source.data, scan(source)).decode()


CASES = [
    ("$`git log -n ${n} --x`", "S(            (n)    )"),
    ("$`${a}${b}`", "S( (a),(b))"),
    ("$``", "S()"),
    ("$`é`", "S(  )"),
    ('$.ssh("h")```\n a\n```', 'S.ssh("h")(  \n  \n  )'),
    ("$`${x!r:>10}`", "S( (x      ))"),
    ("$`${x:{w}.{p!r}f}`", "S( (x,(w) (p  ) ))"),
    ("$ ls", "S   "),
    ("$ ls ${x} é ${y:{w}}", "S    @(x)    @(y,(w))"),
    ("$ a \\\n b ${x}", "S   \\\n   @(x)"),
    ("f'{$`a`=}'", "f'{S( )=}'"),
    ("$`${ $`a ${b}` }`", "S( ( S(   (b)) ))"),
    ("x = 'é$`'", "x = 'é$`'"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_mask(text: str, expected: str) -> None:
    assert masked(text) == expected


# Pieces that make sources which are often valid and often broken in interesting places.
_WORDS = '$ ` ``` ${ } { \' " f\' f""" # \\ \n \r\n ( ) [ ] x é 漢 🎉 $`a` ${x} !r : :>3 = , \t \f $`${x}`'
PIECES = st.sampled_from([*_WORDS.split(" "), "'''", " ", "    ", "$ ls ", "if x: "])


def check_place(error: SyntaxError, source: Source) -> None:
    """Fails unless the error stands in the source."""
    assert error.lineno is not None
    assert 1 <= error.lineno <= source.text.count("\n") + 1
    assert error.offset is not None
    assert 1 <= error.offset <= len(source.line(error.lineno).decode()) + 1


@given(st.lists(PIECES, max_size=30).map("".join))
def test_geometry_is_kept_or_the_source_refused(text: str) -> None:
    source = Source(text, "a.xsh")
    try:
        marks = scan(source)
    except SyntaxError as error:
        check_place(error, source)
        return
    result = mask(source.data, marks)
    assert len(result) == len(source.data)
    assert [at for at, byte in enumerate(result) if byte == 10] == [
        at for at, byte in enumerate(source.data) if byte == 10
    ]
    if not len(marks):
        assert result == source.data


STATIC = st.text(st.characters(exclude_characters="`\\$\n\r\0", exclude_categories=["Cs"]))


@given(STATIC, STATIC, st.sampled_from(["n", "é", "(1, 2)", "f(x)", "a if b else c", "'}`'", "[i for i in x]"]))
def test_any_text_around_a_hole_parses(before: str, after: str, hole: str) -> None:
    tree = ast.parse(masked(f"x = $`{before}${{{hole}}}{after}`"))
    statement = tree.body[0]
    assert isinstance(statement, ast.Assign)
    call = statement.value
    assert isinstance(call, ast.Call)
    assert [ast.unparse(argument) for argument in call.args] == [ast.unparse(ast.parse(hole, mode="eval"))]
