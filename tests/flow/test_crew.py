"""What every name that runs several jobs promises: jobs checked, pulled lazily, stopped and reaped on every road."""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from tests.script_runner import PROGRAMS
from xsh import CommandFailed, as_completed, first_ok, gather, race, settle, sh
from xsh.session.session import current_session


async def collect(*jobs: Any, limit: int | None = None) -> list[Any]:
    """`as_completed` as one value."""
    return [outcome async for outcome in as_completed(*jobs, limit=limit)]


WITH_LIMIT: dict[str, Callable[..., Any]] = {"gather": gather, "settle": settle, "as_completed": collect}
ALL: dict[str, Callable[..., Any]] = {**WITH_LIMIT, "race": race, "first_ok": first_ok}


def each_of(table: dict[str, Callable[..., Any]]) -> pytest.MarkDecorator:
    """The test runs for every name of the table."""
    return pytest.mark.parametrize("many", table.values(), ids=table)


@each_of(WITH_LIMIT)
@pytest.mark.parametrize(("limit", "error"), [(0, ValueError), (-1, ValueError), (True, TypeError), ("2", TypeError)])
async def test_a_limit_is_one_or_more(many: Any, limit: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="limit is"):
        await many(sh("true"), limit=limit)


@each_of(ALL)
async def test_what_is_no_job_is_named_by_its_place_before_anything_starts(many: Any, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"job 2 is int \('5'\)"):
        await many(sh("touch ${file}", file=tmp_path / "started"), 5)
    assert not (tmp_path / "started").exists()
    with pytest.raises(TypeError, match="job 1 is int"):
        await many(5)


@each_of(WITH_LIMIT)
async def test_none_at_all_is_an_empty_list(many: Any) -> None:
    for jobs in ((), ([],), (iter(()),)):
        assert list(await many(*jobs)) == []
        assert list(await many(*jobs, limit=2)) == []


@pytest.mark.parametrize("many", [race, first_ok])
async def test_none_at_all_cannot_be_the_first(many: Any) -> None:
    for jobs in ((), ([],), (iter(()),)):
        with pytest.raises(ValueError, match="there are no jobs"):
            await many(*jobs)


async def test_a_function_that_needs_arguments_is_told_with_the_fix() -> None:
    async def fetch(url: str, *, retries: int) -> None:
        """Never called."""

    with pytest.raises(TypeError, match=r"job 2 needs arguments \(url, retries\).*`lambda: fetch\(…\)`"):
        await gather(sh("true"), fetch)

    def broken() -> None:
        fetch()  # type: ignore[call-arg]

    with pytest.raises(TypeError, match="missing 1 required") as caught:
        await gather(broken)
    assert "job" not in str(caught.value)


async def test_the_same_coroutine_twice_is_named_by_its_place() -> None:
    coroutine = anyio.sleep(0.01)
    with pytest.raises(TypeError, match="job 2 is a coroutine that has been started"):
        await gather(coroutine, coroutine)
    with pytest.raises(TypeError, match="job 1 is a coroutine that has been started"):
        await gather(coroutine)


@pytest.mark.parametrize("limit", [None, 1])
@pytest.mark.parametrize("lazy", [False, True])
async def test_coroutines_that_never_ran_are_closed_quietly(limit: int | None, lazy: bool) -> None:
    async def fail() -> None:
        raise LookupError

    jobs = [fail(), anyio.sleep(1), anyio.sleep(1)]
    with pytest.raises(LookupError):
        await gather(iter(jobs) if lazy else jobs, limit=limit)
    if lazy and limit:
        # it was never pulled, so it is still its owner's
        jobs[1].close()
        jobs[2].close()
    del jobs
    gc.collect()


async def test_jobs_are_pulled_as_places_become_free() -> None:
    pulled: list[int] = []
    running = 0

    async def job() -> None:
        nonlocal running
        running += 1
        assert len(pulled) <= running + 3
        await anyio.lowlevel.checkpoint()

    def source() -> Iterator[Any]:
        for number in range(50):
            pulled.append(number)
            yield job

    await gather(source(), limit=3)
    assert (len(pulled), running) == (50, 50)


@each_of(ALL)
async def test_an_error_of_the_iterable_stops_what_runs_and_is_raised(many: Any) -> None:
    async def source() -> AsyncIterator[Any]:
        yield sh("sleep 60")
        await anyio.lowlevel.checkpoint()
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        await many(source())
    assert not current_session().runner.jobs


@each_of(ALL)
@pytest.mark.parametrize("leaving", [SystemExit, KeyboardInterrupt])
async def test_what_ends_the_program_ends_the_others_first(many: Any, leaving: type[BaseException]) -> None:
    async def leave() -> None:
        await anyio.sleep(0.01)
        raise leaving

    with pytest.raises(leaving):
        await many(sh("sleep 60"), leave)
    assert not current_session().runner.jobs

    def source() -> Iterator[Any]:
        yield sh("sleep 60")
        raise leaving

    with pytest.raises(leaving):
        await many(source())
    assert not current_session().runner.jobs


@each_of(ALL)
@pytest.mark.parametrize("how", ["scope", "task"])
async def test_a_cancellation_reaps_everything(many: Any, how: str) -> None:
    async def run() -> None:
        await many(sh("sleep 60"), sh("sleep 60 & wait"), anyio.sleep(60))

    if how == "scope":
        with anyio.move_on_after(0.1) as scope:
            await run()
        assert scope.cancelled_caught
    else:
        task = asyncio.create_task(run())
        await anyio.wait_all_tasks_blocked()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not current_session().runner.jobs


async def test_a_source_that_runs_a_command_has_ended_it_when_the_crew_is_left() -> None:
    async def source() -> AsyncIterator[Any]:
        # as a script's own loop does: Python's would close the inner iterator only when it is collected
        async with aclosing(aiter(sh("echo one; echo two; sleep 60"))) as lines:
            async for line in lines:
                yield sh("false") if line == "two" else sh("true")

    with pytest.raises(CommandFailed):
        await gather(source(), limit=2)
    assert not current_session().runner.jobs


async def test_a_loser_that_ignores_sigterm_is_killed_after_its_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    # far longer than a test may take
    monkeypatch.setattr(current_session().runner, "grace", 1000.0)
    stubborn = sh.argv(PROGRAMS / "ignore-term").grace("100ms")
    ready = anyio.Event()

    async def wait_ready() -> None:
        async with stubborn.start() as job:
            async for _ in job:
                ready.set()

    began = time.monotonic()
    assert await race(wait_ready, ready.wait) is None
    assert time.monotonic() - began >= 0.1
    assert not current_session().runner.jobs


async def test_of_a_million_jobs_the_500_000th_fails() -> None:
    pulled = 0
    held: list[tuple[int, int]] = []

    def fail() -> None:
        raise LookupError

    def nothing() -> None:
        """A job."""

    def source() -> Iterator[Any]:
        nonlocal pulled
        for pulled in range(1, 1_000_001):
            if pulled in (10_000, 499_999):
                held.append((resident_bytes(), sys.getallocatedblocks()))
            yield fail if pulled == 500_000 else nothing

    with pytest.raises(LookupError):
        await gather(source(), limit=8)
    assert 500_000 <= pulled < 500_010
    (bytes_early, blocks_early), (bytes_late, blocks_late) = held
    # a place in the list of results for each that has ended, twice while the list grows, and no object
    assert bytes_late - bytes_early < 500_000 * 2 * 8 + (4 << 20)
    assert blocks_late - blocks_early < 5_000


def resident_bytes() -> int:
    """The memory of this process (proc_pid_statm(5))."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class Load:
    """A job's own data, of which it is known how many exist."""

    alive = 0
    most = 0

    def __init__(self) -> None:
        Load.alive += 1
        Load.most = max(Load.most, Load.alive)

    def __del__(self) -> None:
        Load.alive -= 1

    async def __call__(self) -> None:
        await anyio.sleep(0.001)


@each_of(WITH_LIMIT)
async def test_a_million_jobs_cancelled_hold_no_more_than_their_limit(many: Any) -> None:
    Load.most = 0
    pulled = 0

    def source() -> Iterator[Load]:
        nonlocal pulled
        for pulled in range(1, 1_000_001):
            if pulled == 1000:
                scope.cancel()
            yield Load()

    with anyio.CancelScope() as scope:
        await many(source(), limit=8)
    assert scope.cancelled_caught
    assert 1000 <= pulled < 1010
    # the one that was pulled last, and is never run, besides the eight
    assert 8 <= Load.most <= 9
    gc.collect()
    assert Load.alive == 0


async def test_jobs_that_never_wait_can_be_cancelled() -> None:
    def source() -> Iterator[Any]:
        while True:
            yield int

    with anyio.move_on_after(0.02) as scope:
        await settle(source(), limit=8)
    assert scope.cancelled_caught


async def test_tasks_with_different_directories_do_not_mix(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()

    async def where(name: str) -> str:
        with sh(cwd=tmp_path / name):
            await anyio.lowlevel.checkpoint()
            first = await sh("pwd").text()
            await anyio.lowlevel.checkpoint()
            assert first == await sh("pwd").text()
        return first.rpartition("/")[2]

    for _ in range(50):
        assert await gather(lambda: where("a"), lambda: where("b")) == ["a", "b"]
