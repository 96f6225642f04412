"""Questions where no terminal is: answers come from a pipe, line by line, and an end is told."""

from __future__ import annotations

import pytest

from tests.script_runner import ScriptRunner

ALL = (
    "print(repr(await ask('Name?')))\n"
    "print(repr(await ask('Name?', default='d')))\n"
    "print(await confirm('Sure?'))\n"
    "print(await confirm('Sure?', default=True))\n"
    "print(await select('Where?', ['a', 'b']))\n"
    "print(await select('Where?', [1, 2]))\n"
    "print(await secret('Word?') == 'hunter2')\n"
    "r = await $`cat`\nprint(repr(r.stdout))\n"
)


@pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_answers_from_a_pipe_and_the_rest_for_the_commands(engine: str, end: str, script: ScriptRunner) -> None:
    answers = ["Ada é", "", "perhaps", "Y", "", "3", "b", "2", "hunter2"]
    run = script(engine + ALL, stdin="".join(f"{answer}{end}" for answer in answers).encode() + b"rest\n")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines() == ["'Ada é'", "'d'", "True", "True", "b", "2", "True", "'rest\\n'"]


@pytest.mark.parametrize("question", ["ask('Name?')", "confirm('Sure?')", "select('Where?', ['a'])", "secret('Word?')"])
def test_nobody_to_ask(question: str, script: ScriptRunner) -> None:
    run = script(f"x = await {question}\n")
    assert run.returncode == 1
    assert run.stderr.startswith("xsh: there is nobody to answer")
    assert run.stderr.endswith("hint: give a default, or pass the value as an argument of the script\n")
    assert "Traceback" not in run.stderr


def test_defaults_answer_where_nobody_is(script: ScriptRunner) -> None:
    run = script(
        "print(await ask('N?', default='d'), await confirm('S?', default=False), await select('W?', ['a'], default='a'))\n"
    )
    assert (run.stdout, run.stderr) == ("d False a\n", "")


def test_nothing_to_choose_from(script: ScriptRunner) -> None:
    run = script("x = await select('W?', [])\n")
    assert "ValueError: select: there is nothing to choose from" in run.stderr


def test_a_secret_is_masked_in_what_is_told(script: ScriptRunner) -> None:
    run = script(
        "s = await secret('?')\nprint(s)\nr = await $`echo ${s}`\nraise LookupError(s)\n",
        stdin=b"hunter2\n",
        options=["-v"],
    )
    assert run.stdout == "hunter2\n"
    assert "hunter2" not in run.stderr
    assert "$ echo ***\n" in run.stderr
    assert "LookupError: ***\n" in run.stderr
