"""Tests of commands that run at the same time without a task for each."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xsh import CommandFailed, ProgramNotFound, gather, settle, sh, wait_for
from xsh.flow.direct import DirectJobs, is_direct
from xsh.session.session import current_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xsh import Command


def test_a_command_is_direct_unless_it_is_repeated_or_left_to_itself() -> None:
    assert is_direct(sh("true"))
    assert is_direct(sh("true | cat"))
    assert not is_direct(sh("true").retry(2))
    assert not is_direct(sh("true").detach())
    assert not is_direct(lambda: sh("true"))


async def test_commands_get_no_tasks() -> None:
    seen: list[int] = []

    async def look() -> None:
        seen.append(len(asyncio.all_tasks()))

    await gather(look, *(sh("sleep 0.05") for _ in range(20)))
    assert seen[0] < 5


async def test_one_that_cannot_start_is_its_own_outcome() -> None:
    report = await settle(sh("no-such-program-here"), sh("echo fine"))
    assert isinstance(report[0].error, ProgramNotFound)
    assert report[1].value.text == "fine"


async def test_a_screen_that_cannot_be_written_fails_the_job_and_hangs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_alone: bool) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(current_session().runner, "before_show", full)
    async with asyncio.timeout(10):
        with pytest.raises(OSError, match="No space"):
            await gather(sh("true").show(), sh("sleep 60").quiet())
        with pytest.raises(OSError, match="No space"):
            await sh("true").show()


async def test_a_cancellation_stops_all_of_them_before_it_is_raised(tmp_path: Path) -> None:
    jobs = [
        sh("echo $$ > ${file}.new; mv ${file}.new ${file}; exec sleep 300", file=tmp_path / str(n)) for n in range(5)
    ]
    running = asyncio.ensure_future(_awaited(*jobs))
    for n in range(5):
        await wait_for(path=tmp_path / str(n))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    for n in range(5):
        pid = (tmp_path / str(n)).read_text().strip()
        assert pid
        assert not Path(f"/proc/{pid}").exists()


async def _awaited(*jobs: object) -> object:
    return await gather(*jobs)


async def test_a_second_cancellation_kills_those_that_ignore_the_first(tmp_path: Path) -> None:
    direct = DirectJobs()
    ended: list[object] = []
    ready = tmp_path / "ready"
    text = 'trap "" TERM INT; touch ${ready}; while :; do sleep 0.05; done'
    direct.add(sh(text, ready=ready).grace("60s").nothrow(), ended.append)
    (job,) = direct.running
    await wait_for(path=ready)
    waiting = asyncio.ensure_future(direct.end())
    await asyncio.sleep(0)
    for _ in range(2):
        waiting.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended == [job]
    assert job.result.signal == "SIGKILL"


async def test_a_failure_stops_the_others_and_starts_no_more() -> None:
    made = 0

    def jobs() -> Iterator[Command]:
        nonlocal made
        for _ in range(10_000):
            made += 1
            yield sh("sh -c 'exit 3'")

    with pytest.raises(CommandFailed):
        await gather(jobs())
    assert made < 10_000
