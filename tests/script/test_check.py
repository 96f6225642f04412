"""What `--check` finds."""

from __future__ import annotations

import pytest

from xsh.script.check.check import check_source

PROGRAMS = {"ls", "wc", "git", "bash", "ssh", "awk", "echo", "make"}


def which(name: str) -> str | None:
    return f"/bin/{name}" if name in PROGRAMS else None


def problems(source: str) -> list[str]:
    found = check_source(source, "a.xsh", which)
    return [f"{each.line}:{each.column} {each.severity}: {each.message}" for each in found]


CLEAN = [
    "",
    "$ ls -l",
    "x = await $`ls | wc -l`",
    "await $`cd /tmp`; $ export A=1",
    "await $`nosuch && other`",
    "await prod`nosuch`; await $.ssh('h')`nosuch`; await $(target=t)`nosuch`",
    "await $(env={'PATH': '/x'})`nosuch`",
    "await $(**settings)`nosuch`",
    "await $`${program} x`; await $`./build.sh`; await $`/opt/x/y`",
    "await $`git commit -m ${message}`; await $`bash -c 'echo \"$1\"' x ${y}`",
    "await $`ls | ${transform}`",
    "$`ls`.start()",
]


@pytest.mark.parametrize("source", CLEAN)
def test_nothing_to_say(source: str) -> None:
    assert problems(source) == []


FINDINGS = [
    ("$ lss -l", ["1:3 warning: lss: no such program on PATH"]),
    (
        "é = $`ls | é x | grepp`",
        ["1:12 warning: é: no such program on PATH", "1:18 warning: grepp: no such program on PATH"],
    ),
    ("await $(cwd='/')`nosuch`", ["1:18 warning: nosuch: no such program on PATH"]),
    ("await sh`nosuch`", ["1:10 warning: nosuch: no such program on PATH"]),
    (
        "$`ls`\nx = 1\n$`make`.cwd('x')",
        [
            "1:1 error: this command never runs: write await $`ls`",
            "3:1 error: this command never runs: write await $`make`.cwd('x')",
        ],
    ),
    ("x = $`bash -c ${x}`", ["1:15 warning: `bash` evaluates this value as code"]),
    ("$ ssh host é ${x}", ["1:14 warning: `ssh` evaluates this value as code"]),
    ('x = $`echo "a`', ['1:6 error: the double quote is not closed (character 6: `"a`)']),
    ("x = $``", ["1:6 error: empty command"]),
    (
        "x = $```\n  cat <<'E'\n  é ${x}\n  E\n```",
        ["3:5 error: hole 1, `${x}`, stands in a here-document whose delimiter is quoted, where no value can stand"],
    ),
    ("x = $`ls ${x`", ["1:10 error: unterminated hole: its closing } is missing on this line"]),
    ("x = (", ["1:5 error: '(' was never closed"]),
    ("def f():\n  await $`ls`", ["2:3 error: 'await' outside async function"]),
    ("$`ls`\ndef f(a, a): pass", ["2:10 error: duplicate argument 'a' in function definition"]),
]


@pytest.mark.parametrize(("source", "expected"), FINDINGS)
def test_findings(source: str, expected: list[str]) -> None:
    assert problems(source) == expected


def test_a_finding_has_a_hint_where_there_is_a_fix() -> None:
    (problem,) = check_source("x = $`awk ${x}`", "a.xsh", which)
    assert problem.hint == "hand it over as an argument or a variable of the environment instead"
    assert repr(problem) == "Problem(1:11 warning: `awk` evaluates this value as code)"


def test_what_python_cannot_compile_is_one_problem() -> None:
    (problem,) = check_source("x = " + "-" * 100_000 + "1", "a.xsh", which)
    assert (problem.line, problem.severity) == (1, "error")
    assert "too deeply" in problem.message
