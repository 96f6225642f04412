"""Stopped programs, stopped readers, xsh itself stopped: a time limit counts all the same, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests import process_table
from tests.faults.victims import is_held, pids_in
from tests.script_runner import RunningScript, ScriptRunner

ENGINES = pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])

STOPPED = {
    "the program": ("$`sh -c 'kill -STOP $$; exec nap ${pids}'`", ["SIGTERM"]),
    "its child": ("$`sh -c 'sh -c \"kill -STOP \\$\\$; exec nap ${pids}\"; true'`", ["SIGTERM"]),
    "the whole group": ("$`sh -c 'nap ${pids} & nap ${pids} & until test -e ${pids}; do :; done; kill -STOP 0'`", ["SIGTERM"]),
    "one that is deaf to all but KILL": ("$`sh -c 'trap \"\" TERM; kill -STOP $$; while :; do sleep 0.1; done'`.grace(\"50ms\")", ["SIGKILL"]),
    "the reader": ("$`yes | sh -c 'kill -STOP $$; exec nap ${pids}'`", ["SIGTERM", "SIGTERM"]),
    "the reader in the middle": ("$`yes | sh -c 'kill -STOP $$; cat' | cat`", ["SIGTERM"] * 3),
    "the reader of a function": ("($`yes` | (lambda line: line) | $`sh -c 'kill -STOP $$; cat'`)", ["SIGTERM", None, "SIGTERM"]),
    "the writer": ("$`sh -c 'kill -STOP $$' | cat`", ["SIGTERM", "SIGTERM"]),
}  # fmt: skip


@pytest.fixture
def pids(tmp_path: Path) -> Path:
    """Where the programs write that they are there."""
    return tmp_path / "pids"


@ENGINES
@pytest.mark.parametrize(("command", "signals"), STOPPED.values(), ids=STOPPED)
def test_the_timeout_ends_it(
    command: str, signals: list[str | None], engine: str, script: ScriptRunner, pids: Path
) -> None:
    source = (
        f"{engine}import resource\npids = {str(pids)!r}\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"try:\n    await {command}.timeout('400ms').quiet().limit_output(1000)\n"
        "except CommandTimedOut as error:\n    print([stage.signal for stage in error.result.stages])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000)\n"
    )
    run = script(source)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == f"{signals}\nTrue\n"
    assert not is_held(pids)


@ENGINES
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_to_the_script_ends_it(number: signal.Signals, engine: str, script: ScriptRunner, pids: Path) -> None:
    running = script.start(f"{engine}await $`sh -c 'nap {pids} & echo $$; kill -STOP $$'`.grace('100ms')\n")
    wait_for_state(int(running.wait_for("\n")), "T")
    running.send_signal(number)
    assert running.finish().returncode == -number
    assert not is_held(pids)


def wait_for_state(pid: int, states: str) -> None:
    """Return once a process is in one of these states (proc(5))."""
    deadline = time.monotonic() + 40
    while (process := process_table.read_process(pid)) is None or process.state not in states:
        assert time.monotonic() < deadline, process
        os.sched_yield()


def stop_it(running: RunningScript, pids: Path) -> int:
    """Stop xsh once its program is there; the program's pid."""
    deadline = time.monotonic() + 40
    while not pids_in(pids):
        assert time.monotonic() < deadline
        os.sched_yield()
    running.send_signal(signal.SIGSTOP)
    wait_for_state(running.pid, "T")
    return pids_in(pids)[0]


@ENGINES
def test_a_timeout_that_has_passed_while_xsh_was_stopped_fires_when_it_goes_on(
    engine: str, script: ScriptRunner, pids: Path
) -> None:
    source = f"{engine}try:\n    await $`nap {pids}`.timeout('1s')\nexcept CommandTimedOut as error:\n    print(error.exit_code)\n"
    running = script.start(source)
    pid = stop_it(running, pids)
    try:
        # a stopped xsh ends nothing
        assert not process_table.wait_gone(pid, 1.2)
    finally:
        running.send_signal(signal.SIGCONT)
    run = running.finish()
    assert (run.returncode, run.stdout, run.stderr) == (0, "124\n", "")
    assert not is_held(pids)


@ENGINES
def test_what_is_written_while_xsh_is_stopped_is_not_lost(engine: str, script: ScriptRunner, pids: Path) -> None:
    fifo = pids.parent / "fifo"
    os.mkfifo(fifo)
    source = (
        f"{engine}r = await $`sh -c 'echo $$ > {pids}; read go < {fifo}; head -c 3000000 /dev/zero'`\n"
        "print(len(r.stdout_bytes))\nprint((await $`echo fine`).text)\n"
    )
    running = script.start(source)
    stop_it(running, pids)
    fifo.write_text("go\n")
    running.send_signal(signal.SIGCONT)
    run = running.finish()
    assert (run.returncode, run.stdout, run.stderr) == (0, "3000000\nfine\n", "")


@ENGINES
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_to_a_stopped_xsh_is_heard_when_it_goes_on(
    number: signal.Signals, engine: str, script: ScriptRunner, pids: Path
) -> None:
    running = script.start(f"{engine}await $`nap {pids}`.grace('100ms')\n")
    stop_it(running, pids)
    running.send_signal(number)
    running.send_signal(signal.SIGCONT)
    run = running.finish()
    assert (run.returncode, run.stderr) == (-number, "")
    assert not is_held(pids)
