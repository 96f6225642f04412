"""Commands on the workers of a real cluster on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.targets.via.standin import living
from xsh import (
    CommandFailed,
    CommandTimedOut,
    ConnectFailed,
    ConnectionLost,
    ProgramNotExecutable,
    ProgramNotFound,
    WorkingDirectoryError,
    gather,
    settle,
    sh,
)
from xsh.session.places import close_clusters
from xsh.session.sh import Sh
from xsh.testing import DaskCluster, dask_cluster

GONE_WITHIN = 20.0


@contextlib.asynccontextmanager
async def on(cluster: object, **settings: object) -> AsyncIterator[Sh]:
    """A shell on a cluster, disconnected at the end."""
    try:
        yield sh.dask(cluster, **settings)
    finally:
        await close_clusters()


async def appears(path: Path, lines: int) -> list[int]:
    """The numbers that a command writes to a file, when all are there."""
    until = time.monotonic() + GONE_WITHIN
    while not path.exists() or len(path.read_text().split("\n")) <= lines:
        assert time.monotonic() < until, "the command has not started"
        await asyncio.sleep(0)
    return [int(word) for word in path.read_text().split()]


async def vanish(pids: list[int]) -> float:
    """Seconds until none of some processes is left."""
    began = time.monotonic()
    while living(pids):
        assert time.monotonic() - began < GONE_WITHIN, f"still there: {living(pids)}"
        await asyncio.sleep(0.005)
    return time.monotonic() - began


def tree(path: Path) -> list[str]:
    """A command with a child, and one that has left its session, whose numbers go to a file."""
    text = f"sleep 61 & echo $! > {path}; setsid sleep 62 & echo $! >> {path}; echo $$ >> {path}; wait"
    return ["sh", "-c", text]


@pytest.fixture
def cluster(shared_cluster: DaskCluster) -> Iterator[DaskCluster]:
    return shared_cluster


async def test_statuses_signals_and_usage(cluster: DaskCluster) -> None:
    async with on(cluster) as dask:
        codes = (0, 1, 2, 126, 127, 255)
        assert await gather(*(dask.argv("sh", "-c", f"exit {code}").code for code in codes)) == list(codes)
        result = await dask("sh -c 'kill -SEGV $$'").nothrow()
        assert (result.exit_code, result.signal) == (139, "SIGSEGV")
        used = await dask("python3 -c 'sum(range(2000000))'")
        assert used.usage.user_s > 0.005
        assert used.usage.max_rss_bytes > 1 << 20
        assert used.host == f"dask {cluster.scheduler_address}"
        with pytest.raises(CommandFailed, match="exit 3"):
            await dask("sh -c 'exit 3'")


async def test_bytes_values_directory_and_variables(cluster: DaskCluster) -> None:
    data = bytes(range(256)) * 20_000
    hostile = ["", " ", "'", '"', "\\", "$HOME", "a\nb", "\udcff", "é", "-n", "*"]
    async with on(cluster, env={"A": "1", "B": "2"}) as dask:
        assert await dask("cat").input(data).bytes() == data
        assert (await dask.argv("printf", "%s\\0", *hostile)).stdout.split("\0")[:-1] == hostile
        result = await dask.argv("sh", "-c", "pwd; echo $A${B-none}$C >&2").cwd("/usr").env(B=None, C="3")
        assert (result.stdout, result.stderr) == ("/usr\n", "1none3\n")
        both = await dask("sh -c 'echo out; echo err >&2'").stderr("stdout")
        assert both.lines == ["out", "err"]
        assert await dask("x=1; echo $x | cat && false || echo ${y}", y="a b").lines() == ["1", "a b"]


async def test_nothing_of_our_environment_leaks(cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XSH_TEST_LEAK", "1")
    async with on(cluster) as dask:
        assert await dask("printenv XSH_TEST_LEAK").code() == 1


async def test_what_is_missing_is_told_before_anything_runs(cluster: DaskCluster, tmp_path: Path) -> None:
    async with on(cluster) as dask:
        with pytest.raises(ProgramNotFound):
            await dask("no-such-program")
        with pytest.raises(ProgramNotExecutable):
            await dask("/etc/passwd")
        with pytest.raises(WorkingDirectoryError, match="/no/where"):
            await dask("touch ${file}", file=tmp_path / "never").cwd("/no/where")
        assert not (tmp_path / "never").exists()


async def test_shell_text_where_the_workers_have_no_bash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sh").symlink_to(shutil.which("sh") or "")
    monkeypatch.setenv("PATH", str(tmp_path))
    with dask_cluster(workers=1) as cluster:
        async with on(cluster) as dask:
            command = dask("true; printf '<%s>' ${list}; echo \"${word}\"", list=["a  b", "$x", ""], word="*")
            assert await command.text() == "<a  b><$x><>*"
            assert await dask("false; echo never").code() == 1


async def test_the_shell_of_shell_text_is_not_looked_for_on_the_path_it_is_given(cluster: DaskCluster) -> None:
    async with on(cluster) as dask:
        assert await dask('true; echo "$PATH" ${word}', word="x").env(PATH="/nowhere").text() == "/nowhere x"


async def test_output_is_live_and_streams_between_places(cluster: DaskCluster) -> None:
    async with on(cluster) as dask:
        async for line in dask("sh -c 'echo first; sleep 60'"):
            assert line == "first"
            break
        assert await (sh("seq 4") | dask("tac") | sh("head -n 1")).text() == "4"
        assert await (dask("yes") | sh("head -n 2")).lines() == ["y", "y"]
        assert len(await dask("head -c 30000000 /dev/zero").bytes()) == 30_000_000


async def test_equal_calls_run_each_time(cluster: DaskCluster, tmp_path: Path) -> None:
    async with on(cluster) as dask:
        command = dask.argv("sh", "-c", f"echo x >> {tmp_path}/runs")
        await gather(*[command] * 40)
    assert len((tmp_path / "runs").read_text().splitlines()) == 40


async def test_stopping_ends_the_whole_tree(cluster: DaskCluster, tmp_path: Path) -> None:
    async with on(cluster) as dask:
        with pytest.raises(CommandTimedOut):
            await dask.argv(*tree(tmp_path / "pids")).timeout("600ms")
        assert living(await appears(tmp_path / "pids", 3)) == []
        stubborn = dask.argv("sh", "-c", f"trap '' TERM; echo $$ > {tmp_path}/stubborn; while :; do sleep 0.05; done")
        with pytest.raises(CommandTimedOut, match="had to be killed"):
            await stubborn.timeout("400ms").grace("200ms")
        assert living(await appears(tmp_path / "stubborn", 1)) == []


async def test_a_cancelled_command_is_gone_when_the_cancellation_is_raised(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    async with on(cluster) as dask:
        running = asyncio.ensure_future(gather(dask.argv(*tree(tmp_path / "pids")))._run())
        pids = await appears(tmp_path / "pids", 3)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert living(pids) == []


async def test_a_command_that_waits_for_a_worker_can_be_stopped(cluster: DaskCluster, tmp_path: Path) -> None:
    async with on(cluster) as dask:
        busy = [dask.argv("sh", "-c", f"echo $$ > {tmp_path}/{n}; sleep 60").input("").start() for n in range(4)]
        for n in range(4):
            await appears(tmp_path / str(n), 1)
        late = await dask.argv("touch", tmp_path / "late").timeout("200ms").nothrow()
        assert late.timed_out
        for job in busy:
            await job.kill()
    assert not (tmp_path / "late").exists()


async def test_a_signal_reaches_it(cluster: DaskCluster) -> None:
    async with on(cluster) as dask:
        job = dask.argv("sh", "-c", "trap 'exit 5' HUP; echo ready; while :; do sleep 0.02; done").nothrow().start()
        # there is no live stdin: the command begins when all of it is there
        await job.stdin.close()
        async for _ in job:
            job.send_signal("HUP")
        assert (await job.wait()).exit_code == 5


async def test_files_are_sent_and_are_in_the_directory(cluster: DaskCluster, tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("shipped\n")
    async with on(cluster, files=[tmp_path / "data.txt"]) as dask:
        assert await dask("cat data.txt").text() == "shipped"


@pytest.mark.parametrize("retries", [0, 1])
async def test_a_lost_worker(retries: int, tmp_path: Path) -> None:
    with dask_cluster(threads=1) as cluster:
        async with on(cluster, retries=retries) as dask:
            first = "[ -e ran ] && { echo again; exit; }; echo $$ > ran; echo $PPID > worker; echo part; sleep 60"
            running = asyncio.ensure_future(gather(dask.argv("sh", "-c", first).cwd(tmp_path))._run())
            pids = await appears(tmp_path / "ran", 1)
            (worker,) = await appears(tmp_path / "worker", 1)
            os.kill(worker, signal.SIGKILL)
            if retries:
                (result,) = await running
                assert result.text == "again"
            else:
                with pytest.raises(ConnectionLost, match="worker was lost") as caught:
                    await running
                assert caught.value.retryable
            assert await vanish(pids) < 2.0


async def test_of_many_none_runs_twice_when_a_worker_is_lost(tmp_path: Path) -> None:
    runs, worker = tmp_path / "runs", tmp_path / "worker"
    text = f"echo $1 >> {runs}; [ $1 = 7 ] && echo $PPID > {worker}; sleep 0.1"
    with dask_cluster() as cluster:
        async with on(cluster) as dask:
            running = asyncio.ensure_future(settle(*(dask.argv("sh", "-c", text, "sh", n) for n in range(20)))._run())
            (lost,) = await appears(worker, 1)
            os.kill(lost, signal.SIGKILL)
            outcomes = await running
    numbers = runs.read_text().split()
    assert len(set(numbers)) == len(numbers)
    failed = [each.error for each in outcomes if not each.ok]
    assert failed
    assert all(isinstance(error, ConnectionLost) for error in failed)


def test_a_client_that_is_killed_leaves_nothing(cluster: DaskCluster, script, tmp_path: Path, run_async) -> None:
    pids = tmp_path / "pids"
    running = script.start(f"$ true\nd = $.dask({cluster.scheduler_address!r})\nawait d.argv(*{tree(pids)!r})\n")
    found = run_async(appears(pids, 3))
    running.send_signal(signal.SIGKILL)
    running.finish(may_leave=True)
    assert run_async(vanish(found)) < 2.0


def test_a_client_that_is_frozen_loses_its_lease(cluster: DaskCluster, script, tmp_path: Path, run_async) -> None:
    pids = tmp_path / "pids"
    running = script.start(f"d = $.dask({cluster.scheduler_address!r}, lease='300ms')\nawait d.argv(*{tree(pids)!r})\n")
    found = run_async(appears(pids, 3))
    running.send_signal(signal.SIGSTOP)
    assert run_async(vanish(found)) < 3.0
    running.send_signal(signal.SIGKILL)
    running.finish(may_leave=True)


async def test_no_cluster_there() -> None:
    async with on("tcp://127.0.0.1:9", connect_timeout="300ms") as dask:
        with pytest.raises(ConnectFailed) as caught:
            await dask("true")
        assert (caught.value.retryable, caught.value.host) == (True, "dask tcp://127.0.0.1:9")


async def test_a_client_of_the_users_own(cluster: DaskCluster) -> None:
    from distributed import Client

    async with Client(cluster.scheduler_address, asynchronous=True, set_as_default=False) as client, on(client) as dask:
        assert await dask("echo hi").text() == "hi"


@pytest.mark.parametrize(
    ("cluster_", "settings", "error"),
    [
        (3, {}, TypeError),
        ("tcp://x", {"retries": -1}, ValueError),
        ("tcp://x", {"lease": "soon"}, ValueError),
        ("tcp://x", {"files": ["/no/such/file"]}, FileNotFoundError),
        ("tcp://x", {"nope": 1}, TypeError),
    ],
)
def test_wrong_settings_are_told_at_once(cluster_: object, settings: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        sh.dask(cluster_, **settings)
