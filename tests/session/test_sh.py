"""`$`: settings, blocks that scope them, values in literals, what the shell knows."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from tests.script_runner import ScriptRunner
from xsh import Template, TemplateError, sh


async def test_settings_go_with_the_shell_they_make(tmp_path: Path) -> None:
    build = sh(cwd=tmp_path, env={"A": "1"}, nothrow=True)
    assert await build("pwd; echo $A").lines() == [str(tmp_path), "1"]
    assert (await build("exit 3")).exit_code == 3
    more = build(env={"B": "2"}, timeout="1m")
    assert await more("echo $A$B").text() == "12"
    assert more("true").options.timeout == 60
    assert sh("true").options.cwd is None
    assert repr(build).startswith("$(cwd=")
    assert repr(sh) == "$"


async def test_a_block_makes_them_the_default(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    with sh(cwd=tmp_path, env={"A": "1", "B": "1"}):
        assert sh.cwd == tmp_path
        assert sh.env["A"] == "1"
        with sh(cwd="sub", env={"B": "2", "C": "3"}):
            assert await sh("pwd; echo $A$B$C").lines() == [f"{tmp_path}/sub", "123"]
            assert await sh("pwd").cwd("/").text() == "/"
        assert await sh("echo $A$B\\${C-}").env(C=None).text() == "11"
        async with sh(env={"A": None}):
            assert "A" not in sh.env
    assert sh.cwd == Path.cwd()
    with pytest.raises(LookupError), sh(cwd="/"):
        raise LookupError
    assert await sh("pwd").text() == os.getcwd()


async def test_branches_never_see_each_others_settings() -> None:
    async def branch(name: str, first: asyncio.Event, second: asyncio.Event) -> list[str]:
        seen = []
        with sh(env={"NAME": name}):
            first.set()
            await second.wait()
            seen.append(await sh("echo $NAME").text())
            with sh(env={"NAME": name * 2}):
                await asyncio.sleep(0)
                seen.append(await sh("echo $NAME").text())
            seen.append(await sh("echo $NAME").text())
        return [*seen, str("NAME" in sh.env)]

    one, two = asyncio.Event(), asyncio.Event()
    results = await asyncio.gather(branch("a", one, two), branch("b", two, one))
    assert results == [["a", "aa", "a", "False"], ["b", "bb", "b", "False"]]


async def test_a_task_inherits_the_settings_it_was_made_under() -> None:
    async def ask() -> str:
        return str(await sh("echo $NAME").text())

    with sh(env={"NAME": "x"}):
        task = asyncio.ensure_future(ask())
    assert await task == "x"


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"nope": 1}, TypeError, r"\$\(…\) has no setting 'nope'; known are accept, cwd, env"),
        ({"timeout": "5 parsecs"}, ValueError, "parsecs"),
        ({"cwd": 3}, TypeError, "cwd takes a path"),
        ({"env": {"A": []}}, TypeError, "the value of A is list"),
    ],
)
def test_wrong_settings_are_told_where_they_are_written(
    settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        sh(**settings)


async def test_every_option_of_a_shell_does_what_it_says(tmp_path: Path) -> None:
    assert (await sh(accept=(0, 3))("exit 3")).exit_code == 3
    assert (await sh(limit_output=2)("echo abc")).truncated
    assert await sh(shell="sh")("echo $0").text() == "xsh"
    assert await sh(strict=False)("false; echo on").text() == "on"
    assert await sh(strict=False)("echo $undefined_name.").text() == "."
    assert (await sh(nothrow=True)("echo $undefined_name.")).exit_code != 0
    assert sh(label="l", grace="2s", verbose=True)("true").options.label == "l"


async def test_a_call_takes_text_templates_and_named_values() -> None:
    assert await sh("echo ${x} ${y}", x="a  b", y=[1, 2]).text() == "a  b 1 2"
    assert await sh("echo \\${HOME:-x} $HOME").text() == f"{os.environ['HOME']} {os.environ['HOME']}"
    with pytest.raises((TemplateError, TypeError, KeyError), match="x"):
        sh("echo ${x}")
    with pytest.raises(TypeError, match="takes text or a template, not int"):
        sh(3)
    with pytest.raises(TypeError, match="settings go before the literal"):
        sh(Template(("ls",)), cwd="/")


async def test_words_without_a_literal() -> None:
    assert await sh.argv("printf", "%s|", "a b", 3, ["x", Path("y")], "*").text() == "a b|3|x|y|*|"
    with pytest.raises(TypeError, match="argument 2.* is None"):
        sh.argv("echo", None)
    for nothing in ((), ([],)):
        with pytest.raises(TemplateError, match="empty command"):
            sh.argv(*nothing)


async def test_text_that_is_shell_and_text_that_is_words() -> None:
    assert await sh("echo ${x}", x=sh.raw("a b; echo $((1 + 1))")).lines() == ["a b", "2"]
    assert sh.split('a \'b c\' "d\\"e" f\\ g') == ["a", "b c", 'd"e', "f g"]
    assert await sh("printf '%s|' ${x}", x=sh.split("a 'b c'")).text() == "a|b c|"
    with pytest.raises(TemplateError, match="quote at character 3 is not closed"):
        sh.split("a 'b")
    with pytest.raises(TypeError):
        sh.raw(3)  # type: ignore[arg-type]


def test_the_environment_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XSH_T", "1")
    assert sh.env["XSH_T"] == "1"
    monkeypatch.delenv("XSH_T")
    assert "XSH_T" not in sh.env
    assert sh.env.get("XSH_T", "none") == "none"
    with pytest.raises(KeyError):
        sh.env["XSH_T"]
    for wrong in (None, True, [], object()):
        with pytest.raises(TypeError, match=r"\$.env\['XSH_T'\] takes text, a number or a path"):
            sh.env["XSH_T"] = wrong
    monkeypatch.setenv("XSH_T", "")
    sh.env["XSH_T"] = 3
    assert os.environ["XSH_T"] == "3"
    assert dict(sh.env) == dict(os.environ)
    assert len(sh.env) == len(os.environ)


def test_programs_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "frob"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "folder").mkdir()
    (tmp_path / "plain").write_text("")
    monkeypatch.setenv("PATH", f":.:relative:{tmp_path}:/bin")
    assert sh.which("frob") == program
    assert sh.which("folder") is sh.which("plain") is sh.which("no-such-xyz") is sh.which("") is None
    assert sh.which(str(program)) == program
    program.unlink()
    assert sh.which("frob") is None
    assert sh(env={"PATH": "/nowhere"}).which("sh") is None


def test_settings_in_a_script(script: ScriptRunner, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    run = script(
        "async def f(name):\n    with $(env={'N': name}):\n        await $`true`\n        return (await $`echo $N`).text\n"
        "print(await gather(lambda: f('a'), lambda: f('b')))\n"
        "with $(cwd='sub', env={'CI': '1'}):\n    $ pwd\n    $ echo $CI\n"
        "b = $(cwd='sub')\nawait b`pwd`\n"
        "print($.cwd == Path.cwd(), 'CI' in $.env)\n"
        "await $`true`.timeout('5 parsecs')\n"
    )
    assert run.stdout == f"['a', 'b']\n{tmp_path}/sub\n1\n{tmp_path}/sub\nTrue False\n"
    assert run.returncode == 1
    assert "    await $`true`.timeout('5 parsecs')\n" in run.stderr
    assert "ValueError: '5 parsecs' is no duration" in run.stderr
