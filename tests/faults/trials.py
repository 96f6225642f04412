"""Scripts that are hit by signals at random moments, several at a time, and whether anything of them is left."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests import process_table
from tests.faults.victims import is_held, kill_all
from tests.script_runner import ScriptRunner

AT_ONCE = 4
HELD = "has ended, waiting for background processes that hold its output"
PATIENCE = 30.0
"""Seconds after which a trial that has not ended counts as hanging."""

SOURCE = """
import sys
pids = sys.argv[1]
async def again():
    while True:
        r = await $`sh -c 'setsid -f nap ${pids}; nap ${pids} & true' > /dev/null`
        await sleep(0.02)
await gather(
    $`nap ${pids}`.grace("100ms"),
    $`sh -c 'trap "" INT TERM HUP; nap ${pids} & setsid nap ${pids}'`.grace("50ms"),
    $`nap ${pids} | nap ${pids}`.grace("100ms"),
    again,
)
"""
Blow = Callable[["Trial", random.Random], None]


class Trial:
    """One script, the moments at which it is hit, and what it left."""

    def __init__(self, runner: ScriptRunner, folder: Path, options: Sequence[str], moments: Sequence[float]) -> None:
        folder.mkdir()
        self.pids = folder / "pids"
        script = folder / "script.xsh"
        script.write_text(SOURCE)
        argv = [sys.executable, "-m", "xsh", *options, str(script), str(self.pids)]
        self.process = subprocess.Popen(
            argv, env=runner.environment(), cwd=folder, stdin=subprocess.DEVNULL, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.pidfd = os.pidfd_open(self.process.pid)
        self.started = time.monotonic()
        self.moments = sorted(moments)
        self.worker: int | None = None

    @property
    def due(self) -> float:
        """When something has to be done with it, in seconds of the monotonic clock."""
        return self.started + (self.moments[0] if self.moments else PATIENCE)

    def find_worker(self) -> int | None:
        """The supervisor's worker, once there is one."""
        for pid in process_table.pids():
            process = process_table.read_process(pid)
            if process is not None and process.parent == self.process.pid and "xsh" in process.command:
                return pid
        return None

    def finish(self) -> str:
        """What went wrong, empty when nothing did."""
        status = self.process.wait()
        assert self.process.stderr is not None
        worker_left = self.worker is not None and not process_table.wait_gone(self.worker, 10)
        held = is_held(self.pids)
        if held:
            kill_all(self.pids)
        # who is waited for is told where the next signal comes late, as on a busy machine
        said = [line for line in self.process.stderr.read().decode().splitlines() if HELD not in line]
        self.process.stderr.close()
        os.close(self.pidfd)
        if held or worker_left or status >= 0 or said:
            return f"left {held}, worker left {worker_left}, status {status}, said {said!r}"
        return ""


def run_trials(count: int, start: Callable[[int], Trial], blow: Blow, rng: random.Random) -> list[str]:
    """Run so many trials, a few at a time; what went wrong in each that did."""
    problems: list[str] = []
    running: dict[int, Trial] = {}
    poll = select.poll()
    number = 0
    while number < count or running:
        while number < count and len(running) < AT_ONCE:
            trial = start(number)
            running[trial.pidfd] = trial
            poll.register(trial.pidfd, select.POLLIN)
            number += 1
        wait = min(trial.due for trial in running.values()) - time.monotonic()
        for pidfd, _ in poll.poll(max(0.0, wait * 1000)):
            poll.unregister(pidfd)
            if problem := running.pop(pidfd).finish():
                problems.append(problem)
        now = time.monotonic()
        for trial in [trial for trial in running.values() if trial.due <= now]:
            if trial.moments:
                trial.moments.pop(0)
                blow(trial, rng)
            else:
                problems.append(f"hangs: {[str(process) for process in trial_processes(trial)]}")
                trial.process.send_signal(signal.SIGKILL)
                trial.started = now
    return problems


def trial_processes(trial: Trial) -> list[process_table.Process]:
    """What runs in a trial's session."""
    return process_table.session_members(trial.process.pid)
