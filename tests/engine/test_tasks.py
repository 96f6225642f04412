"""Stages that take tasks wherever they stand, and stages that do not: the poll loop of a script runs both."""

from __future__ import annotations

import os
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


@pytest.mark.parametrize("function", [str.upper, generated], ids=["plain", "generator"])
async def test_a_file_is_read_by_a_function(tmp_path: Path, function: Callable[..., Any]) -> None:
    (tmp_path / "file").write_text("line\n" * 50_000)
    result = await (tmp_path / "file" | stream(function) | sh("uniq -c"))
    assert result.text.split() == ["50000", "LINE"]
    assert await (Path("/dev/null") | stream(function) | sh("cat")).lines() == []


@pytest.mark.parametrize("function", [str.upper, generated], ids=["plain", "generator"])
async def test_a_directory_cannot_be_read_by_a_function(tmp_path: Path, function: Callable[..., Any]) -> None:
    with pytest.raises(IsADirectoryError):
        await (tmp_path | stream(function) | sh("cat"))


async def test_a_pipe_that_others_read_stays_blocking() -> None:
    read_end, write_end = os.pipe()
    with open(read_end, "rb") as reading:
        os.write(write_end, b"a\nb\n")
        os.close(write_end)
        assert await (reading | stream(str.upper) | sh("cat")).lines() == ["A", "B"]
        assert os.get_blocking(reading.fileno())
