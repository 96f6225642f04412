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
from pathlib import Path

import pytest

from tests import process_table
from tests.targets.conformance import alive
from xsh.targets.ssh.guardscript import guard_line, guard_text

SHELLS = {"dash": ["dash"], "bash": ["bash"], "busybox": ["busybox", "sh"], "mksh": ["mksh"]}
TOKEN = secrets.token_hex(8)
"""Not the same in two runs at once: the guard of one would end the commands of the other."""
HOW = ("by mark", "by group")


@contextmanager
def guard(shell: str, how: str, token: str = TOKEN, *, silence: str = "1000") -> Iterator[subprocess.Popen[bytes]]:
    """A guard run by `shell`, which has said that it is there."""
    if shutil.which(SHELLS[shell][0]) is None:
        pytest.skip(f"{shell} is not installed")
    words = SHELLS[shell]
    text = guard_text(by_group=how == "by group").replace("/bin/sh", " ".join(words))
    process = subprocess.Popen(
        [*words, "-c", text, "sh", "echo $$;exec cat", token, silence],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        first = process.stdout.readline().split()
        assert first[:3] == [b"xsh-guard", token.encode(), b"ps" if how == "by group" else b"proc"]
        assert first[4] == (silence.encode() if shell == "bash" else b"-")
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


def said_silent(clock: subprocess.Popen[bytes], within: float) -> bool:
    """Whether a guard that is told nothing more has said within some seconds that its time of silence is over."""
    assert clock.stdout is not None
    if not select.select([clock.stdout], [], [], within)[0]:
        return False
    assert clock.stdout.readline() == b"silent\n"
    return True


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


def run_as_sent(environment: dict[str, str], *, by_bash: bool = True) -> subprocess.Popen[bytes]:
    """The guard by the very line that the login shell gets, in this environment alone."""
    return subprocess.Popen(
        ["/bin/sh", "-c", guard_line(TOKEN, 1000, by_bash=by_bash).line],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={**environment, process_table.COOKIE: os.environ[process_table.COOKIE]},
        start_new_session=True,
    )


@pytest.mark.parametrize("hostile", ["start-up files", "options"])
def test_an_environment_that_changes_what_bash_does(hostile: str, tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    (tmp_path / ".bashrc").write_text("echo NOISE\n")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SHELL": "/bin/sh"}
    environment |= {
        "start-up files": {"BASH_ENV": str(tmp_path / ".bashrc"), "SHLVL": "0", "SSH_CLIENT": "::1 2 3"},
        "options": {"SHELLOPTS": "braceexpand:errexit:noexec"},
    }[hostile]
    command = start(f"{TOKEN}1", "sleep 1000")
    try:
        with run_as_sent(environment) as process:
            assert process.stdout is not None
            assert process.stdout.readline().split()[:2] == [b"xsh-guard", TOKEN.encode()]
            assert len(answer(process, f"q {TOKEN}1")) > 2
        assert command.wait(40) == -signal.SIGTERM
    finally:
        if command.poll() is None:
            os.killpg(command.pid, signal.SIGKILL)
            command.wait()


@pytest.mark.parametrize("by_bash", [True, False], ids=["bash", "sh"])
def test_an_environment_that_limits_the_time_for_input(by_bash: bool) -> None:
    environment = {"PATH": os.environ["PATH"], "SHELL": "/bin/sh", "TMOUT": "1"}
    with run_as_sent(environment, by_bash=by_bash) as process, guard("dash", "by mark", "clock") as clock:
        assert process.stdout is not None
        process.stdout.readline()
        tell(process, "i")
        tell(clock, "b 3")
        assert said_silent(clock, within=40)
        assert answer(process, f"q {TOKEN}1") == [b"q", f"{TOKEN}1".encode()]


def test_a_host_without_bash(tmp_path: Path) -> None:
    for name in ("sh", "grep", "cat", "sleep"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    environment = {"PATH": str(tmp_path), "SHELL": "/bin/sh"}
    with run_as_sent(environment) as process:
        assert process.communicate(timeout=40) == (b"", None)
    command = start(f"{TOKEN}1", "sleep 1000")
    try:
        with run_as_sent(environment, by_bash=False) as process:
            assert process.stdout is not None
            assert process.stdout.readline().split() == [b"xsh-guard", TOKEN.encode(), b"proc", b"-", b"-", b"/bin/sh"]
            tell(process, "b 1")
            assert process.stdout.readline() == b"silent\n"
        assert command.wait(40) == -signal.SIGTERM
    finally:
        if command.poll() is None:
            os.killpg(command.pid, signal.SIGKILL)
            command.wait()
