"""The fixtures of scripts and terminals do what other tests rely on: they wait for facts and leave nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import process_table
from tests.leak_guard import LeftBehindError
from tests.script_runner import PROGRAMS, RunningScript, ScriptRunner
from tests.terminal import PtySession


@pytest.fixture
def start(script: ScriptRunner, tmp_path: Path) -> Callable[..., RunningScript]:
    """Starts a tiny program under the watch of the `script` fixture."""
    return lambda name, *args, **streams: script.start_argv(
        [str(PROGRAMS / name), *args], cwd=tmp_path, env=script.environment(), **streams
    )


def test_a_run_keeps_both_outputs_and_the_exit(start: Callable[..., RunningScript]) -> None:
    run = start("both", "hällo").finish()
    assert (run.returncode, run.stdout, run.stderr) == (0, "hällo\n", "hällo\n")
    assert start("exit-with", "7", "bad").finish().returncode == 7


def test_a_run_that_does_not_end_is_killed_with_all_it_started(start: Callable[..., RunningScript]) -> None:
    running = start("fork-escapee")
    child = int(running.wait_for("\n").split()[2])
    with pytest.raises(AssertionError, match="did not end within 0"):
        running.finish(timeout=0.01)
    assert process_table.wait_gone(child)
    assert running.living() == []


@pytest.mark.parametrize("program", ["daemonise", "hold-output"])
def test_a_process_left_behind_fails_the_run(program: str, start: Callable[..., RunningScript]) -> None:
    # its output is a file: a pipe would not end while the process lives
    running = start(program, "1000", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with pytest.raises(LeftBehindError, match=r"left behind:\n  process \d+"):
        running.finish()
    assert running.living() == []


def test_a_process_may_be_left_behind_where_that_is_the_point(start: Callable[..., RunningScript]) -> None:
    running = start("daemonise", "1000", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert running.finish(may_leave=True).returncode == 0
    assert running.living() == []


def test_a_running_script_can_be_signalled(start: Callable[..., RunningScript]) -> None:
    running = start("tell-signal")
    running.wait_for("ready")
    running.send_signal(signal.SIGHUP)
    assert running.finish().stdout.endswith("got HUP\n")


def test_waiting_for_text_that_never_comes_shows_what_came(start: Callable[..., RunningScript]) -> None:
    with pytest.raises(AssertionError, match=r"ended without 'goodbye': b'hello\\n'"):
        start("both", "hello").wait_for("goodbye")
    with pytest.raises(AssertionError, match=r"no 'goodbye' within 0\.01 s"):
        start("ignore-term").wait_for("goodbye", timeout=0.01)


def test_the_environment_of_scripts_is_their_own(script: ScriptRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_USER", "1")
    environment = script.environment(EXTRA="2")
    assert "OF_THE_USER" not in environment
    assert environment["EXTRA"] == "2"
    assert environment["HOME"] == str(script.home)


def test_a_terminal_is_a_terminal(pty_session: Callable[..., PtySession]) -> None:
    terminal = pty_session([str(PROGRAMS / "is-terminal")])
    assert terminal.wait() == 0
    assert terminal.text == "tty tty tty"


def test_keys_reach_the_program_and_the_screen_shows_it(pty_session: Callable[..., PtySession]) -> None:
    terminal = pty_session(["sh", "-c", "read name; echo hello $name; exit 3"])
    terminal.send_line("world")
    terminal.wait_for("hello world")
    assert terminal.wait() == 3
    assert terminal.screen[:2] == ["world", "hello world"]


def test_ctrl_c_interrupts_the_foreground(pty_session: Callable[..., PtySession]) -> None:
    terminal = pty_session([str(PROGRAMS / "tell-signal")])
    terminal.wait_for("ready")
    assert terminal.foreground_group == terminal.process.pid
    terminal.send("\x03")
    terminal.wait_for("got INT")
    assert terminal.wait() == 0


def test_a_resized_terminal_tells_the_program(pty_session: Callable[..., PtySession]) -> None:
    terminal = pty_session(["sh", "-c", "stty size; read _; stty size"], rows=10, cols=40)
    terminal.wait_for("10 40")
    terminal.resize(20, 60)
    terminal.send_line()
    terminal.wait_for("20 60")
    assert terminal.wait() == 0


def test_the_modes_of_a_terminal_can_be_seen_afterwards(pty_session: Callable[..., PtySession]) -> None:
    terminal = pty_session(["sh", "-c", "read _; exec raw-mode"], env={"PATH": f"{PROGRAMS}:{os.environ['PATH']}"})
    before = terminal.modes
    terminal.send_line()
    assert terminal.wait() == -signal.SIGKILL
    assert terminal.modes != before


def test_a_wait_that_fails_shows_the_screen(pty_session: Callable[..., PtySession]) -> None:
    with pytest.raises(AssertionError, match=r"(?s)ended with 0.*The screen:\nonly this"):
        pty_session(["echo", "only this"]).wait_for("something else")
    with pytest.raises(AssertionError, match=r"(?s)did not end within 0\.1 s.*ready"):
        pty_session([str(PROGRAMS / "ignore-term")]).wait(timeout=0.1)


def test_what_has_scrolled_away_was_still_written(pty_session: Callable[..., PtySession]) -> None:
    terminal = pty_session(["seq", "100"])
    terminal.wait_for_output("50")
    assert terminal.wait() == 0
    assert "50" not in terminal.screen
    assert "100" in terminal.screen


def test_a_terminal_leaves_nothing(pty_session: Callable[..., PtySession]) -> None:
    terminal = pty_session([str(PROGRAMS / "fork-escapee")])
    terminal.wait_for("ready")
    assert len(terminal.living()) == 2
    terminal.close()
    assert terminal.living() == []


def test_the_interpreter_of_the_tests_is_the_scripts_python(script: ScriptRunner) -> None:
    assert script.environment()["PATH"].split(":")[1] == os.path.dirname(sys.executable)
