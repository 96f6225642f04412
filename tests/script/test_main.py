"""`@main`: a function's signature as the script's command line."""

from __future__ import annotations

import pytest

from tests.script_runner import ScriptRun, ScriptRunner

DEPLOY = '''\
from typing import Literal
import enum

class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"

@main
async def deploy(env: str, *files: Path, batch: int = 3, dry_run: bool = False, tag: list[str] = [], level: float = 1.5,
                 place: Literal["here", "there"] = "here", colour: Colour = Colour.RED, note: str | None = None):
    """Deploy to ENV.

    Carefully.
    """
    r = await $`echo ${env}`
    print(r, files, batch, dry_run, tag, level, place, colour, note)
'''


def outcome(run: ScriptRun) -> tuple[int, str, str]:
    return run.returncode, run.stdout, run.stderr


def test_every_kind_of_parameter(script: ScriptRunner) -> None:
    run = script(DEPLOY, "prod")
    assert outcome(run) == (0, "prod () 3 False [] 1.5 here Colour.RED None\n", "")
    run = script(
        DEPLOY, "a b", "x", "--batch", "5", "y", "--dry-run", "--tag", "1", "--tag", "2", "--level=2", "--place", "there",
        "--colour", "BLUE", "--note", "n",
    )  # fmt: skip
    files = "(PosixPath('x'), PosixPath('y'))"
    assert outcome(run) == (0, f"a b {files} 5 True ['1', '2'] 2.0 there Colour.BLUE n\n", "")


def test_help(script: ScriptRunner) -> None:
    for option in ("-h", "--help"):
        run = script(DEPLOY, option)
        assert (run.returncode, run.stderr) == (0, "")
        assert run.stdout.startswith("Usage: ")
        for text in (
            "script.xsh",
            "Deploy to ENV.",
            "Carefully.",
            "--batch INTEGER",
            "[default: 3]",
            "--dry-run / --no-dry-run",
        ):
            assert text in run.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Missing argument 'ENV'"),
        (["prod", "--batch", "many"], "'many' is not a valid integer"),
        (["prod", "--nope"], "No such option"),
        (["prod", "--place", "nowhere"], "'nowhere' is not one of 'here', 'there'"),
        (["prod", "--batch"], "requires an argument"),
    ],
)
def test_wrong_command_lines(args: list[str], message: str, script: ScriptRunner) -> None:
    run = script(DEPLOY, *args)
    assert (run.returncode, run.stdout) == (2, "")
    assert message in run.stderr
    assert "Traceback" not in run.stderr


def test_what_it_returns_is_the_status(script: ScriptRunner) -> None:
    assert script("@main\nasync def f():\n    return 4\n").returncode == 4
    assert script("@main\ndef f():\n    return 5\n").returncode == 5
    assert script("@main\nasync def f():\n    return True\n").returncode == 0
    assert script("@main\nasync def f():\n    return 'text'\n").returncode == 0


def test_a_failure_in_it_is_told_as_everywhere(script: ScriptRunner) -> None:
    run = script("@main\nasync def f():\n    r = await $`exit-with 3 why`\n")
    assert run.returncode == 3
    assert "(script.xsh:3)\n    r = await $`exit-with 3 why`\n" in run.stderr


def test_it_runs_after_the_whole_script_and_not_when_imported(script: ScriptRunner) -> None:
    script.write("@main\nasync def f():\n    print('never')\n", "helpers.xsh")
    assert outcome(script("import helpers\n@main\nasync def f():\n    print(after)\nafter = 1\n")) == (0, "1\n", "")


def test_parameters_no_command_line_can_give(script: ScriptRunner) -> None:
    run = script("@main\nasync def f(x: dict):\n    pass\n")
    assert run.returncode == 1
    assert "TypeError: @main: x: <class 'dict'> cannot come from a command line" in run.stderr
    run = script("@main\nasync def f(**x):\n    pass\n")
    assert "**x cannot come from a command line" in run.stderr
