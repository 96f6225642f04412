"""Stages that take tasks wherever they stand, and stages that do not: the poll loop of a script runs both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from xsh import sh, stream, tee
from xsh.command.pipeline import Stage
from xsh.engine.tasks import needs_tasks

pytestmark = pytest.mark.usefixtures("engine")

BOTH = "echo out; echo err >&2"


def generated(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line.upper()


async def awaited(line: str) -> str:
    return line.upper()


@pytest.mark.parametrize("function", [str.upper, generated, awaited], ids=["plain", "generator", "coroutine"])
@pytest.mark.parametrize("limit", [None, "10s"])
async def test_any_function_reads_stderr(function: Callable[..., Any], limit: str | None) -> None:
    result = await sh(BOTH).stderr(pipe=function).timeout(limit)
    assert (result.stdout, result.stderr) == ("out\n", "ERR\n")


async def test_a_path_reads_stderr_of_a_command_with_a_timeout(tmp_path: Path) -> None:
    await sh(BOTH).stderr(pipe=tmp_path / "err").timeout("10s")
    assert (tmp_path / "err").read_text() == "err\n"


@pytest.mark.parametrize("limit", [None, "10s"])
async def test_a_branch_may_be_a_generator(tmp_path: Path, limit: str | None) -> None:
    result = await (sh("echo x") | tee(generated, tmp_path / "copy")).timeout(limit)
    assert (result.text, (tmp_path / "copy").read_text()) == ("X", "x\n")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (stream(bytes.upper, "bytes"), lambda line: line + "!", ["A!", "B!"]),
        (lambda line: line + "!", stream(bytes.upper, "bytes"), ["A!", "B!"]),
        (stream(str.upper, "text"), stream(lambda chunk: chunk.lower(), "bytes"), ["a", "b"]),
        (lambda line: {"n": line}, stream(bytes.upper, "bytes"), ['{"N": "A"}', '{"N": "B"}']),
    ],
    ids=["bytes-lines", "lines-bytes", "text-bytes", "objects-bytes"],
)
async def test_each_function_is_given_what_its_mode_says(first: Any, second: Any, expected: list[str]) -> None:
    assert await (sh("printf 'a\\nb\\n'") | first | second).lines() == expected


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (sh("true"), False),
        (sh("true") | Path("/dev/null"), False),
        (sh("true") | str.upper | sh("cat"), False),
        (sh("true") | tee(sh("cat"), str.upper), False),
        ("text" | sh("cat"), False),
        (Path("/dev/null") | sh("cat"), False),
        ((str(number) for number in range(3)) | sh("cat"), True),
        ("text" | stream(str.upper) | sh("cat"), True),
        (sh("true") | awaited, True),
        (sh("true") | tee(sh("cat"), awaited), True),
        (sh("true").stderr(pipe=awaited), True),
        ((sh("true") | str.upper).timeout(1), True),
    ],
)
async def test_only_what_takes_tasks_is_said_to(stage: Stage, expected: bool) -> None:
    assert needs_tasks(stage) is expected
