"""Whatever a command has started, and however that tried to get away: it is gone when the command or script is stopped."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.victims import VICTIMS, Victim, is_held, kill_all, pids_in
from tests.script_runner import RunningScript, ScriptRunner

EACH = pytest.mark.parametrize("victim", VICTIMS, ids=lambda victim: victim.name)
AND_STAYS = "exec NAP"


@pytest.fixture
def pids(tmp_path: Path) -> Iterator[Path]:
    """Where the victims write their pids; what is left of them after a failed test is killed."""
    file = tmp_path / "pids"
    yield file
    kill_all(file)


def started(victim: Victim, pids: Path, then: str) -> str:
    """The path of the victim's shell text; skips what cannot be run here."""
    if victim.missing:
        pytest.skip(victim.missing)
    path = pids.parent / "victim.sh"
    path.write_text(victim.script(pids, then))
    return str(path)


def wait_ready(running: RunningScript, victim: Victim, pids: Path, then: str) -> None:
    """Return once every process of the victim has said that it is there."""
    deadline = time.monotonic() + 40
    while len(set(pids_in(pids))) < victim.expected(then):
        assert time.monotonic() < deadline, pids_in(pids)
        assert running.process.poll() is None, running.process.communicate()
        os.sched_yield()


TIMED_OUT = """
import fcntl, os, sys
pids, victim, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
def written():
    return [int(word) for word in open(pids).read().split()] if os.path.exists(pids) else []
for limit in (0.4, 2, 8):
    other = $`sleep 1000`.start() if limit > 0.4 else None
    try:
        await $`sh ${victim}`.timeout(limit).grace("200ms")
    except CommandTimedOut:
        pass
    with open(pids + ".lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if len(set(written())) >= count:
        break
else:
    print("never ready", written())
"""


@EACH
def test_a_timeout(victim: Victim, pids: Path, script: ScriptRunner) -> None:
    path = started(victim, pids, AND_STAYS)
    run = script(TIMED_OUT, str(pids), path, str(victim.expected(AND_STAYS)))
    assert (run.stdout, run.stderr, run.returncode) == ("", "", 0)
    assert not is_held(pids)


@EACH
def test_ctrl_c(victim: Victim, pids: Path, script: ScriptRunner) -> None:
    path = started(victim, pids, AND_STAYS)
    running = script.start(f"await $`sh {path}`.grace('200ms')\n")
    wait_ready(running, victim, pids, AND_STAYS)
    running.send_signal(signal.SIGINT)
    assert running.process.wait(40) == -signal.SIGINT
    assert not is_held(pids)
    assert running.finish().stderr == ""


@EACH
def test_the_end_of_the_script(victim: Victim, pids: Path, script: ScriptRunner) -> None:
    path = started(victim, pids, "")
    running = script.start(
        "import sys\nfrom xsh.session.session import current_session\ncurrent_session().runner.grace = 0.2\n"
        f"await $`sh {path}`\nawait $`head -c 1`\n",
        stdin=-1,
    )
    wait_ready(running, victim, pids, "")
    assert is_held(pids)
    run = running.finish(b"x")
    assert not is_held(pids)
    assert (run.returncode, run.stderr) == (0, "")


@EACH
def test_kill_9_of_xsh_under_guard(victim: Victim, pids: Path, script: ScriptRunner) -> None:
    path = started(victim, pids, AND_STAYS)
    running = script.start(f"import os\nprint(os.getpid(), flush=True)\nawait $`sh {path}`\n", options=["--guard"])
    worker = int(running.wait_for("\n"))
    assert worker != running.pid
    wait_ready(running, victim, pids, AND_STAYS)
    os.kill(worker, signal.SIGKILL)
    assert running.process.wait(40) == -signal.SIGKILL
    assert not is_held(pids)
