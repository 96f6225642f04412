"""What a person sees when a script fails: the whole of stderr, times left out, and the exit status."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.script_runner import ScriptRun, ScriptRunner

MARKS = re.compile(r"^ +[~^]+\n", re.MULTILINE)
TIMES = re.compile(r"\b(after|out after) \d+(\.\d+)? (ms|s)\b")


def told(run: ScriptRun, script: ScriptRunner) -> str:
    """What was written to stderr, with the time a command took as `after T` and files by their names.

    The marks under the lines of Python's own tracebacks differ from one Python to the next and are left out.
    """
    text = TIMES.sub(r"\1 T", run.stderr).replace(f"{script.folder}/", "")
    return MARKS.sub("", text) if text.startswith("Traceback") else text


CASES = {
    "captured": (
        "r = await $`exit-with 3 'bad luck'`\n",
        3,
        (
            "exit-with 3 'bad luck': exit 3 after T (script.xsh:1)\n"
            "    r = await $`exit-with 3 'bad luck'`\n"
            "              ^^^^^^^^^^^^^^^^^^^^^^^^^\n"
            "    bad luck\n"
        ),
    ),
    "shown: what was seen is not told again": (
        "x = 1\nawait $`exit-with 3 'bad luck'`\n",
        3,
        (
            "bad luck\n"
            "exit-with 3 'bad luck': exit 3 after T (script.xsh:2)\n"
            "    await $`exit-with 3 'bad luck'`\n"
            "          ^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        ),
    ),
    "statement": (
        "if True:\n    $ exit-with 4\n",
        4,
        "exit-with 4: exit 4 after T (script.xsh:2)\n    $ exit-with 4\n    ^^^^^^^^^^^^^\n",
    ),
    "teed": (
        "r = await $`exit-with 3 seen`.tee()\n",
        3,
        (
            "seen\nexit-with 3 seen: exit 3 after T (script.xsh:1)\n"
            "    r = await $`exit-with 3 seen`.tee()\n              ^^^^^^^^^^^^^^^^^^^\n"
        ),
    ),
    "stdout where stderr is empty": (
        "r = await $`echo only; exit 5`\n",
        5,
        (
            "echo only; exit 5: exit 5 after T (script.xsh:1)\n"
            "    r = await $`echo only; exit 5`\n              ^^^^^^^^^^^^^^^^^^^^\n    only\n"
        ),
    ),
    "signal": (
        "r = await $`die-by KILL`\n",
        137,
        (
            "die-by KILL: killed by SIGKILL (killed) after T (script.xsh:1)\n"
            "    r = await $`die-by KILL`\n              ^^^^^^^^^^^^^^\n"
        ),
    ),
    "stage": (
        "r = await $`seq 3 | exit-with 6 why | cat`\n",
        6,
        (
            "seq 3 | exit-with 6 why | cat: stage 2 of 3 (exit-with 6 why): exit 6 after T (script.xsh:1)\n"
            "    r = await $`seq 3 | exit-with 6 why | cat`\n"
            "              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n    why\n"
        ),
    ),
    "timeout": (
        "r = await $`echo begun; sleep 1000`.timeout('100ms')\n",
        124,
        (
            "echo begun; sleep 1000: timed out after T (script.xsh:1)\n"
            "    r = await $`echo begun; sleep 1000`.timeout('100ms')\n"
            "              ^^^^^^^^^^^^^^^^^^^^^^^^^\n    begun\n"
        ),
    ),
    "timeout, killed": (
        "r = await $`ignore-term`.timeout('200ms').grace('50ms').quiet()\n",
        124,
        (
            "ignore-term: timed out after T, had to be killed (script.xsh:1)\n"
            "    r = await $`ignore-term`.timeout('200ms').grace('50ms').quiet()\n"
            "              ^^^^^^^^^^^^^^\n    ready PID\n"
        ),
    ),
    "missing program": (
        "$ exit-wit 3\n",
        127,
        "exit-wit: command not found (script.xsh:1)\n    $ exit-wit 3\n    ^^^^^^^^^^^^\nhint: did you mean exit-with?\n",
    ),
    "missing directory": (
        "await $`true`.cwd('/no/such/place')\n",
        126,
        (
            "cannot run in '/no/such/place': no such file or directory (script.xsh:1)\n"
            "    await $`true`.cwd('/no/such/place')\n          ^^^^^^^\n"
        ),
    ),
    "too long": (
        "r = await $`echo ${'x' * 200_000}`\n",
        126,
        (
            "cannot start echo: one of its arguments has 200,001 bytes, and one may have 131,072 (script.xsh:1)\n"
            "    r = await $`echo ${'x' * 200_000}`\n              ^^^^^^^^^^^^^^^^^^^^^^^^\n"
            "hint: give data by `.input(…)`, or run it several times with `batched(…)`\n"
        ),
    ),
    "value": (
        "r = await $`echo ${None}`\n",
        1,
        (
            "Traceback (most recent call last):\n"
            '  File "script.xsh", line 1, in <module>\n'
            "    r = await $`echo ${None}`\n"
            "TypeError: hole 1, `${None}`, is None: WHY\n"
        ),
    ),
    "python": (
        "def f():\n    return 1 / 0\n\nf()\n",
        1,
        (
            "Traceback (most recent call last):\n"
            '  File "script.xsh", line 4, in <module>\n'
            "    f()\n"
            '  File "script.xsh", line 2, in f\n'
            "    return 1 / 0\n"
            "ZeroDivisionError: division by zero\n"
        ),
    ),
    "transform": (
        "def broken(line):\n    raise LookupError(line)\n\nawait ($`seq 3` | broken | $`cat`)\n",
        1,
        (
            "Traceback (most recent call last):\n"
            '  File "script.xsh", line 4, in <module>\n'
            "    await ($`seq 3` | broken | $`cat`)\n"
            '  File "script.xsh", line 2, in broken\n'
            "    raise LookupError(line)\n"
            "LookupError: 1\n"
        ),
    ),
    "control characters": (
        "r = await $`printf 'a\\033[31mb\\r\\007\\302\\233c\\n' >&2; exit 2`\n",
        2,
        (
            "printf 'a\\033[31mb\\r\\007\\302\\233c\\n' >&2; exit 2: exit 2 after T (script.xsh:1)\n"
            "    r = await $`printf 'a\\033[31mb\\r\\007\\302\\233c\\n' >&2; exit 2`\n"
            "              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
            "    a\\x1b[31mb\\x0d\\x07\\x9bc\n"
        ),
    ),
    "only the end": (
        "r = await $`seq 100 >&2; exit 1`\n",
        1,
        "seq 100 >&2; exit 1: exit 1 after T (script.xsh:1)\n"
        "    r = await $`seq 100 >&2; exit 1`\n              ^^^^^^^^^^^^^^^^^^^^^^\n    …\n"
        + "".join(f"    {number}\n" for number in range(81, 101)),
    ),
    "gathered": (
        "await gather($`exit-with 3`, $`sleep 1000`)\n",
        3,
        (
            "exit-with 3: exit 3 after T (script.xsh:1)\n"
            "    await gather($`exit-with 3`, $`sleep 1000`)\n                 ^^^^^^^^^^^^^^\n"
        ),
    ),
    "several attempts": (
        "await $`exit-with 3`.retry(3, delay=0).quiet()\n",
        3,
        (
            "exit-with 3: exit 3 after T (script.xsh:1)\n"
            "    await $`exit-with 3`.retry(3, delay=0).quiet()\n          ^^^^^^^^^^^^^^\nafter 3 attempts\n"
        ),
    ),
    "a note": (
        "try:\n    r = await $`exit-with 3`\nexcept CommandFailed as error:\n    error.add_note('while testing')\n    raise\n",
        3,
        (
            "exit-with 3: exit 3 after T (script.xsh:2)\n"
            "    r = await $`exit-with 3`\n              ^^^^^^^^^^^^^^\nwhile testing\n"
        ),
    ),
    "a tab before the caret, wide text before it": (
        "if True:\n\tx = 'é€'; r = await $`exit-with 3`\n",
        3,
        (
            "exit-with 3: exit 3 after T (script.xsh:2)\n"
            "    x = 'é€'; r = await $`exit-with 3`\n                        ^^^^^^^^^^^^^^\n"
        ),
    ),
}


@pytest.mark.parametrize("engine", ["", ";import asyncio"], ids=["poll", "loop"])
@pytest.mark.parametrize(("source", "status", "message"), CASES.values(), ids=CASES)
def test_the_message(source: str, status: int, message: str, engine: str, script: ScriptRunner) -> None:
    if engine:
        source = source.rstrip("\n") + "\nimport asyncio\n"
    run = script(source)
    text = re.sub(r"ready \d+", "ready PID", told(run, script))
    text = re.sub(r"(is None): .*", r"\1: WHY", text)
    assert text == message
    assert run.returncode == status
    assert run.stdout == ""


EXITS = {
    "sys.exit(7)": (7, ""),
    "sys.exit()": (0, ""),
    "sys.exit(None)": (0, ""),
    "sys.exit('bye')": (1, "bye\n"),
    "sys.exit(300)": (44, ""),
    "raise SystemExit(3)": (3, ""),
    "exit(5)": (5, ""),
    "os._exit(6)": (6, ""),
    "assert (await $`true`).ok": (0, ""),
}


def test_the_script_may_say_its_status_itself(script: ScriptRunner) -> None:
    for line, (status, message) in EXITS.items():
        run = script(line + "\n")
        assert (run.returncode, run.stderr) == (status, message), line


def test_the_frames_of_xsh_are_shown_when_asked_for(script: ScriptRunner) -> None:
    run = script("r = await $`exit-with 3 why`\n", options=["--traceback"])
    assert run.returncode == 3
    assert run.stderr.startswith("Traceback (most recent call last):\n")
    assert "verdict.py" in run.stderr
    assert "CommandFailed: exit-with 3 why: exit 3 after" in run.stderr


def test_errors_of_ours_in_a_group_have_no_frames_of_ours(script: ScriptRunner) -> None:
    run = script("await first_ok($`exit-with 3 no`, $`no-such-program`)\n")
    assert run.returncode == 1
    assert "xsh.CommandFailed: exit-with 3 no: exit 3" in run.stderr
    assert "xsh.ProgramNotFound: no-such-program: command not found" in run.stderr
    assert [line for line in run.stderr.splitlines() if 'File "' in line and "script.xsh" not in line] == []
    assert "Error: [Errno" not in run.stderr


def test_an_error_in_a_group_keeps_the_group(script: ScriptRunner) -> None:
    run = script("raise ExceptionGroup('several', [ValueError(1), LookupError(2)])\n")
    assert run.returncode == 1
    assert "ExceptionGroup: several (2 sub-exceptions)" in run.stderr
    assert "/xsh/" not in run.stderr


def test_a_block_with_a_time_limit_says_only_that(script: ScriptRunner) -> None:
    run = script("with timeout('100ms'):\n    await $`sleep 1000`\n")
    assert run.returncode == 1
    assert told(run, script) == (
        "Traceback (most recent call last):\n"
        '  File "script.xsh", line 1, in <module>\n'
        "    with timeout('100ms'):\n"
        '  File "script.xsh", line 2, in <module>\n'
        "    await $`sleep 1000`\n"
        "TimeoutError: timed out after T\n"
    )


def test_colours_only_where_a_terminal_is_and_wants_them(script: ScriptRunner) -> None:
    run = script("r = await $`exit-with 3`\n", env={"TERM": "xterm-256color", "FORCE_COLOR": "1"})
    assert "\x1b" not in run.stderr


@pytest.mark.parametrize("secret", ["hunter2 'x'", "plain-secret"])
def test_secrets_are_masked_in_messages_and_not_in_data(secret: str, script: ScriptRunner, tmp_path: Path) -> None:
    run = script(
        "s = $.secret(argv[0])\nawait $`printf %s ${s}`.stdout(Path('data'))\nr = await $`echo ${s} >&2; exit 3`\n",
        secret,
        options=["-v"],
    )
    assert run.returncode == 3
    assert (tmp_path / "data").read_text() == secret
    assert secret not in run.stderr
    assert secret.split(maxsplit=1)[0] not in run.stderr
    assert run.stderr.count("***") >= 3
