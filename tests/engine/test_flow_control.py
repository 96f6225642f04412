"""Streams run from end to end: first line out before the source ends, flat memory, nobody reads ahead."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from tests import process_table
from xsh import CommandFailed, sh

pytestmark = pytest.mark.usefixtures("engine")

READ_AHEAD = 4 << 20
"""Bytes that may be on their way at most, all stages and pipes taken together."""


def counting(fifo: Path) -> Any:
    """A program that writes for ever, and tells in a file how many bytes it got rid of."""
    code = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n"
        "total = 0\n"
        "while True:\n"
        "    total += os.write(1, b'0123456789\\n' * 1000)\n"
        "    open(sys.argv[1], 'w').write(str(total))\n"
    )
    return sh.argv(sys.executable, "-c", code, fifo)


async def test_a_slow_loop_holds_the_producer_back(tmp_path: Path) -> None:
    written = tmp_path / "written"
    async with aclosing(aiter(counting(written))) as lines:
        async for _ in lines:
            before = -1
            while before != (now := _number(written)):
                before = now
                # not time: until the producer has been given every chance to go on
                await sh("true")
                await sh("sleep 0.05")
            assert now < READ_AHEAD
            break


def _number(path: Path) -> int:
    text = path.read_text() if path.exists() else ""
    return int(text or 0)


async def slow(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        await sh("sleep 0.3")


async def test_a_slow_stage_holds_the_producer_back(tmp_path: Path) -> None:
    written = tmp_path / "written"
    assert (await (counting(written) | slow | sh("head -n 2"))).ok
    assert _number(written) < READ_AHEAD


async def test_a_slow_program_holds_a_generator_back() -> None:
    given = 0

    def source() -> Iterator[str]:
        nonlocal given
        while True:
            given += 1
            yield "x" * 1000

    await (source() | sh("sh -c 'sleep 0.3; head -n 1'"))
    assert given * 1000 < READ_AHEAD


async def test_memory_is_flat_on_endless_input() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen = 0
    async with aclosing(aiter(sh("yes 0123456789012345678901234567890123456789") | str.upper)) as lines:
        async for _ in lines:
            seen += 1
            if seen == 1_000_000:
                break
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB; 41 MB went through


async def test_the_first_line_comes_before_the_source_ends(tmp_path: Path) -> None:
    fifo = tmp_path / "go"
    os.mkfifo(fifo)
    both: list[Any] = [sh("echo first; read go < ${fifo}; echo $go", fifo=fifo)]
    both.append(both[0] | str.upper | sh("sed -u s/^/x/"))
    for command, expected in zip(both, (["first", "go"], ["xFIRST", "xGO"]), strict=True):
        lines = []
        async for line in command:
            lines.append(line)
            if len(lines) == 1:
                fifo.write_text("go\n")
        assert lines == expected


async def test_a_loop_that_is_left_has_ended_its_program_before_the_next_statement() -> None:
    async with aclosing(aiter(sh("sh -c 'echo $$; exec yes'"))) as lines:
        async for line in lines:
            pid = int(line)
            break
    assert process_table.wait_gone(pid, 0)


async def test_a_loop_ends_with_the_programs_failure() -> None:
    lines = []
    with pytest.raises(CommandFailed, match="exit 3") as caught:
        async for line in sh("seq 2; echo why >&2; exit 3"):
            lines.append(line)
    assert lines == ["1", "2"]
    assert caught.value.tail == "why"
    assert caught.value.result.stdout_data is None


async def test_only_the_end_of_stderr_is_kept_while_iterating() -> None:
    with pytest.raises(CommandFailed) as caught:
        async for _ in sh("seq 100000 >&2; exit 1"):
            pass
    assert len(caught.value.result.stderr_bytes) < 10_000
    assert caught.value.tail.endswith("99999\n100000")
