"""However a command is stopped, it has ended, whole, before the next statement runs."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest

import xsh
from tests.engine.victims import KINDS, Victim
from xsh import CommandCancelled, CommandFailed, CommandTimedOut, gather, sh

EACH = pytest.mark.parametrize("kind", KINDS)


class StopError(Exception):
    """Raised by the tests' own code."""


async def _fail_when_ready(victim: Victim) -> None:
    await victim.ready()
    raise StopError


async def task_cancel(victim: Victim) -> None:
    task = asyncio.ensure_future(_awaited(victim))
    await victim.ready()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _awaited(victim: Victim) -> None:
    await victim.command


async def wait_for(victim: Victim) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_awaited(victim), 0.1)


async def asyncio_timeout(victim: Victim) -> None:
    async def fire(limit: asyncio.Timeout) -> None:
        await victim.ready()
        limit.reschedule(asyncio.get_running_loop().time())

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(None) as limit:
            firing = asyncio.ensure_future(fire(limit))
            await victim.command
    await firing


async def asyncio_group(victim: Victim) -> None:
    with pytest.raises(ExceptionGroup):
        async with asyncio.TaskGroup() as group:
            group.create_task(_awaited(victim))
            group.create_task(_fail_when_ready(victim))


async def anyio_group(victim: Victim) -> None:
    with pytest.raises(ExceptionGroup):
        async with anyio.create_task_group() as group:
            group.start_soon(_awaited, victim)
            group.start_soon(_fail_when_ready, victim)


async def anyio_scope(victim: Victim) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(_awaited, victim)
        await victim.ready()
        group.cancel_scope.cancel()


async def anyio_move_on(victim: Victim) -> None:
    with anyio.move_on_after(0.1) as scope:
        await victim.command
    assert scope.cancelled_caught


async def xsh_timeout(victim: Victim) -> None:
    with pytest.raises(TimeoutError, match="timed out after 100 ms"), xsh.timeout("100ms"):
        await victim.command


async def own_timeout(victim: Victim) -> None:
    with pytest.raises(CommandTimedOut, match="timed out after 100 ms"):
        await victim.command.timeout("100ms")


async def gathered(victim: Victim) -> None:
    with pytest.raises(StopError):
        await gather(victim.command, lambda: _fail_when_ready(victim))


async def block_left(victim: Victim) -> None:
    async with victim.command.start() as job:
        await victim.ready()
        assert job.running
    assert not job.running


async def block_raises(victim: Victim) -> None:
    with pytest.raises(StopError):
        async with victim.command.start():
            await _fail_when_ready(victim)


async def killed(victim: Victim) -> None:
    job = victim.command.start()
    await victim.ready()
    result = await job.kill()
    assert result.signal or result.exit_code == 0
    with pytest.raises(CommandCancelled, match="stopped after"):
        await job.wait()


async def stage_raises(victim: Victim) -> None:
    async def broken(line: str) -> str:
        await victim.ready()
        raise StopError

    with pytest.raises(StopError):
        await (sh("yes") | broken | victim.command)


async def second_cancel(victim: Victim) -> None:
    victim.command = victim.command.grace("1h")
    task = asyncio.ensure_future(_awaited(victim))
    await victim.ready()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def detached_from_its_loop(victim: Victim) -> None:
    job = victim.command.start()
    await victim.ready()
    task = asyncio.ensure_future(job.wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not job.running


Road = Callable[[Victim], Awaitable[None]]
ROADS: list[Road] = [
    task_cancel, wait_for, asyncio_timeout, asyncio_group, anyio_group, anyio_scope, anyio_move_on, xsh_timeout,
    own_timeout, gathered, block_left, block_raises, killed, stage_raises, second_cancel, detached_from_its_loop,
]  # fmt: skip
WITHOUT_ASYNCIO: list[Road] = [own_timeout, block_left, block_raises, killed]


@EACH
@pytest.mark.parametrize("road", ROADS)
async def test_every_road(road: Road, kind: str, tmp_path: Path) -> None:
    victim = Victim(tmp_path, kind)
    await road(victim)
    victim.assert_gone()


@EACH
@pytest.mark.parametrize("road", WITHOUT_ASYNCIO)
async def test_every_road_without_asyncio(road: Road, kind: str, tmp_path: Path, engine: str) -> None:
    victim = Victim(tmp_path, kind)
    await road(victim)
    victim.assert_gone()


async def test_a_polite_program_shuts_down_by_itself(tmp_path: Path, engine: str) -> None:
    victim = Victim(tmp_path)
    job = victim.command.grace("1h").start()
    await victim.ready()
    result = await job.kill()
    assert (result.exit_code, result.signal) == (0, None)
    assert victim.file.read_text().endswith("got TERM\n")


async def test_a_timeout_counts_although_the_program_then_exits_0(tmp_path: Path, engine: str) -> None:
    victim = Victim(tmp_path)
    command = victim.command.timeout("300ms").grace("1h")
    with pytest.raises(CommandTimedOut) as caught:
        await command
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.exit_code == 124
    assert caught.value.result.timed_out
    assert not caught.value.result.ok
    assert (await command.nothrow()).timed_out
    assert await command.ok() is False


async def test_what_came_before_the_timeout_is_kept(engine: str) -> None:
    with pytest.raises(CommandTimedOut) as caught:
        await sh("echo out; echo err >&2; sleep 1000").timeout("300ms")
    assert caught.value.result.stdout == "out\n"
    assert caught.value.result.stderr == "err\n"
    assert caught.value.tail == "err"
    assert ": timed out after 300 ms" in str(caught.value)
    assert "killed" not in str(caught.value)


async def test_a_program_that_had_to_be_killed_is_said_to_have_been(tmp_path: Path, engine: str) -> None:
    victim = Victim(tmp_path, "ignores TERM")
    with pytest.raises(CommandTimedOut, match="timed out after 300 ms, had to be killed"):
        await victim.command.timeout("300ms")


async def test_no_grace_kills_at_once(tmp_path: Path, engine: str) -> None:
    victim = Victim(tmp_path, "ignores everything")
    job = victim.command.grace(0).start()
    await victim.ready()
    assert (await job.kill()).signal == "SIGKILL"
    started = time.monotonic()
    other = victim.command.grace("1h").start()
    assert (await other.kill(grace=0)).signal == "SIGKILL"
    assert time.monotonic() - started < 60


async def test_a_whole_pipeline_is_stopped(engine: str) -> None:
    pipeline = sh("yes") | sh("cat") | sh("cat > /dev/null")
    with pytest.raises(CommandTimedOut) as caught:
        await pipeline.timeout("100ms")
    assert [stage.signal for stage in caught.value.result.stages] == ["SIGTERM"] * 3


async def test_a_pipelines_own_grace_counts_before_those_of_its_stages(tmp_path: Path, engine: str) -> None:
    victim = Victim(tmp_path, "ignores TERM")
    async with (sh("yes").grace("1h") | victim.command.grace("1h")).grace("50ms").start() as job:
        await victim.ready()
    assert job.result.stages[1].signal == "SIGKILL"


async def test_a_stage_of_a_pipeline_may_have_the_timeout(engine: str) -> None:
    with pytest.raises(CommandTimedOut):
        await (sh("yes").timeout("100ms") | sh("cat > /dev/null"))


async def test_a_cancelled_command_is_cancelled_and_not_failed(tmp_path: Path) -> None:
    victim = Victim(tmp_path)
    task = asyncio.ensure_future(_awaited(victim))
    await victim.ready()
    task.cancel("why")
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert caught.value.args == ("why",)
    assert task.cancelled()


async def test_a_child_that_dies_of_our_signal_outside_of_stopping_is_a_failure(tmp_path: Path, engine: str) -> None:
    victim = Victim(tmp_path, "with a child")
    async with victim.command.start() as job:
        await victim.ready()
        job.send_signal("TERM")
        with pytest.raises(CommandFailed, match=r"killed by SIGTERM \(terminated\)"):
            await job.wait()
    with pytest.raises(ValueError, match="is no signal"):
        job.send_signal("NOPE")


@pytest.mark.parametrize("name", ["HUP", "SIGHUP", "hup", signal.SIGHUP, 1])
async def test_signals_by_every_name(name: str | int, tmp_path: Path, engine: str) -> None:
    victim = Victim(tmp_path)
    async with victim.command.start() as job:
        await victim.ready()
        job.send_signal(name)
        await job.wait()
    assert victim.file.read_text().endswith("got HUP\n")


@pytest.mark.parametrize("wrong", ["5 parsecs", "", "-1s", -1, float("nan"), True, object()], ids=repr)
def test_wrong_durations_are_told(wrong: object) -> None:
    for setter in (sh("true").timeout, sh("true").grace):
        with pytest.raises((TypeError, ValueError), match="duration|parsecs|seconds"):
            setter(wrong)  # type: ignore[arg-type]
