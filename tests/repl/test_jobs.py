"""Job control: stops, foreground and background, announcements, the terminal's modes, the end of the shell."""

from __future__ import annotations

import termios

import pytest

from tests.repl.terminal import Terminal


def stopped(terminal: Terminal, line: str) -> None:
    """Run a line and stop it."""
    terminal.line(line)
    terminal.wait_in_front()
    terminal.key("c-z")
    terminal.wait_prompt()


def states(terminal: Terminal) -> list[str]:
    """The states of all programs but the shell's (proc(5))."""
    return sorted(process.state for process in terminal.living() if process.pid != terminal.process.pid)


# -- stops -----------------------------------------------------------------------------------------------------------


def test_ctrl_z_gives_the_prompt_back_at_once(prompt: Terminal) -> None:
    prompt.line("sleep 1000")
    prompt.wait_in_front()
    prompt.key("c-z")
    prompt.wait_prompt()
    assert "[1]+ stopped     sleep 1000" in prompt.text
    assert states(prompt) == ["T"]
    assert prompt.foreground_group == prompt.process.pid


def test_a_stopped_line_has_the_status_of_one(prompt: Terminal) -> None:
    stopped(prompt, "sleep 1000")
    assert prompt.output_of("status") == "148"


def test_ctrl_z_stops_every_program_of_a_pipeline(prompt: Terminal) -> None:
    stopped(prompt, "sleep 1000 | sleep 1000 | cat")
    prompt.wait_until(lambda: states(prompt) == ["T", "T", "T"], "three stopped programs")


def test_ctrl_z_stops_a_pipeline_through_python(prompt: Terminal) -> None:
    prompt.run("def loud(line): return line.upper()")
    stopped(prompt, "cat | ${loud}")
    prompt.line("fg")
    prompt.wait_in_front()
    prompt.type("word\n\x04")
    prompt.wait_for("WORD")
    prompt.wait_prompt()


def test_ctrl_z_stops_shell_text(prompt: Terminal) -> None:
    stopped(prompt, "sleep 1000; echo done > x")
    prompt.wait_until(lambda: set(states(prompt)) == {"T"}, "everything stopped")


def test_ctrl_z_stops_a_captured_command_in_python(prompt: Terminal) -> None:
    prompt.line("x = await $`sleep 1000`")
    prompt.wait_until(lambda: len(prompt.living()) == 2, "a program")
    prompt.key("c-z")
    prompt.wait_prompt()
    assert "stopped     x = await" in prompt.text
    assert states(prompt) == ["T"]


def test_python_that_waits_goes_on_behind_after_ctrl_z(prompt: Terminal) -> None:
    prompt.line("print('begun'); await asyncio.sleep(0.5); print('over')")
    prompt.wait_for("\nbegun")
    prompt.key("c-z")
    prompt.wait_prompt()
    assert "[1]+ running" in prompt.text
    prompt.wait_for("\nover")
    prompt.wait_for("[1]+ done")


def test_a_program_stopped_by_others_is_noticed(prompt: Terminal) -> None:
    prompt.line("sh -c 'kill -STOP $$; echo went on'")
    prompt.wait_prompt()
    assert "[1]+ stopped" in prompt.text
    prompt.line("fg")
    prompt.wait_for("\nwent on")


# -- fg, bg, jobs ----------------------------------------------------------------------------------------------------


def test_fg_goes_on_with_the_terminal(prompt: Terminal) -> None:
    stopped(prompt, "cat")
    prompt.line("fg")
    prompt.wait_in_front()
    prompt.type("again\n")
    prompt.wait_for("again\nagain")
    prompt.key("c-d")
    prompt.wait_prompt()
    assert prompt.output_of("jobs") == ""


def test_fg_gives_the_jobs_status(prompt: Terminal) -> None:
    stopped(prompt, "sh -c 'cat; exit 9'")
    prompt.line("fg %1")
    prompt.wait_in_front()
    prompt.key("c-d")
    prompt.wait_prompt()
    assert prompt.output_of("status") == "9"


def test_a_job_may_be_stopped_again_and_again(prompt: Terminal) -> None:
    stopped(prompt, "sleep 1000")
    for _ in range(3):
        stopped(prompt, "fg")
    assert prompt.output_of("jobs") == "[1]+ stopped     sleep 1000"
    prompt.line("fg")
    prompt.wait_in_front()
    prompt.key("c-c")
    prompt.wait_prompt()


def test_bg_goes_on_behind_and_its_end_is_announced(prompt: Terminal) -> None:
    prompt.run("mkfifo gate")
    stopped(prompt, "sh -c 'read go < gate; exit 3'")
    assert "running" in prompt.output_of("bg")
    prompt.type("half typed")
    prompt.wait_for("half typed")
    (prompt.home.parent / "gate").write_text("go\n")
    prompt.wait_for("[1]+ exit 3")
    prompt.wait_until(lambda: prompt.before_cursor.endswith("half typed"), "the half-typed line")
    prompt.key("c-c")
    prompt.wait_prompt()


def test_several_jobs_are_numbered_and_marked(prompt: Terminal) -> None:
    stopped(prompt, "sleep 1001")
    stopped(prompt, "sleep 1002")
    prompt.run("sleep 1003 &")
    assert prompt.output_of("jobs").split("\n") == [
        "[1]- stopped     sleep 1001",
        "[2]+ stopped     sleep 1002",
        "[3]  running     sleep 1003",
    ]
    assert len(prompt.output_of("jobs -p").split("\n")) == 3
    assert prompt.output_of("jobs | wc -l") == "3"


def test_jobs_are_named_by_number_text_and_rank(prompt: Terminal) -> None:
    stopped(prompt, "sleep 1001")
    stopped(prompt, "sleep 1002")
    stopped(prompt, "fg %-")
    assert prompt.text.count("sleep 1001") >= 2
    stopped(prompt, "fg %?1002")
    assert "no such job" in prompt.output_of("fg %9")
    assert "several jobs" in prompt.output_of("fg %sleep")


# -- & ---------------------------------------------------------------------------------------------------------------


def test_an_ampersand_starts_behind_and_announces_the_end(prompt: Terminal) -> None:
    assert prompt.output_of("sleep 0.2 &") == "[1] sleep 0.2"
    prompt.wait_for("[1]+ done        sleep 0.2")
    assert prompt.output_of("jobs") == ""


def test_a_job_behind_that_reads_the_terminal_is_stopped_and_announced(prompt: Terminal) -> None:
    prompt.line("cat &")
    prompt.wait_for("stopped (wants the terminal)")
    prompt.wait_prompt()
    prompt.line("fg")
    prompt.wait_in_front()
    prompt.type("now\n\x04")
    prompt.wait_for("now\nnow")
    prompt.wait_prompt()


def test_a_job_behind_survives_ctrl_c(prompt: Terminal) -> None:
    prompt.run("sleep 1000 &")
    prompt.line("sleep 1001")
    prompt.wait_in_front()
    prompt.key("c-c")
    prompt.wait_prompt()
    assert "[1]+ running     sleep 1000" in prompt.output_of("jobs")


def test_wait_waits_and_gives_the_status(prompt: Terminal) -> None:
    prompt.run("sh -c 'sleep 0.2; exit 5' &")
    prompt.run("wait %1")
    assert prompt.output_of("status") == "5"


def test_wait_can_be_interrupted_and_the_job_goes_on(prompt: Terminal) -> None:
    prompt.run("sleep 1000 &")
    prompt.line("wait")
    prompt.wait_until(lambda: prompt.modes[3] & termios.ICANON != 0, "no prompt")
    prompt.key("c-c")
    prompt.wait_prompt()
    assert "running" in prompt.output_of("jobs")


@pytest.mark.parametrize("words", ["kill %1", "kill -9 %1", "kill -s KILL %1", "kill -SIGTERM %sleep"])
def test_kill_ends_a_job(prompt: Terminal, words: str) -> None:
    prompt.run("sleep 1000 &")
    prompt.run(words)
    prompt.wait_match(r"\[1\]\+ SIG(TERM|KILL) +sleep 1000")
    prompt.wait_until(lambda: states(prompt) == [], "no program")


def test_kill_ends_a_stopped_job(prompt: Terminal) -> None:
    stopped(prompt, "sleep 1000")
    prompt.run("kill %1")
    prompt.wait_match(r"\[1\]\+ SIGTERM +sleep 1000")


def test_kill_of_a_process_number_and_of_nothing(prompt: Terminal) -> None:
    prompt.run("sleep 1000 &")
    prompt.run("kill ${int((await $`pgrep -s 0 -x sleep`.text()))}")
    prompt.wait_match(r"SIGTERM +sleep 1000")
    assert "names no job" in prompt.output_of("kill")
    assert "no such signal" in prompt.output_of("kill -NOPE %1")
