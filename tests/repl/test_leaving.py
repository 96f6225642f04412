"""The end of the shell: Ctrl-D and exit with jobs, disowned jobs, signals."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests import process_table
from tests.repl.terminal import Terminal


def stopped(terminal: Terminal, line: str) -> None:
    """Run a line and stop it."""
    terminal.line(line)
    terminal.wait_in_front()
    terminal.key("c-z")
    terminal.wait_prompt()


def programs(terminal: Terminal) -> list[str]:
    """Everything that lives, but the shell."""
    return [process.command for process in terminal.living() if process.pid != terminal.process.pid]


def test_ctrl_d_leaves(prompt: Terminal) -> None:
    assert prompt.leave() == 0


def test_ctrl_d_with_jobs_lists_them_once_and_then_ends_them(prompt: Terminal) -> None:
    prompt.run("sleep 1000 &")
    stopped(prompt, "sleep 1001")
    prompt.key("c-d")
    prompt.wait_match(r"(?s)there are jobs.*sleep 1000.*\[2\]\+ stopped     sleep 1001")
    prompt.wait_prompt()
    assert prompt.leave() == 148
    assert programs(prompt) == []


def test_a_line_between_makes_it_warn_again(prompt: Terminal) -> None:
    prompt.run("sleep 1000 &")
    for _ in range(2):
        prompt.key("c-d")
        prompt.wait_prompt()
        prompt.run("true")
    prompt.wait_until(lambda: prompt.text.count("there are jobs") == 2, "two warnings")


def test_a_disowned_job_lives_on(prompt: Terminal) -> None:
    prompt.run("sleep 1000 &")
    prompt.run("disown %1")
    assert prompt.leave() == 0
    left = [process for process in prompt.living() if process.command == "sleep 1000"]
    assert len(left) == 1
    os.kill(left[0].pid, signal.SIGKILL)
    prompt.wait_gone(left[0].pid)


def test_python_that_was_disowned_ends_without_a_word(prompt: Terminal) -> None:
    prompt.line("print('begun'); await sleep(1000)")
    prompt.wait_for("\nbegun")
    prompt.key("c-z")
    prompt.wait_prompt()
    prompt.run("disown")
    assert prompt.leave() == 0
    assert "ignored" not in prompt.text


def test_a_daemon_that_a_command_has_started_ends_with_the_shell(prompt: Terminal) -> None:
    prompt.run("setsid -f sleep 1002")
    prompt.wait_until(lambda: programs(prompt) == ["sleep 1002"], "the daemon")
    assert prompt.leave() == 0
    assert programs(prompt) == []


def test_what_a_disowned_job_has_started_lives_on_with_it(prompt: Terminal) -> None:
    prompt.run("sh -c 'sleep 1003; true' &")
    prompt.run("setsid -f sleep 1004")
    prompt.wait_until(lambda: len(programs(prompt)) == 3, "all programs")
    prompt.run("disown %1")
    assert prompt.leave() == 0
    left = [process for process in prompt.living() if "sleep" in process.command]
    assert sorted(process.command for process in left) == ["sh -c sleep 1003; true", "sleep 1003"]
    for process in sorted(left, key=lambda process: process.command):
        os.kill(process.pid, signal.SIGKILL)
    for process in left:
        prompt.wait_gone(process.pid)


def test_an_orphan_of_a_disowned_job_lives_on_as_well(prompt: Terminal) -> None:
    prompt.run("sh -c 'setsid -f sleep 1005; exec sleep 1003' &")
    prompt.wait_until(lambda: sorted(programs(prompt)) == ["sleep 1003", "sleep 1005"], "both programs")
    prompt.run("disown %1")
    assert prompt.leave() == 0
    left = [process for process in prompt.living() if "sleep" in process.command]
    assert sorted(process.command for process in left) == ["sleep 1003", "sleep 1005"]
    for process in left:
        os.kill(process.pid, signal.SIGKILL)
    for process in left:
        prompt.wait_gone(process.pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_shell_ends_everything(prompt: Terminal, number: signal.Signals) -> None:
    prompt.run("sleep 1000 &")
    prompt.line("sleep 1001")
    prompt.wait_in_front()
    prompt.process.send_signal(number)
    assert prompt.wait() in (128 + number, -number)
    assert programs(prompt) == []


def test_a_signal_at_the_prompt_ends_it(prompt: Terminal) -> None:
    prompt.type("half")
    prompt.wait_for("half")
    prompt.process.send_signal(signal.SIGTERM)
    assert prompt.wait() in (143, -15)


def test_many_commands_leave_no_descriptor_behind(prompt: Terminal) -> None:
    # the thread of the history opens its files when it comes to it
    prompt.run(
        "def kept(): return sorted(f for f in map(os.path.realpath, Path('/dev/fd').iterdir()) if 'history' not in f)"
    )
    prompt.run("before = kept()")
    for _ in range(5):
        prompt.run("true | cat")
    assert prompt.output_of("[name for name in kept() if name not in before]") == "[]"


def test_a_shell_within_the_shell(prompt: Terminal, terminal: Callable[..., Terminal]) -> None:
    prompt.line("bash --norc -i")
    prompt.wait_until(lambda: prompt.before_cursor.rstrip().endswith(("$", "#")), "bash's prompt")
    prompt.type("sleep 1000\r")
    prompt.wait_in_front("sleep 1000")
    prompt.key("c-z")
    prompt.wait_for("Stopped")
    (job,) = [process.pid for process in prompt.living() if process.command == "sleep 1000"]
    prompt.type("kill %1\r")
    prompt.wait_until(lambda: len(prompt.living()) == 2, "the two shells")
    # bash leaves a job that it takes for stopped no more easily than we do; it may miss its end until another ends
    prompt.type("/bin/true\r")
    prompt.wait_until(lambda: job not in process_table.pids(), "reaped job")
    prompt.type("exit\r")
    prompt.wait_until(lambda: len(prompt.living()) == 1, "the shell alone")
    prompt.wait_prompt()
