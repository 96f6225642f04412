"""The deployment of the examples: it ships, it rolls back a bad release, Ctrl-C in the middle leaves nothing."""

from __future__ import annotations

import re
import signal

import pytest

from tests.script_runner import CHECKOUT, ScriptRunner

DEPLOY = CHECKOUT / "docs" / "examples" / "deploy.xsh"


def test_every_server_has_the_new_release(script: ScriptRunner) -> None:
    run = script(DEPLOY, timeout=60)
    assert run.returncode == 0, run.stderr
    assert [line for line in run.stdout.splitlines() if line.startswith("   web") and line.endswith(": 2")] == [
        f"   web{number}: 2" for number in range(1, 7)
    ]


def test_a_bad_release_is_rolled_back(script: ScriptRunner) -> None:
    run = script(DEPLOY, "--break", timeout=60)
    assert run.returncode == 1, run.stderr
    assert "   web1: 0 of 1 healthy\n== roll back\n" in run.stdout
    assert "".join(f"\n   web{number}: 1" for number in range(1, 7)) in run.stdout


@pytest.mark.parametrize("phase", ["version 1", "canary", "rolling"])
def test_ctrl_c_in_the_middle_rolls_back_and_leaves_nothing(phase: str, script: ScriptRunner) -> None:
    running = script.start(DEPLOY)
    running.wait_for(f"== {phase}\n")
    running.send_signal(signal.SIGINT)
    run = running.finish()
    assert run.returncode == -signal.SIGINT
    # the one where the script waits, the other where its own code runs
    assert re.search(r"== roll back\n   because of (CancelledError|KeyboardInterrupt)\n$", run.stdout)
