"""The guard's own text, run by each shell that can be a host's /bin/sh."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.targets.conformance import alive
from tests.targets.ssh.guarding import HOW, SHELLS, TOKEN, answer, guard, said_silent, start, tell
from xsh.targets.ssh.guardscript import guard_text


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("shell", SHELLS)
def test_end_of_input_ends_what_has_a_mark_and_nothing_else(shell: str, how: str) -> None:
    stranger = start("other4", "sleep 1005")
    try:
        with guard(shell, how) as process:
            stubborn = start(f"{TOKEN}1", 'trap "" TERM HUP INT; sleep 1000; sleep 1001')
            polite = start(f"{TOKEN}2", "sleep 1002 & sleep 1003")
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
    with guard(shell, "by mark") as process:
        command = start(f"{TOKEN}1", "sleep 1000")
        assert process.stdout is not None
        process.stdout.close()
        tell(process, f"q {TOKEN}1", f"q {TOKEN}1")
    assert command.wait(40) == -signal.SIGTERM


@pytest.mark.parametrize("shell", SHELLS)
def test_silence_while_commands_run_ends_them(shell: str) -> None:
    with guard(shell, "by mark") as process:
        command = start(f"{TOKEN}1", "sleep 1000")
        assert process.stdout is not None
        tell(process, "b 1")
        assert process.stdout.readline() == b"silent\n"
        assert command.wait(40) == -signal.SIGTERM


def test_bash_counts_from_its_start() -> None:
    with guard("bash", "by mark", silence="1") as process:
        command = start(f"{TOKEN}1", "sleep 1000")
        assert process.stdout is not None
        assert process.stdout.readline() == b"silent\n"
        assert command.wait(40) == -signal.SIGTERM


@pytest.mark.parametrize("shell", SHELLS)
def test_a_sign_of_life_and_idleness_end_nothing(shell: str) -> None:
    with guard(shell, "by mark") as process:
        command = start(f"{TOKEN}1", "sleep 1000")
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
    with guard(shell, "by mark") as process:
        command = start(f"{TOKEN}1", "setsid sleep 1000 & sleep 1001")
        tell(process, f"s TERM {TOKEN}1")
        deadline = time.monotonic() + 40
        while len(answer(process, f"q {TOKEN}1")) > 2:
            assert time.monotonic() < deadline
    assert command.wait(40) == -signal.SIGTERM
    assert not alive(f"XSH_MARK={TOKEN}1")


@pytest.mark.parametrize("shell", SHELLS)
def test_all_processes_are_looked_at_only_where_one_may_be_left(shell: str, tmp_path: Path) -> None:
    looked = tmp_path / "looked"
    grep = tmp_path / "grep"
    grep.write_text(f'#!/bin/sh\necho >>{looked}\nexec {shutil.which("grep")} "$@"\n')
    grep.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    with guard(shell, "by mark", path=path):
        pass
    assert not looked.exists()
    with guard(shell, "by mark", path=path):
        # it has no parent but the first process, or whoever takes orphans here
        command = start(f"{TOKEN}1", "setsid sleep 1000 & exit")
        assert command.wait(40) == 0
    assert looked.exists()
    assert not alive(f"XSH_MARK={TOKEN}1")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_server_that_is_the_first_process_of_a_container(shell: str, tmp_path: Path) -> None:
    if shutil.which(SHELLS[shell][0]) is None or shutil.which("dash") is None:
        pytest.skip(f"{shell} or dash is not installed")
    server = tmp_path / "sshd"
    shutil.copy(shutil.which("dash") or "", server)
    # a connection is a process of that name as well; what it leaves has the first process as its parent
    left = "(XSH_MARK=$0 setsid sleep 1000 </dev/null >/dev/null 2>&1 9>&- &)"
    connection = f'"$@" <input >output & exec 9>input; read -r ready <output; {left}; exec 9>&-; wait'
    inside = (
        f"mkfifo input output; {server} -c '{connection}' {TOKEN}1 \"$@\";"
        f"grep -ls XSH_MARK={TOKEN}1 /proc/[0-9]*/environ; :"
    )
    words = [*SHELLS[shell], "-c", guard_text(), "sh", TOKEN, "1000"]
    done = subprocess.run(
        ["unshare", "--fork", "--pid", "--mount-proc", str(server), "-c", inside, "sh", *words],
        check=False,
        capture_output=True,
        cwd=tmp_path,
        text=True,
        timeout=40,
    )
    if "unshare" in done.stderr:
        pytest.skip(f"no namespaces here: {done.stderr}")
    assert done.stdout == ""


def test_a_login_shell_that_enters_a_container() -> None:
    if shutil.which("nsenter") is None:
        pytest.skip("nsenter is not installed")
    first = subprocess.Popen(
        ["unshare", "--fork", "--pid", "--mount-proc", "sh", "-c", "echo up; exec sleep 1000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert first.stdout is not None
    with first:
        try:
            if first.stdout.readline() != b"up\n":
                pytest.skip("no namespaces here")
            inside = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().strip()
            enter = ["nsenter", f"--target={inside}", "--pid", "--mount", "--"]
            with subprocess.Popen(
                [*enter, "sh", "-c", guard_text(), "sh", TOKEN, "1000"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            ) as process:
                assert process.stdout is not None
                assert process.stdout.readline().split()[:2] == [b"xsh-guard", TOKEN.encode()]
                command = subprocess.Popen(
                    [*enter, "env", f"XSH_MARK={TOKEN}1", "sleep", "1001"], start_new_session=True
                )
                assert len(answer_when_there(process, f"q {TOKEN}1")) > 2
            assert command.wait(40) == -signal.SIGTERM
        finally:
            os.killpg(first.pid, signal.SIGKILL)


def answer_when_there(process: subprocess.Popen[bytes], question: str) -> list[bytes]:
    """The answer, once it names a process."""
    deadline = time.monotonic() + 40
    while len(said := answer(process, question)) < 3:
        assert time.monotonic() < deadline
    return said
