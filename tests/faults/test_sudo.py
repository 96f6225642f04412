"""Real sudo: an ordinary user's xsh cannot signal root's program; it says whose it is, goes on, and does not claim success."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import process_table
from tests.faults.mounts import namespace
from tests.script_runner import CHECKOUT, RunningScript, ScriptRunner

NOBODY = "nobody"
RULES = f"root ALL=(ALL) ALL\n{NOBODY} ALL=(ALL) NOPASSWD: ALL\n"
WITH_RULES = 'mount --bind "$1" /etc/sudoers && shift && exec "$@"'
DEAF = "#!/bin/sh\ntrap '' INT TERM HUP\nexec sleep 1001\n"
MAY = "import sys; sys.path.insert(0, sys.argv[1]); import xsh.cli; assert sys.version_info >= (3, 11)"

Start = Callable[[str], RunningScript]


@pytest.fixture
def start(script: ScriptRunner) -> Iterator[Start]:
    """`start("source")` runs a script as an ordinary user who may use sudo; only in a namespace of its own."""
    if os.geteuid() != 0 or not namespace():
        pytest.skip("only root can make another user's rules for sudo")
    if shutil.which("sudo") is None:
        pytest.skip("sudo is not installed")
    user = ["setpriv", f"--reuid={NOBODY}", "--clear-groups"]
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or "python3"
    if subprocess.run([*user, python, "-c", MAY, str(CHECKOUT)], check=False, capture_output=True).returncode:
        pytest.skip("no python that an ordinary user can run")
    folder = Path("/var/tmp") / f"xsh-test-{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "deaf").write_text(DEAF)
    (folder / "deaf").chmod(0o755)
    rules = folder / "sudoers"
    rules.write_text(RULES)
    rules.chmod(0o440)

    def run(source: str) -> RunningScript:
        path = folder / "script.xsh"
        path.write_text(source)
        argv = [*namespace(), "sh", "-c", WITH_RULES, "sh", str(rules), *user, python, "-m", "xsh", str(path)]
        return script.start_argv(argv, cwd=folder, env={**script.environment(), "HOME": "/nonexistent"})

    yield run
    shutil.rmtree(folder)


def ended(running: RunningScript) -> tuple[int, str, str]:
    """The script's status, and what it wrote; root's programs still run, and hold its output perhaps."""
    status = running.process.wait(30)
    out, error = running.process.stdout, running.process.stderr
    assert out is not None
    assert error is not None
    os.set_blocking(out.fileno(), False)
    os.set_blocking(error.fileno(), False)
    return status, (out.read() or b"").decode(), (error.read() or b"").decode()


def wait_root(running: RunningScript, command: str) -> int:
    """The number of root's process of that command line, once it is there."""
    deadline = time.monotonic() + 40
    while True:
        for process in running.living():
            if process.command == command and _is_roots(process.pid):
                return process.pid
        assert time.monotonic() < deadline, running.living()
        assert running.process.poll() is None, running.process.communicate()
        os.sched_yield()


def _is_roots(pid: int) -> bool:
    try:
        return os.stat(f"/proc/{pid}").st_uid == 0
    except FileNotFoundError:
        return False


def test_what_sudo_runs_is_used_like_any_other(start: Start) -> None:
    running = start(
        "r = await $`sudo -n id -u`\nprint(r)\nr = await $`sudo -n sh -c 'exit 3'`.nothrow()\nprint(r.exit_code)\n"
    )
    assert running.finish().stdout == "0\n3\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_sudo_passes_on_what_ends_it(number: signal.Signals, start: Start) -> None:
    running = start("await $`sh -c 'sleep 1000 & sudo -n sleep 1000'`.grace('400ms')\n")
    wait_root(running, "sleep 1000")
    running.send_signal(number)
    run = running.finish()
    assert (run.returncode, run.stderr) == (-number, "")


def test_what_is_deaf_is_named_after_a_timeout_and_the_script_goes_on(start: Start) -> None:
    running = start(
        "try:\n    await $`sudo -n ./deaf`.timeout('1s').grace('50ms')\n"
        "except CommandTimedOut as error:\n    print(error, error.hint, sep='; ', flush=True)\n"
        "print((await $`echo fine`).text)\n"
    )
    pid = wait_root(running, "sleep 1001")
    status, out, said = ended(running)
    assert (status, out.splitlines()[1:]) == (0, ["fine"]), said
    assert "timed out after 1 s, had to be killed" in out
    assert "some of its processes belong to another user and could not be signalled" in out
    assert not process_table.wait_gone(pid, 0)
    assert f"cannot be killed: pid {pid} (state S, another user's)" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_what_is_deaf_does_not_hold_up_the_end_of_the_script(number: signal.Signals, start: Start) -> None:
    running = start("await $`sh -c 'sleep 1000 & sudo -n ./deaf'`.grace('50ms')\n")
    pid = wait_root(running, "sleep 1001")
    running.send_signal(number)
    status, _, said = ended(running)
    assert status == -number, said
    assert f"pid {pid} (state S, another user's)" in said
    # what is our own has ended
    assert {process.pid for process in running.living()} == {pid}
