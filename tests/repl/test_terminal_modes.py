"""The terminal after programs: its modes and its screen are as they were."""

from __future__ import annotations

import signal
import termios
from collections.abc import Callable

import pytest

from tests.repl.terminal import Terminal


def test_modes_that_a_killed_program_leaves_are_put_right(prompt: Terminal) -> None:
    prompt.run("sh -c 'stty raw -echo; kill -9 $$'")
    prompt.run("true")
    prompt.line("cat")
    prompt.wait_in_front()
    assert prompt.modes[3] & termios.ECHO
    assert prompt.modes[3] & termios.ICANON
    prompt.key("c-c")
    prompt.wait_prompt()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_the_first_look_gives_the_echo_back(
    terminal: Callable[..., Terminal], number: signal.Signals
) -> None:
    started = terminal()
    started.wait_until(lambda: bool(started.transcript), "the first look")
    started.process.send_signal(number)
    assert started.wait() in (-number, 128 + number)
    assert started.modes[3] & termios.ECHO
    assert started.modes[3] & termios.ICANON


def test_what_stty_sets_stays(prompt: Terminal) -> None:
    prompt.run("stty -echoctl")
    prompt.line("cat")
    prompt.wait_in_front()
    assert not prompt.modes[3] & termios.ECHOCTL
    prompt.key("c-c")
    prompt.wait_prompt()


def test_a_stopped_program_gets_its_modes_back(prompt: Terminal) -> None:
    prompt.line("sh -c 'stty -echo; kill -STOP $$; sleep 1000'")
    prompt.wait_prompt()
    prompt.line("fg")
    prompt.wait_in_front()
    prompt.wait_until(lambda: not prompt.modes[3] & termios.ECHO, "the program's modes")
    # a shell that has not started its program yet may lose the signal
    prompt.wait_until(lambda: any(process.command == "sleep 1000" for process in prompt.living()), "the program")
    prompt.key("c-c")
    prompt.wait_prompt()
    prompt.line("cat")
    prompt.wait_in_front()
    assert prompt.modes[3] & termios.ECHO
    prompt.key("c-c")
    prompt.wait_prompt()


def test_less_has_the_screen_and_gives_it_back(prompt: Terminal) -> None:
    prompt.run("echo before")
    prompt.line("seq 500 | less")
    prompt.wait_match(r"^38$")
    prompt.key("q")
    prompt.wait_prompt()
    assert "\nbefore\n" in prompt.text


def test_a_password_is_asked_for_on_the_terminal(prompt: Terminal) -> None:
    prompt.line("ask-password")
    prompt.wait_until(lambda: prompt.before_cursor.endswith("Password: "), "the program's question")
    prompt.wait_until(lambda: not prompt.modes[3] & termios.ECHO, "no echo")
    prompt.type("secret\n")
    prompt.wait_prompt()
    assert prompt.text.count("secret") == 1


def test_a_python_of_its_own_runs_and_returns(prompt: Terminal) -> None:
    prompt.line("python3 -iqc 0")
    prompt.wait_until(lambda: prompt.before_cursor.endswith(">>> "), "the inner prompt")
    prompt.key("c-c")
    prompt.wait_for("KeyboardInterrupt")
    prompt.wait_until(lambda: prompt.before_cursor.endswith(">>> "), "the inner prompt")
    prompt.key("c-d")
    prompt.wait_prompt()
