"""What a source becomes: the tree with templates, awaited statements and guarded loops."""

from __future__ import annotations

import ast
import sys

import pytest

from tests.script.stub_names import run
from xsh.script.source.parse import parse

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 14), reason="t-string nodes are unparsed in another way")


def plain(text: str, **options: str) -> str:
    """The grafted tree as text, with short forms of the hidden names."""
    shown = ast.unparse(parse(text, "a.xsh", **options).tree)
    for name in ("sh", "template", "statement", "loop", "operand", "lines"):
        shown = shown.replace(f"__xsh_{name}__", name.upper())
    return shown


TREES = [
    ("x = $`ls`", "x = SH(TEMPLATE(('ls',), ()))"),
    ("x = $`a ${n} b`", "x = SH(TEMPLATE(('a ', ' b'), ((n, 'n', None, ''),)))"),
    ("x = $`${ n !r:>4}`", "x = SH(TEMPLATE(('', ''), ((n, 'n', 'r', '>4'),)))"),
    ("x = $`${n:{w}.{p!r}f}`", "x = SH(TEMPLATE(('', ''), ((n, 'n', None, f'{w}.{p!r}f'),)))"),
    ("x = $`${a, b:{w}}`", "x = SH(TEMPLATE(('', ''), (((a, b), 'a, b', None, f'{w}'),)))"),
    ("x = $`${i for i in x} ${y}`", "((i for i in x), 'i for i in x', None, ''), (y, 'y', None, '')"),
    ("x = $`${(lambda: 1)}`", "((lambda: 1, '(lambda: 1)', None, ''),)"),
    ("x = $(cwd='d')`ls`", "x = SH(cwd='d')(TEMPLATE(('ls',), ()))"),
    ("x = tag`ls`", "x = tag(TEMPLATE(('ls',), ()))"),
    ("S = 1; x = S + $.a", "S = 1\nx = S + SH.a"),
    ("x = f'{$`a b`=}'", "x = f'$`a b`={SH(TEMPLATE(('a b',), ()))!r}'"),
    ("await $`ls`", "await STATEMENT(SH(TEMPLATE(('ls',), ())))"),
    ("$ ls ${x}", "await STATEMENT(SH(TEMPLATE(('ls ', ''), ((x, 'x', None, ''),))))"),
    ("if x: $   ls ", "if x:\n    await STATEMENT(SH(TEMPLATE(('ls ',), ())))"),
    ("await f()", "await STATEMENT(f())"),
    ("x = await f()", "x = await f()"),
    ("print(await f())", "print(await f())"),
    ("await a | b", "await OPERAND(a) | b"),
    ("(await a) | b", "await a | b"),
    ("x = await a | b | c", "x = await OPERAND(a) | b | c"),
    ("x = (await a | b)", "x = await OPERAND(a) | b"),
    ("x = await a.pipe(b) | c", "x = await OPERAND(a.pipe(b)) | c"),
    ("await (a | b)", "await STATEMENT(a | b)"),
    ("async def f():\n    await a\n    return await b", "async def f():\n    await STATEMENT(a)\n    return await b"),
    ("x = [i async for i in $`ls`]", "x = [i async for i in SH(TEMPLATE(('ls',), ()))]"),
    (
        "async for a, b in $`ls`:\n    pass\nelse:\n    x",
        "async with LOOP(SH(TEMPLATE(('ls',), ()))) as LINES:\n    async for a, b in LINES:\n        pass\n    else:\n        x",
    ),
    (
        "@$`a`\ndef f(x=$`b`) -> $: pass",
        "@SH(TEMPLATE(('a',), ()))\ndef f(x=SH(TEMPLATE(('b',), ()))) -> SH:\n    pass",
    ),
    ("match $`a`:\n    case $.x: pass", "match SH(TEMPLATE(('a',), ())):\n    case SH.x:\n        pass"),
    ("class A:\n    x = $`ls`", "class A:\n    x = SH(TEMPLATE(('ls',), ()))"),
]


@pytest.mark.parametrize(("text", "expected"), TREES)
def test_tree(text: str, expected: str) -> None:
    shown = plain(text).replace('"', "'")
    assert expected in shown if expected.startswith("((") else shown == expected.replace('"', "'")


def test_at_the_prompt_a_bare_command_is_awaited() -> None:
    expected = "await STATEMENT(SH(TEMPLATE(('ls',), ())).cwd('/'))"
    assert plain("$`ls`.cwd('/')", bare_commands="await") == expected


NOT_COMMANDS = [
    "$`ls`.start()",
    "f($`ls`)",
    "$`ls`.cwd",
    "$.cwd",
    "$(cwd='x')",
    "x = $`ls`",
    "await $`a` | $`b`",
    "$[0]",
]


@pytest.mark.parametrize("text", NOT_COMMANDS)
def test_other_expressions_may_stand_alone(text: str) -> None:
    plain(text)


TEXTS = [
    ("$`it's \\n \\$HOME $HOME $(ls) {}`", "it's \\n \\$HOME $HOME $(ls) {}"),
    ("$`\\`date\\` \\${HOME:-x} \\\\`", "`date` ${HOME:-x} \\\\"),
    ("$`\\\\\\`x`", "\\\\`x"),
    ("$`é 漢字 🎉`", "é 漢字 🎉"),
    ("$` a `", " a "),
    ("$```a `b` c```", "a `b` c"),
    ("$```\n    a\n      b\n    ```", "a\n  b"),
    ("$```\n\ta\n\t  b\n```", "a\n  b"),
    ("$```a\n    b\n      c```", "a\nb\n  c"),
    ("$```\n  a\n\n   \n  b\n```", "a\n\n \nb"),
    ("$```\n\n  a\n\n```", "\na\n"),
    ("$```\n  a\\\n  b\n```", "a\\\nb"),
    ("$```\r\n  a\r\n  b\r\n```", "a\nb"),
    ("$```\n \ta\n  b\n```", "\ta\n b"),
    ("$``````", ""),
]


@pytest.mark.parametrize(("literal", "text"), TEXTS)
def test_static_text(literal: str, text: str) -> None:
    scope, _ = run(f"x = {literal}")
    assert scope["x"].strings == (text,)


def test_a_hole_at_the_start_of_a_line_counts_as_text() -> None:
    scope, _ = run("n = 1\nx = $```\n   ${n}\n     a\n   b ${n} c\n   ```")
    assert scope["x"].strings == ("", "\n  a\nb ", " c")


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("$ ls -l", "ls -l"),
        ("$  a `b` \\`c\\` # d", "a `b` `c` # d"),
        ("$ a \\\n  b", "a \\\n  b"),
        ("$ it's ", "it's "),
    ],
)
def test_text_of_a_statement(statement: str, text: str) -> None:
    _, log = run(statement)
    assert [value.strings for how, value in log if how == "statement"] == [(text,)]


def test_a_loop_is_left_before_the_next_statement_runs() -> None:
    source = """
class Lines:
    def __aiter__(self): return self
    def __init__(self): self.n = 0
    async def __anext__(self):
        self.n += 1
        if self.n > 3: raise StopAsyncIteration
        return self.n
seen = []
async for x in Lines():
    if x == 2: continue
    seen.append(x)
else:
    seen.append("else")
async for x in Lines():
    if x == 2: break
else:
    seen.append("never")
seen.append(len(log))
async def f():
    async for x in Lines():
        async for y in Lines():
            return x, y
seen.append(await f())
seen.append(len(log))
"""
    log: list[object] = []
    scope, log = run(source, log=log)
    assert scope["seen"][:3] == [1, 3, "else"]
    assert scope["seen"][4] == (1, 1)
    assert [how for how, _ in log] == ["loop", "left", "loop", "left", "loop", "loop", "left", "left"]


def test_await_before_a_pipe_is_refused_before_anything_runs() -> None:
    with pytest.raises(TypeError, match="await a"):
        run("await $`a` | $`b`")


def positions(text: str) -> dict[str, str]:
    """The source of every grafted call and awaited expression, as its position says."""
    parsed = parse(text, "a.xsh")
    spans: dict[str, str] = {}
    for node in ast.walk(parsed.tree):
        if isinstance(node, ast.Call | ast.Await | ast.AsyncWith | ast.AsyncFor | ast.Name | ast.Tuple):
            start = parsed.source.offset(node.lineno, node.col_offset)
            end = parsed.source.offset(node.end_lineno or 0, node.end_col_offset or 0)
            name = type(node).__name__
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name = node.func.id.strip("_").removeprefix("xsh_")
            elif isinstance(node, ast.Name):
                name = f"Name {node.id}"
            spans.setdefault(name, parsed.source.slice(start, end))
    return spans


def test_nodes_stand_where_the_user_wrote_them() -> None:
    spans = positions('é = "é"; await $`é ${ é }`')
    assert spans["Await"] == spans["Await"] == "await $`é ${ é }`"
    assert spans["statement"] == spans["sh"] == "$`é ${ é }`"
    assert spans["template"] == "`é ${ é }`"
    assert spans["Name __xsh_sh__"] == "$"
    spans = positions('"é"; $ é ${x}  \n')
    assert spans["Await"] == spans["statement"] == spans["sh"] == "$ é ${x}"
    assert spans["Name x"] == "x"
    spans = positions("async for x in $`a`:\n    pass")
    assert spans["AsyncWith"] == spans["AsyncFor"] == "async for x in $`a`:\n    pass"
    assert spans["loop"] == spans["sh"] == spans["Name __xsh_lines__"] == "$`a`"


@pytest.mark.parametrize("indent", range(8))
def test_an_awaited_triple_literal_may_end_in_any_column(indent: int) -> None:
    tree = parse("await $```\n    echo one\n" + " " * indent + "```\n", "x.xsh").tree
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert "S" not in names
    assert {"__xsh_sh__", "__xsh_statement__"} <= names
