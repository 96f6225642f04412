"""Clients of an engine, and what they have started in it: no death of a client leaves anything inside."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.repl.terminal import Terminal
from tests.targets.conformance import alive, gone
from tests.targets.ssh.client import wait_until
from tests.targets.via.engine import Engine
from tests.terminal import PtySession
from xsh import CommandFailed, CommandTimedOut, sh
from xsh.targets.via.inside import STOP

PRESETS = {
    "docker": lambda: sh.docker("web"),
    "podman": lambda: sh.podman("web"),
    "kubectl": lambda: sh.kubectl("web"),
    "words": lambda: sh.via("docker", "exec", "-i", "web"),
}
TREES = {
    "polite": "setsid sleep 1000 & sleep 1001",
    "stubborn": 'trap "" INT TERM; setsid sleep 1000 & sleep 1001; sleep 1002; sleep 1003',
}


@pytest.fixture
def mark(tmp_path: Path) -> str:
    """What is in the environment of everything that runs inside."""
    return f"inside {tmp_path}"


@pytest.fixture
def engine(tmp_path: Path, mark: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    (tmp_path / "bin").mkdir()
    running = Engine(tmp_path / "bin", mark)
    monkeypatch.setenv("PATH", running.path)
    yield running
    running.stop()
    for pid in alive(mark):
        os.kill(pid, signal.SIGKILL)


def tree(kind: str) -> tuple[str, ...]:
    """A command of three processes."""
    return ("sh", "-c", f"{TREES[kind]}; :")


@pytest.mark.parametrize("preset", PRESETS)
async def test_a_stop_reaches_what_is_no_child_of_the_client(
    engine: Engine, preset: str, mark: str, tmp_path: Path
) -> None:
    inside = PRESETS[preset]()
    job = inside.argv(*tree("polite")).start()
    wait_until(lambda: len(alive(mark)) == 3)
    assert (await job.kill()).signal == "SIGTERM"
    assert alive(mark) == []
    with pytest.raises(CommandTimedOut):
        await inside.argv(*tree("stubborn")).timeout("1s").grace("200ms")
    assert alive(mark) == []


@pytest.mark.parametrize("kind", TREES)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
async def test_what_a_killed_client_has_left_inside_is_ended(
    engine: Engine, number: signal.Signals, kind: str, mark: str, tmp_path: Path
) -> None:
    job = sh.docker("web").argv(*tree(kind)).start()
    wait_until(lambda: len(alive(mark)) == 3)
    os.kill(job.pid, number)
    with pytest.raises(CommandFailed, match=number.name):
        await job.wait()
    assert alive(mark) == []


@pytest.mark.parametrize("kind", TREES)
def test_ctrl_c_at_a_client_that_reads_the_terminal_ends_the_inside(
    engine: Engine,
    kind: str,
    mark: str,
    tmp_path: Path,
    xsh_argv: list[str],
    pty_session: Callable[..., PtySession],
) -> None:
    words = tree(kind)
    (tmp_path / "script.xsh").write_text(f"await $.docker('web').argv(*{words!r})\nprint('never')\n")
    terminal = pty_session([*xsh_argv, "script.xsh"], env={"PATH": engine.path})
    terminal.wait_until(lambda: len(alive(mark)) == 3, "the inside")
    # the client has asked for the terminal, which is lent to it
    terminal.wait_until(lambda: terminal.foreground_group != terminal.process.pid, "a foreground job")
    terminal.send("\x03")
    assert terminal.wait() == -signal.SIGINT
    assert alive(mark) == []
    assert "never" not in terminal.text


def test_kill_of_a_job_at_the_prompt_reaches_the_inside(
    engine: Engine, mark: str, tmp_path: Path, run_async: Callable[..., object]
) -> None:
    prompt = Terminal([], env={"PATH": engine.path}, cwd=tmp_path, size=(24, 120))
    try:
        prompt.wait_prompt()
        prompt.line(f"await $.docker('web').argv(*{tree('polite')!r}).input('')")
        prompt.wait_until(lambda: len(alive(mark)) == 3, "the inside")
        prompt.wait_in_front()
        prompt.key("c-z")
        prompt.wait_for("[1]+ stopped")
        prompt.wait_prompt()
        prompt.run("kill %1")
        assert run_async(gone(mark, 40))
    finally:
        prompt.close()


def test_what_two_looks_have_missed_is_killed_all_the_same(tmp_path: Path) -> None:
    # as where everything is just calling execve(2), and shows no environment
    looks = tmp_path / "looks"
    grep = tmp_path / "grep"
    grep.write_text(
        f'#!/bin/sh\necho >> {looks}\n[ $(wc -l < {looks}) -gt 2 ] || exit 1\nexec {shutil.which("grep")} "$@"\n'
    )
    grep.chmod(0o755)
    name = f"XSH_MARK_{os.getpid()}"
    marked = subprocess.Popen(["sleep", "1000"], env={**os.environ, name: "1"})
    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(["sh", "-c", STOP, "sh", name, "KILL"], env={"PATH": path}, check=True, timeout=40)
    assert marked.wait(40) == -signal.SIGKILL
