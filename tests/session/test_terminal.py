"""A real terminal: lent to the command that needs it, taken back whole, Ctrl-C and Ctrl-Z as everywhere."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import process_table
from tests.script_runner import PROGRAMS
from tests.terminal import PtySession

Start = Callable[..., PtySession]

ENGINES = pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])

ASK_SECRETLY = "sh -c 'exec </dev/tty >/dev/tty; stty -echo; printf \"Password: \"; read -r word; stty echo; echo; echo got $word >&2'"


@pytest.fixture
def run(pty_session: Start, tmp_path: Path, xsh_argv: list[str]) -> Start:
    """`run("source")` runs a script on a terminal."""

    def start(source: str, *options: str) -> PtySession:
        (tmp_path / "script.xsh").write_text(source)
        path = f"{PROGRAMS}:{os.environ['PATH']}"
        return pty_session([*xsh_argv, *options, "script.xsh"], env={"PATH": path, "PROMPT_TOOLKIT_NO_CPR": "1"})

    return start


@ENGINES
def test_a_shown_command_has_the_terminal(run: Start, engine: str) -> None:
    terminal = run(f"{engine}await $`is-terminal`\nr = await $`is-terminal`\nprint(r)\n")
    assert terminal.wait() == 0
    assert terminal.screen[:2] == ["tty tty tty", "tty no no"]


@ENGINES
def test_a_password_prompt_of_a_captured_command(run: Start, engine: str) -> None:
    terminal = run(
        f"{engine}r = await $`{ASK_SECRETLY}`\nprint('was', repr(r.stderr))\nname = input('name? ')\nprint(name)\n"
    )
    terminal.wait_for("Password:")
    terminal.send_line("hunter2")
    terminal.wait_for("was 'got hunter2\\n'")
    terminal.wait_for("name?")
    terminal.send_line("ada")
    assert terminal.wait() == 0
    assert terminal.text.count("hunter2") == 1
    assert terminal.screen[-24:][2:4] == ["name? ada", "ada"]


@ENGINES
def test_two_prompts_at_once_are_asked_one_after_the_other(run: Start, engine: str) -> None:
    terminal = run(f"{engine}rs = await gather($`{ASK_SECRETLY}`, $`{ASK_SECRETLY}`)\nprint([r.stderr for r in rs])\n")
    terminal.wait_for("Password:")
    terminal.send_line("one")
    terminal.wait_until(lambda: terminal.text.count("Password:") == 2, "the second prompt")
    terminal.send_line("two")
    terminal.wait_for("got one")
    assert terminal.wait() == 0
    assert "got two" in terminal.text


@pytest.mark.skipif(not shutil.which("less"), reason="less is not installed")
def test_a_pager(run: Start) -> None:
    terminal = run("await $`seq 100 | less`\nprint('after')\n")
    terminal.wait_for("23")
    before = terminal.modes
    terminal.send("q")
    assert terminal.wait() == 0
    assert terminal.screen[0].startswith("after") or "after" in terminal.text
    assert terminal.modes[3] & termios.ECHO  # type: ignore[operator]
    assert before != terminal.modes


@ENGINES
def test_ctrl_c_inside_a_program_that_handles_it_does_not_end_the_script(run: Start, engine: str) -> None:
    terminal = run(f"{engine}await $`{sys.executable} -q -i`\nprint('went on')\n")
    terminal.wait_for(">>>")
    terminal.send_line("print(6 * 7)")
    terminal.wait_for("\n42")
    terminal.send("\x03")
    terminal.wait_for("KeyboardInterrupt")
    terminal.send_line("exit()")
    assert terminal.wait() == 0
    assert "went on" in terminal.text


@ENGINES
def test_ctrl_c_ends_a_polite_command_and_the_script(run: Start, engine: str) -> None:
    terminal = run(f"{engine}await $`sh -c 'echo ready; exec sleep 1000'`\nprint('went on')\n")
    terminal.wait_for("ready")
    terminal.send("\x03")
    assert terminal.wait() == -signal.SIGINT
    assert "went on" not in terminal.text
    assert terminal.living() == []


def test_ctrl_c_while_a_prompt_waits_ends_the_script_and_gives_the_terminal_back(run: Start) -> None:
    terminal = run(f"await $`{ASK_SECRETLY}`\nprint('went on')\n")
    before = terminal.modes
    terminal.wait_for("Password:")
    terminal.send("\x03")
    assert terminal.wait() == -signal.SIGINT
    assert terminal.modes == before
    assert "went on" not in terminal.text


@ENGINES
def test_the_modes_are_restored_after_a_command_that_died_in_raw_mode(run: Start, engine: str) -> None:
    terminal = run(f"{engine}before = await $`stty -a < /dev/tty`\ntry:\n    await $`raw-mode`\nexcept CommandFailed as error:\n"
                   "    print(error.result.signal)\nafter = await $`stty -a < /dev/tty`\nprint(before.text == after.text)\n")  # fmt: skip
    assert terminal.wait() == 0
    assert terminal.text.split()[1:] == ["SIGKILL", "True"]


def test_stty_itself_may_change_the_modes(run: Start) -> None:
    terminal = run(
        "await $`stty -echo`\nr = await $`stty -a < /dev/tty`\nprint('-echo ' in r.text)\nawait $`stty echo`\n"
    )
    assert terminal.wait() == 0
    assert terminal.screen[0] == "True"


def wait_for_state(pid: int, state: str) -> None:
    """Return once a process is in a state (proc(5)): T is stopped, S waits."""
    deadline = time.monotonic() + 40
    while (process := process_table.read_process(pid)) is not None and process.state != state:
        assert time.monotonic() < deadline, process
        os.sched_yield()
    assert process is not None


STARTED = "print('started', flush=True)\n"
IN_THE_MOMENT_OF_THE_START = """\
import os, signal
from xsh.targets.local.spawn import LocalTarget
start = LocalTarget.spawn
def spawn(target, request):
    process = start(target, request)
    os.kill(os.getpid(), signal.SIGTSTP)
    return process
LocalTarget.spawn = spawn
"""


@pytest.mark.parametrize("before", [STARTED, IN_THE_MOMENT_OF_THE_START], ids=["a key", "in the moment of the start"])
def test_ctrl_z_stops_everything_and_fg_goes_on(
    before: str, pty_session: Start, tmp_path: Path, xsh_argv: list[str]
) -> None:
    (tmp_path / "script.xsh").write_text(f"{before}await $`tell-signal`\nprint('went on')\n")
    shell = pty_session(
        ["bash", "--norc", "--noprofile", "-i"], env={"PS1": "PROMPT> ", "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    )
    shell.wait_for("PROMPT>")
    shell.send_line(f"{' '.join(xsh_argv)} script.xsh")
    if before is STARTED:
        shell.wait_for("ready")
        shell.send("\x1a")
    shell.wait_for("Stopped")
    # its own child may be about to become another program
    found = {process.pid: process.parent for process in shell.living() if process.command.endswith("/tell-signal")}
    (pid,) = [number for number, parent in found.items() if parent not in found]
    wait_for_state(pid, "T")
    shell.send_line("fg")
    shell.wait_for("ready")
    wait_for_state(pid, "S")
    shell.send("\x03")
    shell.wait_for("got INT")
    shell.wait_until(lambda: shell.screen[-1].startswith("PROMPT>") or shell.text.endswith("PROMPT>"), "the prompt")
    shell.send_line("exit")
    shell.wait()


def test_the_terminal_is_closed(run: Start) -> None:
    terminal = run("await gather($`ignore-term HUP TERM INT`.grace('100ms'), $`tell-signal`)\n")
    terminal.wait_for("ready")
    pids = [process.pid for process in terminal.living()]
    assert len(pids) >= 3
    os.close(terminal._master)
    os.close(terminal._program_end)
    assert all(process_table.wait_gone(pid) for pid in pids)
    assert terminal.process.wait() == -signal.SIGHUP
    terminal._master, terminal._program_end = os.openpty()


def test_questions_on_a_terminal(run: Start) -> None:
    source = (
        "name = await ask('Name?', default='nobody')\n"
        "sure = await confirm('Sure?')\n"
        "place = await select('Where?', ['here', 'there'])\n"
        "word = await secret('Word?')\n"
        "print([name, sure, place, word == 'hunter2'])\n"
        "r = await $`echo ${word} >&2; exit 3`\n"
    )
    terminal = run(source)
    terminal.wait_for("Name? [nobody]")
    terminal.send_line("Ada")
    terminal.wait_for("Sure? [y/n]")
    terminal.send_line("maybe")
    terminal.wait_until(lambda: terminal.text.count("Sure?") == 2, "the question again")
    terminal.send_line("YES")
    terminal.wait_for("2) there")
    terminal.send_line("2")
    terminal.wait_for("Word?")
    terminal.send_line("hunter2")
    assert terminal.wait() == 3
    assert "['Ada', True, 'there', True]" in terminal.text
    assert "hunter2" not in terminal.text
    assert "***" in terminal.text


def test_questions_at_once_are_asked_one_after_the_other(run: Start) -> None:
    source = "a, b = await gather(lambda: ask('First?'), lambda: secret('Second?'))\nprint([a, b == 'hunter2'])\n"
    terminal = run(source)
    terminal.wait_for("First?")
    terminal.send_line("open")
    terminal.wait_for("Second?")
    assert "First? open" in terminal.text
    terminal.send_line("hunter2")
    assert terminal.wait() == 0
    assert "['open', True]" in terminal.text
    assert "hunter2" not in terminal.text


def test_ctrl_c_at_a_question(run: Start) -> None:
    terminal = run("name = await ask('Name?')\nprint('went on')\n")
    terminal.wait_for("Name?")
    terminal.send("\x03")
    assert terminal.wait() == -signal.SIGINT
    assert "went on" not in terminal.text
    assert "Traceback" not in terminal.text


def test_failures_are_coloured_on_a_terminal(run: Start) -> None:
    terminal = run("r = await $`exit 3`\n")
    assert terminal.wait() == 3
    assert b"\x1b[" in terminal.transcript


def test_the_terminal_is_closed_while_rows_are_drawn(run: Start) -> None:
    source = "await $`setsid sleep 1000 > /dev/null 2>&1 < /dev/null &`\nwith spinner('packing'):\n    r = await $`sleep 1000`\n"
    terminal = run(source)
    terminal.wait_for("packing")
    pids = [process.pid for process in terminal.living()]
    os.close(terminal._master)
    os.close(terminal._program_end)
    assert all(process_table.wait_gone(pid) for pid in pids)
    assert terminal.process.wait() == -signal.SIGHUP
    terminal._master, terminal._program_end = os.openpty()
