"""The guard by the very line that a login shell gets, in environments and after start-up files that do it no good."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests import process_table
from tests.targets.conformance import alive
from tests.targets.ssh.guarding import TOKEN, answer, guard, said_silent, start, tell
from xsh.targets.ssh.guardscript import NO_BASH, Way, bash_text, guard_line


def run_as_sent(
    environment: dict[str, str], way: Way = Way.BY_LOGIN_SHELL, login_shell: tuple[str, ...] = ("/bin/sh",)
) -> subprocess.Popen[bytes]:
    """The guard by the very line that the login shell gets, in this environment alone."""
    return subprocess.Popen(
        [*login_shell, "-c", guard_line(TOKEN, 1000, way).line],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={**environment, process_table.COOKIE: os.environ[process_table.COOKIE]},
        start_new_session=True,
    )


HOSTILE = {
    "functions": "read() { :; }; kill() { :; }; grep() { :; }; trap() { :; }; export -f read kill grep",
    "aliases": "shopt -s expand_aliases; alias read=false kill=: '[=false' set=:",
    "traps and IFS": "IFS=/0123456789; trap 'echo NOISE' DEBUG RETURN; trap 'kill $$' EXIT",
    "options": "set -eufC; shopt -s nullglob nocasematch extglob lastpipe",
    "posix": "set -o posix",
    "a time limit": "readonly TMOUT=1",
    "noise": "echo NOISE; printf NOISE",
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_bash_that_goes_on_as_the_guard(hostile: str, tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    (tmp_path / ".bashrc").write_text(f"{HOSTILE[hostile]}\n")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SHELL": "/bin/bash", "SSH_CLIENT": "::1 2 3"}
    command = None
    try:
        with run_as_sent(environment, login_shell=("bash",)) as process, guard("dash", "by mark", "clock") as clock:
            command = start(f"{TOKEN}1", "setsid sleep 1000 & sleep 1001")
            assert process.stdout is not None
            line = process.stdout.readline()
            while b"xsh-guard" not in line:
                assert b"NOISE" in line
                line = process.stdout.readline()
            tell(process, "i")
            if hostile == "a time limit":
                tell(clock, "b 3")
                assert said_silent(clock, within=40)
            assert len(answer(process, f"q {TOKEN}1")) > 3
        assert command.wait(40) == -signal.SIGTERM
        assert not alive(f"XSH_MARK={TOKEN}1")
    finally:
        if command is not None and command.poll() is None:
            os.killpg(command.pid, signal.SIGKILL)
            command.wait()


def test_one_bash_is_the_login_shell_and_the_guard() -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    environment = {"PATH": os.environ["PATH"], "HOME": "/", "SHELL": "/bin/bash"}
    with run_as_sent(environment, login_shell=("bash",)) as process:
        assert process.stdout is not None
        assert process.stdout.readline().split()[:2] == [b"xsh-guard", TOKEN.encode()]
        arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
        assert arguments[:2] == [b"bash", b"-c"]
        assert not Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()


QUOTED = {
    "dash": ["dash"],
    "bash": ["bash"],
    "busybox": ["busybox", "sh"],
    "mksh": ["mksh"],
    "zsh": ["zsh"],
    "fish": ["fish"],
}


@pytest.mark.parametrize("shell", QUOTED)
def test_a_login_shell_that_finds_a_bash(shell: str) -> None:
    if shutil.which(QUOTED[shell][0]) is None or shutil.which("bash") is None:
        pytest.skip(f"{shell} or bash is not installed")
    environment = {"PATH": os.environ["PATH"], "HOME": "/", "SHELL": f"/bin/{shell}"}
    with run_as_sent(environment, login_shell=tuple(QUOTED[shell])) as process:
        command = start(f"{TOKEN}1", "sleep 1000")
        assert process.stdout is not None
        words = process.stdout.readline().split()
        assert words == [b"xsh-guard", TOKEN.encode(), b"proc", b"bash", b"1000", f"/bin/{shell}".encode()]
    assert command.wait(40) == -signal.SIGTERM


def test_a_login_shell_that_reads_other_quotes() -> None:
    if shutil.which("tcsh") is None or shutil.which("bash") is None:
        pytest.skip("tcsh or bash is not installed")
    environment = {"PATH": os.environ["PATH"], "HOME": "/", "SHELL": "/bin/tcsh"}
    with run_as_sent(environment, login_shell=("tcsh",)) as process:
        assert process.communicate(timeout=40) == (b"", None)
    assert Way.BY_LOGIN_SHELL.after(process.returncode) is Way.BY_BASH
    with run_as_sent(environment, Way.BY_BASH, login_shell=("tcsh",)) as process:
        assert process.stdout is not None
        assert process.stdout.readline().split()[:4] == [b"xsh-guard", TOKEN.encode(), b"proc", b"bash"]


def test_what_the_quotes_of_a_login_shell_may_hold() -> None:
    for by_group in (False, True):
        assert not set("'\\\n") & set(bash_text(by_group=by_group))


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
    command = None
    try:
        with run_as_sent(environment) as process:
            command = start(f"{TOKEN}1", "sleep 1000")
            assert process.stdout is not None
            assert process.stdout.readline().split()[:2] == [b"xsh-guard", TOKEN.encode()]
            assert len(answer(process, f"q {TOKEN}1")) > 2
        assert command.wait(40) == -signal.SIGTERM
    finally:
        if command is not None and command.poll() is None:
            os.killpg(command.pid, signal.SIGKILL)
            command.wait()


@pytest.mark.parametrize("way", Way)
def test_an_environment_that_limits_the_time_for_input(way: Way) -> None:
    environment = {"PATH": os.environ["PATH"], "SHELL": "/bin/sh", "TMOUT": "1"}
    with run_as_sent(environment, way) as process, guard("dash", "by mark", "clock") as clock:
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
    assert process.returncode == NO_BASH
    assert Way.BY_LOGIN_SHELL.after(process.returncode) is Way.BY_SH
    command = None
    try:
        with run_as_sent(environment, Way.BY_SH) as process:
            command = start(f"{TOKEN}1", "sleep 1000")
            assert process.stdout is not None
            assert process.stdout.readline().split() == [b"xsh-guard", TOKEN.encode(), b"proc", b"-", b"-", b"/bin/sh"]
            tell(process, "b 1")
            assert process.stdout.readline() == b"silent\n"
        assert command.wait(40) == -signal.SIGTERM
    finally:
        if command is not None and command.poll() is None:
            os.killpg(command.pid, signal.SIGKILL)
            command.wait()
