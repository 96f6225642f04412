"""The guard's own text, run by each shell that can be a host's /bin/sh."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.targets.conformance import alive
from tests.targets.ssh.guarding import HOW, SHELLS, TOKEN, answer, guard, said_silent, start, tell


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("shell", SHELLS)
def test_end_of_input_ends_what_has_a_mark_and_nothing_else(shell: str, how: str) -> None:
    stubborn = start(f"{TOKEN}1", 'trap "" TERM HUP INT; sleep 1000; sleep 1001')
    polite = start(f"{TOKEN}2", "sleep 1002 & sleep 1003")
    stranger = start("other4", "sleep 1005")
    try:
        with guard(shell, how) as process:
            tell(process, "b 60")
            assert len(answer(process, f"q {TOKEN}1")) > 2
        assert polite.wait(40) == -signal.SIGTERM
        assert stubborn.wait(40) == -signal.SIGKILL
        assert stranger.poll() is None
    finally:
        os.killpg(stranger.pid, signal.SIGKILL)
        stranger.wait()


@pytest.mark.parametrize("shell", SHELLS)
def test_an_answer_that_nobody_reads_does_not_end_the_guard(shell: str) -> None:
    command = start(f"{TOKEN}1", "sleep 1000")
    with guard(shell, "by mark") as process:
        assert process.stdout is not None
        process.stdout.close()
        tell(process, f"q {TOKEN}1", f"q {TOKEN}1")
    assert command.wait(40) == -signal.SIGTERM


@pytest.mark.parametrize("shell", SHELLS)
def test_silence_while_commands_run_ends_them(shell: str) -> None:
    command = start(f"{TOKEN}1", "sleep 1000")
    with guard(shell, "by mark") as process:
        assert process.stdout is not None
        tell(process, "b 1")
        assert process.stdout.readline() == b"silent\n"
        assert command.wait(40) == -signal.SIGTERM


def test_bash_counts_from_its_start() -> None:
    command = start(f"{TOKEN}1", "sleep 1000")
    with guard("bash", "by mark", silence="1") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"silent\n"
        assert command.wait(40) == -signal.SIGTERM


@pytest.mark.parametrize("shell", SHELLS)
def test_a_sign_of_life_and_idleness_end_nothing(shell: str) -> None:
    command = start(f"{TOKEN}1", "sleep 1000")
    with guard(shell, "by mark") as process:
        with guard(shell, "by mark", "clock1") as clock:
            tell(clock, "b 3")
            tell(process, "b 3")
            while not said_silent(clock, within=0.1):
                tell(process, ".")
        assert len(answer(process, f"q {TOKEN}1")) > 2
        with guard(shell, "by mark", "clock2") as clock:
            tell(process, "b 1", "i")
            tell(clock, "b 1")
            assert said_silent(clock, within=40)
        # the next word of it is its answer
        assert len(answer(process, f"q {TOKEN}1")) > 2
        assert command.poll() is None
    assert command.wait(40) == -signal.SIGTERM


@pytest.mark.parametrize("shell", SHELLS)
def test_a_signal_reaches_what_has_left_its_group(shell: str) -> None:
    command = start(f"{TOKEN}1", "setsid sleep 1000 & sleep 1001")
    with guard(shell, "by mark") as process:
        tell(process, f"s TERM {TOKEN}1")
        deadline = time.monotonic() + 40
        while len(answer(process, f"q {TOKEN}1")) > 2:
            assert time.monotonic() < deadline
    assert command.wait(40) == -signal.SIGTERM
    assert not alive(f"XSH_MARK={TOKEN}1")
