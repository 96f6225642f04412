"""A loop over a command that is shown gives its lines and shows them."""

from __future__ import annotations

import pytest

from tests.script_runner import ScriptRunner

ITERATED = """
async def loop(name):
    async for line in $`printf 'one\\ntwo\\n'`.label(name).SETTER():
        print("got", line)

"""


@pytest.mark.parametrize("setter", ["tee", "show"])
def test_a_loop_over_a_shown_command_shows_each_line_before_its_turn(setter: str, script: ScriptRunner) -> None:
    run = script(ITERATED.replace("SETTER", setter) + "await loop('a')\n")
    assert run.stdout == "one\ngot one\ntwo\ngot two\n"
    run = script(ITERATED.replace("SETTER", "quiet") + "await loop('a')\n")
    assert run.stdout == "got one\ngot two\n"


def test_lines_of_loops_that_run_at_once_are_labelled(script: ScriptRunner) -> None:
    run = script(ITERATED.replace("SETTER", "tee") + "await gather(lambda: loop('a'), lambda: loop('b'))\n")
    lines = run.stdout.splitlines()
    assert sorted(" ".join(line.split()) for line in lines if "|" in line) == [
        "a | one",
        "a | two",
        "b | one",
        "b | two",
    ]
    assert sorted(line for line in lines if "|" not in line) == ["got one", "got one", "got two", "got two"]
