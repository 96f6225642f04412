"""Signals at random moments, `kill -9` under guard: no trial leaves a process. `make soak` runs many more of them."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.counts import SEED, count
from tests.faults.trials import Trial, run_trials
from tests.script_runner import ScriptRunner

SIGNAL_TRIALS = count("XSH_SIGNAL_TRIALS", 300)
KILL_TRIALS = count("XSH_KILL_TRIALS", 100)
LONG = pytest.mark.timeout(2 * (SIGNAL_TRIALS + KILL_TRIALS))
"""Hundreds of trials on a busy machine; one that hangs is told by its own patience."""
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@LONG
def test_signals_at_random_moments(script: ScriptRunner, tmp_path: Path) -> None:
    rng = random.Random(SEED)

    def start(number: int) -> Trial:
        moments = [rng.uniform(0.05, 0.5) for _ in range(rng.randint(2, 6))]
        return Trial(script, tmp_path / str(number), (), moments)

    def blow(trial: Trial, rng: random.Random) -> None:
        if trial.pids.exists():
            trial.process.send_signal(rng.choice(SIGNALS))
        else:
            # an interpreter that is still starting has no handlers yet
            trial.moments.append(time.monotonic() - trial.started + rng.uniform(0.02, 0.1))

    assert run_trials(SIGNAL_TRIALS, start, blow, rng) == []


@LONG
def test_kill_9_at_random_moments(script: ScriptRunner, tmp_path: Path) -> None:
    rng = random.Random(SEED)

    def start(number: int) -> Trial:
        return Trial(script, tmp_path / str(number), ["--guard"], [rng.uniform(0.05, 0.4)])

    def blow(trial: Trial, rng: random.Random) -> None:
        worker = trial.find_worker()
        if worker is None:
            trial.moments.append(time.monotonic() - trial.started + rng.uniform(0.02, 0.1))
        elif rng.random() < 0.25:
            # the supervisor: the kernel tells the worker, which ends everything
            trial.worker = worker
            trial.process.kill()
        else:
            os.kill(worker, signal.SIGKILL)

    assert run_trials(KILL_TRIALS, start, blow, rng) == []
