"""A program ends while something it started still holds its output."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests import process_table
from tests.script_runner import PROGRAMS
from xsh import CommandFailed, CommandTimedOut, sh, sleep
from xsh.engine import held
from xsh.script.closing import end_everything
from xsh.session.session import Session

pytestmark = pytest.mark.usefixtures("engine")

BACKGROUND = "sh -c 'read go < $1; echo later' sh ${fifo} & echo now"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Daemons are listened to, and waiting is told, after a moment."""
    monkeypatch.setattr(held, "QUIET_GRACE", 0.05)
    monkeypatch.setattr(held, "NOTICE_AFTER", 0.1)
    monkeypatch.setattr(held, "LOOK_AFTER", 0.01)


@pytest.fixture
def notices(fresh_session: Session) -> list[str]:
    """What the engine says while it waits."""
    heard: list[str] = []
    fresh_session.runner.say = heard.append
    return heard


async def test_a_daemon_is_not_waited_for(fresh_session: Session) -> None:
    result = await sh.argv(PROGRAMS / "daemonise")
    pid = int(result.text)
    assert result.stdout_held
    assert result.ok
    assert not process_table.wait_gone(pid, 0)
    _end_daemon(fresh_session, pid)


def _end_daemon(session: Session, pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    assert process_table.wait_gone(pid)
    end_everything(session.runner)


async def test_a_failing_program_that_leaves_a_daemon_has_its_own_status(fresh_session: Session) -> None:
    with pytest.raises(CommandFailed) as caught:
        await sh("setsid sleep 1000 & echo $!; exit 3")
    assert caught.value.result.exit_code == 3
    assert caught.value.result.stdout_held
    _end_daemon(fresh_session, int(caught.value.result.text))


async def test_all_the_program_itself_wrote_is_there(fresh_session: Session) -> None:
    result = await sh("setsid sleep 1000 & echo $!; seq 100000")
    assert result.lines[1:] == [str(number) for number in range(1, 100_001)]
    _end_daemon(fresh_session, int(result.lines[0]))


async def test_a_daemon_that_never_stops_writing_does_not_hold_us(fresh_session: Session) -> None:
    result = await sh("setsid yes 2>/dev/null & echo $! >&2").limit_output(100)
    assert result.stdout_held
    _end_daemon(fresh_session, int(result.stderr))


async def test_a_slow_loop_is_given_everything_although_a_daemon_holds_the_output(fresh_session: Session) -> None:
    lines = []
    async for line in sh("setsid sleep 1000 & echo $!; seq 200000"):
        lines.append(line)
        if len(lines) in (2, 100_000):
            await sleep("120ms")  # longer than a daemon is listened to
    assert len(lines) == 200_001
    _end_daemon(fresh_session, int(lines[0]))


async def test_a_slow_loop_loses_nothing_of_a_program_that_has_ended() -> None:
    count = 0
    async for _ in sh("seq 200000"):
        count += 1
        if count in (1, 100_000):
            await sleep("120ms")
    assert count == 200_000


async def test_a_background_job_is_waited_for(tmp_path: Path, notices: list[str]) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    job = sh(BACKGROUND, fifo=fifo).start()
    while not notices:
        await sleep("10ms")
    pid = int(notices[0].partition("has ended, waiting for background processes that hold its output: ")[2])
    assert not process_table.wait_gone(pid, 0)
    fifo.write_text("go\n")
    result = await job.wait()
    assert result.stdout == "now\nlater\n"
    assert not result.stdout_held
    assert len(notices) == 1


async def test_the_timeout_counts_for_background_jobs_too() -> None:
    with pytest.raises(CommandTimedOut) as caught:
        await sh.argv(PROGRAMS / "hold-output", 1000).timeout("200ms")
    assert process_table.wait_gone(int(caught.value.result.text), 0)
    assert caught.value.result.exit_code == 0


@pytest.mark.parametrize(("wait", "held"), [("exit", True), ("auto", False), ("eof", False)])
async def test_what_is_waited_for_can_be_chosen(wait: str, held: bool, fresh_session: Session) -> None:
    command: Any = sh("sleep 0.2 & echo x").with_options(wait=wait)
    result = await command
    assert result.stdout == "x\n"
    assert result.stdout_held == held
    end_everything(fresh_session.runner)


async def test_background_jobs_without_our_output_end_with_the_script(fresh_session: Session) -> None:
    result = await sh("sleep 1000 >/dev/null 2>&1 & echo $!")
    pid = int(result.text)
    assert not process_table.wait_gone(pid, 0)
    end_everything(fresh_session.runner)
    assert process_table.wait_gone(pid)
