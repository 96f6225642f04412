"""Scripts run as people write them: files of every kind, top-level await, names, modules, the order of output."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.script_runner import ScriptRun, ScriptRunner

ENGINES = pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])


def outcome(run: ScriptRun) -> tuple[int, str, str]:
    return run.returncode, run.stdout, run.stderr


GOOD_FILES = {
    "empty": (b"", ""),
    "comment without newline": (b"# nothing", ""),
    "byte order mark": (b"\xef\xbb\xbfprint('x')\n$ echo y\n", "x\ny\n"),
    "crlf": (
        b"x = '''a\r\nb'''\r\nprint(repr(x))\r\n$ echo y\r\nr = await $`echo z`\r\nprint(r)\r\n",
        "'a\\nb'\ny\nz\n",
    ),
    "declared encoding": ("# coding: latin-1\nprint('é')\n$ echo é\n".encode("latin-1"), "é\né\n"),
    "no newline at the end": (b"$ echo y", "y\n"),
    "shebang": (b"#!/usr/bin/env xsh\n$ echo y\n", "y\n"),
    "tabs": (b"if 1:\n\t$ echo y\n", "y\n"),
    "huge": (b"x = 0\n" + b"x += 1\n" * 100_000 + b"print(x)\n$ echo y\n", "100000\ny\n"),
    "long line": (b"x = '" + b"a" * 1_000_000 + b"'\nprint(len(x))\n$ echo y\n", "1000000\ny\n"),
}
BAD_FILES = {
    "binary": (b"\x7fELF\x02\x01\x01\0\0\0\xff\xfe", "script.xsh"),
    "nul": (b"print(1)\0\n", "script.xsh"),
    "not UTF-8": (b"print('\xff')\n", "script.xsh"),
    "unknown encoding": (b"# coding: nope\nprint(1)\n", "nope"),
    "utf-16": ("print(1)\n".encode("utf-16"), "script.xsh"),
    "syntax": (b"x = (\n", "'(' was never closed"),
    "open literal": (b"x = $`ls\n", "unterminated literal: close it"),
}


@pytest.mark.parametrize(("data", "output"), GOOD_FILES.values(), ids=GOOD_FILES)
def test_files_that_run(data: bytes, output: str, script: ScriptRunner) -> None:
    assert outcome(script(data)) == (0, output, "")


@pytest.mark.parametrize(("data", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_files_that_cannot_run_are_told_without_our_frames(data: bytes, message: str, script: ScriptRunner) -> None:
    for options in ([], ["--check"], ["--to-python"]):
        run = script(data, options=options)
        assert run.returncode == 1, options
        assert message in run.stderr
        assert "/xsh/" not in run.stderr.replace(str(script.folder), "")
        assert run.stdout == ""


def test_a_pipe_is_a_script_too(script: ScriptRunner, tmp_path: Path) -> None:
    run = script.xsh("/dev/stdin", stdin=b"$ echo y\n")
    assert outcome(run) == (0, "y\n", "")


@ENGINES
def test_await_at_top_level_in_every_form(engine: str, script: ScriptRunner) -> None:
    source = (
        f"{engine}words = [line async for line in $`seq 3`]\n"
        "print(words, {line: 1 async for line in $`seq 2`})\n"
        "async for line in $`seq 2`:\n    print(line)\nelse:\n    print('else')\n"
        "async with $`cat`.start() as job:\n    await job.stdin.write('in')\n    await job.stdin.close()\n"
        "    print((await job.wait()).text)\n"
        "async def f():\n    $ echo in f\n    return (await $`echo value`).text\n"
        "print(await f())\n"
        "print(f'{(await $`echo x`)!s:>3}|')\n"
        "r = await $`echo ${await f()}`\nprint(r)\n"
        "if (await $`true`).ok and not await $`false`.ok(): print('logic')\n"
        "lines = await $`seq 2`.lines()\nprint(lines)\n"
    )
    run = script(source)
    assert outcome(run) == (
        0,
        "['1', '2', '3'] {'1': 1, '2': 1}\n1\n2\nelse\nin\nin f\nvalue\n  x|\nin f\nvalue\nlogic\n['1', '2']\n",
        "",
    )


@ENGINES
def test_output_is_in_the_order_of_the_script(engine: str, script: ScriptRunner) -> None:
    lines = "".join(f"print({n})\n$ echo p{n}\nprint({n}, file=sys.stderr)\n$ echo e{n} >&2\n" for n in range(5))
    running = script.start(f"{engine}import sys\n{lines}", stderr=-2)
    assert running.finish().stdout == "".join(f"{n}\np{n}\n{n}\ne{n}\n" for n in range(5))


@ENGINES
def test_a_loop_that_is_left_has_ended_its_program_before_the_next_statement(engine: str, script: ScriptRunner) -> None:
    source = (
        f"{engine}async for line in $`sh -c 'echo $$; exec yes'`:\n    break\n"
        "print(os.path.exists(f'/proc/{line}'))\n"
        "try:\n    async for line in $`sh -c 'echo $$; exec yes'`:\n        raise LookupError\n"
        "except LookupError:\n    print(os.path.exists(f'/proc/{line}'))\n"
        "async def f():\n    async for line in $`sh -c 'echo $$; exec yes'`:\n        return line\n"
        "print(os.path.exists(f'/proc/{await f()}'))\n"
    )
    assert outcome(script(source)) == (0, "False\nFalse\nFalse\n", "")


def test_the_pipe_behind_await(script: ScriptRunner) -> None:
    run = script("r = await $`touch started` | $`cat`\n")
    assert run.returncode == 1
    assert "write `await (a | b)`, or `await a.pipe(b)`" in run.stderr
    assert not (script.folder / "started").exists()


def test_names_are_there_and_a_users_own_wins(script: ScriptRunner) -> None:
    source = (
        "print(json.dumps([1]), re.__name__, math.floor(1.5), Path('x').name, env['HOME'] == os.environ['HOME'])\n"
        "print(which('sh') is not None, argv, glob.__name__, issubclass(CommandFailed, XshError), $ is sh)\n"
        "def which(x):\n    return 'mine'\n"
        "print(which('sh'))\n"
        "time = 3\nprint(time)\n"
        "def f(glob):\n    return glob\nprint(f(1))\n"
        "from datetime import datetime\nprint(datetime.__name__)\n"
    )
    run = script(source)
    assert run.stdout == "[1] re 1 x True\nTrue [] glob True True\nmine\n3\n1\ndatetime\n", run.stderr


def test_a_name_of_the_users_is_not_replaced_by_one_of_ours(script: ScriptRunner) -> None:
    run = script(
        "try:\n    print(retry_count)\nexcept NameError as error:\n    print(error)\nargv = 1\nprint(argv)\ndel argv\n"
    )
    assert outcome(run) == (0, "name 'retry_count' is not defined\n1\n", "")


def test_modules_beside_the_script(script: ScriptRunner, tmp_path: Path) -> None:
    script.write(
        "async def build(x):\n    r = await $`echo built ${x}`\n    return r.text\nVALUE = argv\n", "helpers.xsh"
    )
    (tmp_path / "plain.py").write_text("X = 1\n")
    run = script(
        "import helpers, plain\nprint(await helpers.build('it'), helpers.VALUE, plain.X)\nimport nothing_here_at_all\n",
        "a",
    )
    assert run.stdout == "built it ['a'] 1\n"
    assert "ModuleNotFoundError: No module named 'nothing_here_at_all'" in run.stderr


def test_a_failure_in_a_module_shows_the_modules_line(script: ScriptRunner) -> None:
    script.write("async def build():\n    r = await $`exit-with 3 why`\n", "helpers.xsh")
    run = script("import helpers\nawait helpers.build()\n")
    assert run.returncode == 3
    assert "(helpers.xsh:2)\n    r = await $`exit-with 3 why`\n" in run.stderr


def test_the_directory_of_the_script_and_not_ours_is_searched(script: ScriptRunner, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "planted.py").write_text("print('planted')\n")
    run = script("import planted\n", cwd=elsewhere)
    assert run.stdout == ""
    assert "No module named 'planted'" in run.stderr


def test_an_awaitable_that_needs_asyncio_says_so_or_works(script: ScriptRunner) -> None:
    source = "from anyio import sleep as pause\nawait pause(0)\nawait $`echo x`\nimport anyio\nasync with anyio.create_task_group() as g:\n    g.start_soon(pause, 0)\nprint('y')\n"
    assert outcome(script(source)) == (0, "x\ny\n", "")


def test_the_loop_takes_over_half_way(script: ScriptRunner) -> None:
    source = (
        "job = $`cat`.start()\n"
        "await $`echo one`\n"
        "rs = await gather($`echo a`, $`echo b`)\n"
        "print([r.text for r in rs])\n"
        "await job.stdin.write('kept')\n"
        "await job.stdin.close()\n"
        "print((await job.wait()).text)\n"
        "print([x async for x in $`seq 2`])\n"
    )
    assert outcome(script(source)) == (0, "one\n['a', 'b']\nkept\n['1', '2']\n", "")


def test_nothing_is_left_beside_the_script(script: ScriptRunner, tmp_path: Path) -> None:
    script.write("x = 1\n", "helpers.xsh")
    script("import helpers\n$ true\n")
    assert sorted(os.listdir(tmp_path)) == ["helpers.xsh", "home", "script.xsh"]


@ENGINES
def test_five_hundred_commands(engine: str, script: ScriptRunner) -> None:
    source = (
        f"{engine}before = len(os.listdir('/proc/self/fd'))\n"
        "for n in range(500):\n    r = await $`echo ${n}`\n    assert r.text == str(n)\n"
        "assert len(os.listdir('/proc/self/fd')) == before\n"
        "print('fine')\n"
    )
    assert outcome(script(source)) == (0, "fine\n", "")


def test_forgotten_awaits_are_told(script: ScriptRunner) -> None:
    run = script("x = 1\n$`ls`\n")
    assert run.returncode == 1
    assert 'script.xsh", line 2\n' in run.stderr
    assert "await" in run.stderr


def test_return_at_top_level_is_refused(script: ScriptRunner) -> None:
    run = script("return 3\n")
    assert run.returncode == 1
    assert "SyntaxError: 'return' outside function" in run.stderr


@pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])
def test_a_program_has_the_scripts_environment_and_our_mark(engine: str, script: ScriptRunner) -> None:
    source = (
        f"{engine}before = dict(os.environ)\n"
        "r = await $`env -0`\n"
        "seen = dict(entry.split('=', 1) for entry in r.stdout.split('\\0') if entry)\n"
        "print({name for name in seen if seen[name] != before.get(name)} | (before.keys() - seen.keys()))\n"
    )
    run = script(source)
    assert (run.returncode, run.stdout, run.stderr) == (0, "{'XSH_JOB'}\n", "")
