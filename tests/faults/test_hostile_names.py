"""Names made to move the cursor, recolour or reorder: nothing of them reaches stderr as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.script_runner import ScriptRunner

HOSTILE = "ev\x1b[31mil\x07\x9b2J\u202e\u2028"
RAW = "\x1b\x07\x9b\u202e\u2028"
ESCAPED = r"ev\x1b[31mil\x07\x9b2J\u202e"


def check(text: str) -> None:
    """Fails when a character of the name stands in the message as it is, or the name is not told at all."""
    assert not set(RAW) & set(text), repr(text)
    assert ESCAPED in text, repr(text)


@pytest.mark.parametrize(
    "work",
    [
        "await $`${name}`",
        "await $`${'./' + name}`",
        "await $`true`.cwd('/' + name)",
        "await $`false ${name}`",
        "await $`cat`.input(Path('/' + name))",
        "await $`echo`.stdout(Path('/' + name + '/x'))",
        "cd('/' + name)",
        "raise ValueError(name)",
        "raise XshError(name, hint=name)",
        "await $`sh -c 'printf %s $0 >&2; exit 3' ${name}`.quiet()",
    ],
)
def test_in_what_a_script_does(work: str, script: ScriptRunner) -> None:
    run = script(f"name = {HOSTILE!a}\n{work}\n")
    assert run.returncode != 0
    check(run.stderr)


@pytest.mark.parametrize("source", ["await $`false`\n", "1/0\n", "x = (\n", "$ ls ${DIR:-x}\n"])
def test_in_the_name_of_the_script(source: str, script: ScriptRunner, tmp_path: Path) -> None:
    file = tmp_path / f"{HOSTILE}.xsh"
    file.write_text(source)
    run = script(
        "import sys\nr = await $`${sys.executable} -m xsh ${sys.argv[1]}`.nothrow().quiet()\nsys.stderr.write(r.stderr)\n",
        str(file),
    )
    check(run.stderr)


@pytest.mark.parametrize("option", ["--cwd", "--env-file"])
def test_in_an_option(option: str, script: ScriptRunner) -> None:
    run = script("pass\n", options=[option, f"/{HOSTILE}"])
    assert run.returncode == 2
    check(run.stderr)
