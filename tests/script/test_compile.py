"""Errors and tracebacks: the user's own file, line, column and text on every Python."""

from __future__ import annotations

import linecache
import re
import sys
import traceback
from pathlib import Path

import pytest

from tests.script.stub_names import run
from xsh.errors import ScriptError
from xsh.script.compile import compile_file, compile_source
from xsh.script.imports import needs_loop
from xsh.script.source.parse import parse

MISTAKES = (Path(__file__).parent / "mistakes.txt").read_text(encoding="utf-8").rstrip().split("\n\n")


def rendered(source: str) -> str:
    """How Python shows the SyntaxError of a source, less the file."""
    with pytest.raises(SyntaxError) as caught:
        compile_source(source, "a.xsh")
    return "".join(traceback.format_exception_only(caught.value)).replace('  File "a.xsh", ', "").rstrip()


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.partition("\n--- ")[0] for mistake in MISTAKES])
def test_a_mistake_is_shown_exactly(mistake: str) -> None:
    source, _, expected = mistake.rstrip("\n").partition("\n--- ")
    assert rendered(source) == expected


@pytest.mark.parametrize("source", ["$ ", "$ \t", "x = 1\nif x:\n    $  \n"])
def test_an_empty_command(source: str) -> None:
    line = source.rstrip("\n").count("\n") + 1
    assert rendered(source).startswith(f"line {line}\n    $")
    assert rendered(source).endswith("    ^\nSyntaxError: empty command: write it behind `$ `")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_kind(newline: str) -> None:
    assert rendered(newline.join(["x = 1", "y = '''a", "'''; z = $`é`; $`ls`"])) == (
        "line 3\n    '''; z = $`é`; $`ls`\n                   ^^^^^\nSyntaxError: this command never runs: write await $`ls`"
    )


def test_a_byte_order_mark_a_tab_and_a_form_feed_move_no_column() -> None:
    with pytest.raises(SyntaxError) as caught:
        compile_source("\ufeffif 1:\n\f\t$`ls`", "a.xsh")
    assert (caught.value.lineno, caught.value.offset, caught.value.end_offset) == (2, 3, 8)
    with pytest.raises(SyntaxError) as caught:
        compile_source("\ufeff$`ls`", "a.xsh")
    assert (caught.value.lineno, caught.value.offset, caught.value.text) == (1, 1, "$`ls`\n")


@pytest.mark.parametrize(
    ("source", "message", "place"),
    [
        ("x = '\0'", "cannot contain a NUL", (1, 6)),
        ("é = 1\nx = 'é\udcff'", "must be UTF-8", (2, 7)),
    ],
)
def test_text_that_is_no_source(source: str, message: str, place: tuple[int, int]) -> None:
    with pytest.raises(SyntaxError, match=message) as caught:
        compile_source(source, "a.xsh")
    assert (caught.value.lineno, caught.value.offset) == place


def test_errors_of_later_stages_count_characters_too() -> None:
    with pytest.raises(SyntaxError) as caught:
        compile_source("def f():\n    'é'; x = await $`é`", "a.xsh")
    assert (caught.value.lineno, caught.value.offset, caught.value.end_offset) == (2, 14, 24)
    with pytest.raises(SyntaxError) as caught:
        compile_source("'é é'; from __future__ import nope; $`a`.start()", "a.xsh")
    assert (caught.value.lineno, caught.value.offset, caught.value.msg) == (1, 8, "future feature nope is not defined")


@pytest.mark.parametrize("source", ["x = " + "(" * 300 + ")" * 300, "x = " + "-" * 100_000 + "1"])
def test_what_is_too_deep_for_python_is_an_error_with_words(source: str) -> None:
    with pytest.raises((ScriptError, SyntaxError), match=r"too deeply|too many nested|never closed"):
        compile_source(source, "a.xsh")


def test_a_long_chain_is_no_problem_of_ours() -> None:
    chain = "+ 'x'" * 900
    scope, _ = run(f"x = $`a`.strings[0] {chain}")
    assert scope["x"] == "a" + "x" * 900


def test_flags_and_optimize_reach_the_compiler() -> None:
    import __future__

    flags = __future__.annotations.compiler_flag
    scope: dict[str, object] = {}
    exec(compile_source("def f(x: no.such.name): pass", "a.xsh", flags=flags), scope)
    exec(compile_source("assert False", "a.xsh", optimize=1), {})


CARETS = [
    # where an error is raised, and the text the carets must cover
    ("x = 1\ny = $`a ${1/0} b`", 2, "1/0"),
    ('é = "é"; y = $`é ${é} ${1/0}`', 1, "1/0"),
    ("y = $```\n  é\n  é ${1/0}\n```", 3, "1/0"),
    ("y = $```\n  a\n```; z = 1/0", 3, "1/0"),
    ('y = f"é {$`a`} {1/0}"', 1, "1/0"),
    ('y = f"""\né {$`a ${1/0}`}"""', 2, "1/0"),
    ("$ echo é ${1/0} b", 1, "1/0"),
    ("$ echo \\\n  é ${1/0} b", 2, "1/0"),
    ("x = [$`a`,\n $`b ${ {}[0] }`]", 2, "{}[0]"),
    ("if 1:\n\tawait $`a ${nope}`", 2, "nope"),
    ("async for x in $`é ${1/0}`: pass", 1, "1/0"),
    ("x = 'é' + no`é ${1} b`", 1, "no`é ${1} b`"),
    ("no = 1; x = 'é' + no`é ${1} b`.x", 1, "no`é ${1} b`"),
    ("def f():\n  return $`${1/0:>{3}}`\nf()", 2, "1/0"),
    ("async def f():\n  $ ls ${1/0}\nawait f()", 2, "1/0"),
    ("'é'; await 3", 1, "await 3"),
    ("'é'; await $`a` | $`é`", 1, "$`a`"),
]


@pytest.mark.parametrize(("source", "line", "text"), CARETS)
def test_a_traceback_points_at_the_expression(source: str, line: int, text: str, tmp_path: Path) -> None:
    path = tmp_path / "script.xsh"
    path.write_text(source, encoding="utf-8")
    with pytest.raises((ZeroDivisionError, NameError, KeyError, TypeError)) as caught:
        run(source, str(path))
    frame = [frame for frame in traceback.extract_tb(caught.value.__traceback__) if frame.filename == str(path)][-1]
    assert frame.lineno == line
    written = source.split("\n")[line - 1].encode()
    assert frame.colno is not None
    covered = written[frame.colno : frame.end_colno].decode()
    # a name that is no tag fails before the call, whose whole text only the call itself covers
    assert covered in {text, text.partition("`")[0]}


def test_a_traceback_of_a_script_reads_as_pythons_own(tmp_path: Path) -> None:
    path = tmp_path / "script.xsh"
    path.write_text("def f(é):\n    return $```\n      é ${é / 0}\n      ```\n\nf(1)\n", encoding="utf-8")
    linecache.checkcache()
    with pytest.raises(ZeroDivisionError) as caught:
        run(path.read_text(encoding="utf-8"), str(path))
    shown = "".join(traceback.format_exception(caught.value)[-3:])
    assert f'File "{path}", line 6, in <module>\n    f(1)\n' in shown
    assert f'File "{path}", line 3, in f\n    é ${{é / 0}}\n' in shown
    assert re.search(r"\n +[~^]+\nZeroDivisionError", shown)


def test_a_template_given_to_the_tag_names_its_holes() -> None:
    scope, _ = run("n = 3\nx = $`a ${n} ${ n + 1 !r:>4} ${f(n):{n}}`", f=str)
    assert scope["x"].strings == ("a ", " ", " ", "")
    assert scope["x"].holes == ((3, "n", None, ""), (4, "n + 1", "r", ">4"), ("3", "f(n)", None, "3"))


LOOPS = [
    ("import os, sys, json", False),
    ("from pathlib import Path\nfrom urllib.parse import quote\nimport os.path, collections.abc", False),
    ("from urllib import parse", False),
    ("import xsh\nfrom xsh import gather", False),
    ("'import asyncio'", False),
    ("def f():\n    import requests", True),
    ("import asyncio", True),
    ("import urllib.request", True),
    ("from . import helpers", True),
    ("import helpers", True),
    ("from xsh import anyio", True),
    ("await asyncio.sleep(1)", True),
    ("class A:\n  def f(self): return anyio", True),
    ("x.asyncio = 1", False),
    ("x = $`a ${[asyncio for x in y]}`", True),
    ("job = $`sleep 1`.start()", True),
    ("web = $.ssh('web1')", True),
    ("with $ . fleet('web[1-3]'): pass", True),
    ("start = time.time()\nssh, dask = 1, 2", False),
    ("'a.start()'", False),
]


@pytest.mark.parametrize(("source", "expected"), LOOPS)
def test_whether_a_script_may_want_a_loop(source: str, expected: bool) -> None:
    parsed = parse(source, "a.xsh")
    assert needs_loop(parsed.tree, parsed.source.data) is expected


BAD_FILES = [
    (b"\x7fELF\x00\x01", "s.xsh: byte 4 is NUL: this is not a text file"),
    ("é".encode("utf-16"), "s.xsh: this file is UTF-16"),
    (b"x = 1\ny = '\xff'\n", "s.xsh: byte 11 (line 2) is 0xff, which is not utf-8"),
    (b"\xef\xbb\xbfx = '\xff'\n", "s.xsh: byte 8 (line 1) is 0xff, which is not utf-8"),
    (b"# coding: klingon\n", "s.xsh: unknown encoding 'klingon'"),
    (b"# coding: rot13\n", "s.xsh: unknown encoding 'rot13'"),
    (b"# coding: ascii\nx = '\xc3\xa9'\n", "s.xsh: byte 21 (line 2) is 0xc3, which is not ascii"),
]


@pytest.mark.parametrize(("data", "message"), BAD_FILES)
def test_a_file_that_is_no_text(data: bytes, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    with pytest.raises(ScriptError) as caught:
        compile_file("s.xsh", data)
    assert str(caught.value) == message
    assert caught.value.hint


GOOD_FILES = [
    (b"", None),
    (b"\xef\xbb\xbfx = '\xc3\xa9'", "é"),
    (b"x = '\xc3\xa9'\r\n", "é"),
    (b"# -*- coding: latin-1 -*-\nx = '\xe9'", "é"),
    (b"#!/usr/bin/env xsh\n# vim: set fileencoding=latin-1 :\nx = '\xe9'", "é"),
    (b"x = '# coding: latin-1'\n# coding: latin-1\ny = 1", "# coding: latin-1"),
    (b"#!/usr/bin/env xsh\nx = 1", 1),
]


@pytest.mark.parametrize(("data", "value"), GOOD_FILES)
def test_encodings(data: bytes, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    code, _ = compile_file("s.xsh", data)
    scope: dict[str, object] = {}
    exec(code, scope)
    assert scope.get("x") == value


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="Python 3.11 alone reports fields with a text of its own making"
)
def test_python_311_shows_the_line_of_a_field_and_not_the_mask() -> None:
    assert rendered('x = f"""é{1}\n{$`a`:{$ $}}"""') == (
        'line 2\n    {$`a`:{$ $}}"""\n           ^^^\nSyntaxError: invalid syntax. Perhaps you forgot a comma?'
    )
