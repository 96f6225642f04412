"""The guard's own text, run by each shell that can be a host's /bin/sh."""

from __future__ import annotations

import os
import secrets
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.targets.conformance import alive
from xsh.targets.ssh import guardscript
from xsh.targets.ssh.guardscript import guard_line

SHELLS = {"dash": ["dash"], "bash": ["bash"], "busybox": ["busybox", "sh"], "mksh": ["mksh"]}
TOKEN = secrets.token_hex(8)
"""Not the same in two runs at once: the guard of one would end the commands of the other."""
HOW = ("by mark", "by group")


@contextmanager
def guard(shell: str, how: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A guard run by `shell`, which has said that it is there."""
    if shutil.which(SHELLS[shell][0]) is None:
        pytest.skip(f"{shell} is not installed")
    monkeypatch.setattr(guardscript, "for_bash_or_sh", lambda line: line)
    words = SHELLS[shell]
    text = guard_line(TOKEN, by_group=how == "by group").line.replace("/bin/sh", " ".join(words))
    process = subprocess.Popen(
        [*words, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        first = process.stdout.readline().split()
        assert first[:3] == [b"xsh-guard", TOKEN.encode(), b"ps" if how == "by group" else b"proc"]
        yield process


def start(mark: str, text: str) -> subprocess.Popen[bytes]:
    """A command as the wrapping makes it, in a session of its own as sshd gives it; returns once it has said a word."""
    process = subprocess.Popen(
        ["sh", "-c", f": XSH_MARK={mark}\necho ready\n{text}\n:"],
        env={**os.environ, "XSH_MARK": mark},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    return process


def tell(process: subprocess.Popen[bytes], *lines: str) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(f"{line}\n" for line in lines).encode())


def answer(process: subprocess.Popen[bytes], question: str) -> list[bytes]:
    assert process.stdout is not None
    tell(process, question)
    return process.stdout.readline().split()


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("shell", SHELLS)
def test_end_of_input_ends_what_has_a_mark_and_nothing_else(
    shell: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = start(f"{TOKEN}1", 'trap "" TERM HUP INT; sleep 1000; sleep 1001')
    polite = start(f"{TOKEN}2", "sleep 1002 & sleep 1003")
    stranger = start("other4", "sleep 1005")
    try:
        with guard(shell, how, monkeypatch) as process:
            tell(process, "b 60")
            assert len(answer(process, f"q {TOKEN}1")) > 2
            began = time.monotonic()
        assert polite.wait(40) == -signal.SIGTERM
        assert stubborn.wait(40) == -signal.SIGKILL
        assert time.monotonic() - began < 5
        assert stranger.poll() is None
    finally:
        os.killpg(stranger.pid, signal.SIGKILL)
        stranger.wait()


@pytest.mark.parametrize("shell", SHELLS)
def test_an_answer_that_nobody_reads_does_not_end_the_guard(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = start(f"{TOKEN}1", "sleep 1000")
    with guard(shell, "by mark", monkeypatch) as process:
        assert process.stdout is not None
        process.stdout.close()
        tell(process, f"q {TOKEN}1", f"q {TOKEN}1")
    assert command.wait(40) == -signal.SIGTERM


@pytest.mark.parametrize("shell", SHELLS)
def test_silence_while_commands_run_ends_them(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = start(f"{TOKEN}1", "sleep 1000")
    with guard(shell, "by mark", monkeypatch) as process:
        assert process.stdout is not None
        tell(process, "b 1")
        assert process.stdout.readline() == b"silent\n"
        assert command.wait(40) == -signal.SIGTERM


@pytest.mark.parametrize("shell", SHELLS)
def test_a_sign_of_life_and_idleness_end_nothing(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = start(f"{TOKEN}1", "sleep 1000")
    with guard(shell, "by mark", monkeypatch) as process:
        tell(process, "b 2")
        until = time.monotonic() + 3
        while time.monotonic() < until:
            tell(process, ".")
            assert answer(process, f"q {TOKEN}1")[:2] == [b"q", f"{TOKEN}1".encode()]
            time.sleep(0.2)
        tell(process, "i")
        assert process.stdout is not None
        # a word of it would end this wait at once
        assert select.select([process.stdout], [], [], 2.5) == ([], [], [])
        assert len(answer(process, f"q {TOKEN}1")) > 2
        assert command.poll() is None
    assert command.wait(40) == -signal.SIGTERM


@pytest.mark.parametrize("shell", SHELLS)
def test_a_signal_reaches_what_has_left_its_group(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = start(f"{TOKEN}1", "setsid sleep 1000 & sleep 1001")
    with guard(shell, "by mark", monkeypatch) as process:
        tell(process, f"s TERM {TOKEN}1")
        deadline = time.monotonic() + 40
        while len(answer(process, f"q {TOKEN}1")) > 2:
            assert time.monotonic() < deadline
    assert command.wait(40) == -signal.SIGTERM
    assert not alive(f"XSH_MARK={TOKEN}1")
