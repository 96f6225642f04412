"""The live handle: written to, read from, signalled, waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.engine.victims import Victim
from tests.script_runner import PROGRAMS
from xsh import CommandCancelled, CommandFailed, ProgramNotFound, gather, sh, sleep
from xsh.session.session import Session

pytestmark = pytest.mark.usefixtures("engine")


async def test_a_conversation() -> None:
    async with sh("cat").start() as job:
        lines = aiter(job)
        await job.stdin.write("hello\n")
        assert await anext(lines) == "hello"
        await job.stdin.write(b"again\n")
        assert await anext(lines) == "again"
        assert job.running
        await job.stdin.close()
        result = await job.wait()
        with pytest.raises(StopAsyncIteration):
            await anext(lines)
    assert result.stdout == "hello\nagain\n"
    assert not job.running
    assert job.result is result
    assert job.pid == result.pid


async def test_conversations_at_the_same_time() -> None:
    async def talk(word: str) -> str:
        async with sh("cat").start() as job:
            await job.stdin.write(word)
            await job.stdin.close()
            return (await job.wait()).text

    assert await gather(talk("a"), lambda: talk("b")) == ["a", "b"]


async def test_both_streams_can_be_followed_from_their_beginning() -> None:
    async with sh("seq 3; echo err >&2; exit 2").start() as job:
        assert [line async for line in job.stdout] == ["1", "2", "3"]
        assert [line async for line in job.stdout] == ["1", "2", "3"]
        assert [line async for line in job.stderr] == ["err"]
        with pytest.raises(CommandFailed, match="exit 2"):
            await job.wait()
    assert [line async for line in job] == ["1", "2", "3"]
    assert [line async for line in job.stderr] == ["err"]
    assert job.result.exit_code == 2


async def test_streams_with_nothing_in_them_have_no_lines() -> None:
    async with sh("true").start() as job:
        assert [line async for line in job.stdout] == []
        assert [line async for line in job.stderr] == []
        await job.wait()
        assert [line async for line in job.stderr] == []


async def test_waiting_twice_is_the_same() -> None:
    job = sh("echo x").start()
    assert await job.wait() is await job.wait() is await job
    bad = sh("exit 3").start()
    for _ in range(2):
        with pytest.raises(CommandFailed):
            await bad.wait()
    await bad.kill()
    assert bad.result.exit_code == 3


async def test_what_writes_to_a_reader_that_has_gone_is_told() -> None:
    job = sh("true").start()
    await job.wait()
    with pytest.raises(BrokenPipeError, match="`true` reads no more input"):
        await job.stdin.write("x")
    await job.stdin.close()


async def test_writing_waits_for_the_reader(tmp_path: Path) -> None:
    pace = tmp_path / "pace"
    os.mkfifo(pace)
    async with sh.argv(PROGRAMS / "read-slowly", pace).start() as job:
        with pace.open("wb", buffering=0) as pen:
            pen.write(b"x" * 200)
        await job.stdin.write(b"y" * 1_000_000)
        await job.stdin.close()
        assert (await job.wait()).stdout == "1000000\n"


async def test_stdin_that_is_no_pipe_to_us_is_told() -> None:
    job = sh("cat").input("given").start()
    with pytest.raises(ValueError, match="its input was set, or it was not started by"):
        await job.stdin.write("x")
    assert (await job.wait()).stdout == "given"


async def test_output_that_does_not_come_to_us_has_no_lines(tmp_path: Path) -> None:
    job = sh("echo x").stdout(tmp_path / "out").start()
    with pytest.raises(ValueError, match="does not come to us"):
        job.stdout  # noqa: B018  reading the property is the point
    await job.wait()


async def test_a_job_can_start_only_where_its_program_is() -> None:
    with pytest.raises(ProgramNotFound):
        sh("no-such-program-xyz").start()
    assert await sh("true").ok()


async def test_kill_gives_the_record_and_never_raises(tmp_path: Path) -> None:
    victim = Victim(tmp_path, "with a child")
    job = victim.command.start()
    await victim.ready()
    result = await job.kill()
    assert (result.signal, result.ok) == ("SIGTERM", False)
    assert await job.kill() is result
    victim.assert_gone()
    with pytest.raises(CommandCancelled):
        await job.wait()


async def test_a_pipeline_is_one_job() -> None:
    async with (sh("cat") | str.upper | sh("sed s/^/x/")).start() as job:
        await job.stdin.write("a\n")
        await job.stdin.close()
        assert [line async for line in job] == ["xA"]
        assert (await job.wait()).exit_code == 0
        assert "cat | ${upper} | sed 's/^/x/'" in repr(job)


async def test_several_jobs_at_once() -> None:
    async with sh("cat").start() as first, sh("cat").start() as second:
        for job, text in ((first, "1"), (second, "2")):
            await job.stdin.write(text)
            await job.stdin.close()
        assert (await second.wait()).text == "2"
        assert (await first.wait()).text == "1"


async def test_a_loop_left_early_does_not_disturb_the_job() -> None:
    async with sh("seq 100000").start() as job:
        async for line in job:
            assert line == "1"
            break
        assert len((await job.wait()).lines) == 100_000


async def test_a_command_on_a_terminal_of_its_own() -> None:
    result = await sh.argv(PROGRAMS / "is-terminal").pty()
    assert result.text == "tty tty tty"
    assert await sh("stty size").pty().text() == "24 80"
    assert (await sh("cat").pty().input("typed\n\x04")).lines[-1] == "typed"
    with pytest.raises(CommandFailed, match="exit 3"):
        await sh("exit 3").pty()


async def test_detached_commands_go_on(tmp_path: Path, fresh_session: Session) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    await sh("read line < ${fifo}; ps -o sid= -p $$ > ${fifo}", fifo=fifo).detach()
    fifo.write_text("still here\n")
    assert int(fifo.read_text()) != os.getsid(0)
    while fresh_session.runner.jobs:
        await sleep("2ms")
