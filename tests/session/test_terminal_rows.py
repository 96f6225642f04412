"""The terminal lent on demand, the rarer cases: vim, xsh in xsh, background and foreground, a supervisor in between."""

from __future__ import annotations

import os
import shutil
import signal
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import process_table
from tests.script_runner import PROGRAMS
from tests.terminal import PtySession

Start = Callable[..., PtySession]

GUARD = pytest.mark.parametrize("options", [(), ("--guard",)], ids=["plain", "guarded"])
HANDLES_INT = "trap 'echo heard; exit 0' INT; echo ready; exec </dev/tty; while read -r line; do :; done"


@pytest.fixture
def run(pty_session: Start, tmp_path: Path, xsh_argv: list[str]) -> Start:
    """`run("source", *options)` runs a script on a terminal."""

    def start(source: str, *options: str) -> PtySession:
        (tmp_path / "script.xsh").write_text(source)
        return pty_session([*xsh_argv, *options, "script.xsh"], env={"PATH": f"{PROGRAMS}:{os.environ['PATH']}"})

    return start


@pytest.fixture
def shell(pty_session: Start, tmp_path: Path, xsh_argv: list[str]) -> Start:
    """`shell("source", *options)`: an interactive bash in which `go` runs the script."""

    def start(source: str, *options: str) -> PtySession:
        (tmp_path / "script.xsh").write_text(source)
        rc = tmp_path / "rc"
        rc.write_text(f"PS1='PROMPT> '\ngo() {{ {' '.join([*xsh_argv, *options])} script.xsh; }}\nset -b\n")
        path = f"{PROGRAMS}:{os.environ['PATH']}"
        bash = pty_session(["bash", "--noprofile", "--rcfile", str(rc), "-i"], env={"PATH": path})
        bash.wait_for("PROMPT>")
        return bash

    return start


def line(*words: str) -> str:
    """The shell line that runs a script as `go` does, but as a command of its own, so that `&` and `fg` see it whole."""
    return " ".join(words)


def wait_for_state(pid: int, states: str) -> None:
    """Return once a process is in one of these states (proc(5))."""
    deadline = time.monotonic() + 40
    while (process := process_table.read_process(pid)) is None or process.state not in states:
        assert time.monotonic() < deadline, process
        os.sched_yield()


def prompt_again(terminal: PtySession) -> None:
    """Return once bash asks for the next line."""
    terminal.wait_until(lambda: terminal.text.endswith("PROMPT>"), "the prompt")


@GUARD
def test_a_command_that_handles_ctrl_c_and_ends_well_does_not_end_the_script(
    run: Start, options: tuple[str, ...]
) -> None:
    terminal = run(f"""r = await $`sh -c "{HANDLES_INT}"`\nprint('went on', r)\n""", *options)
    terminal.wait_until(lambda: terminal.foreground_group != terminal.process.pid, "the terminal lent")
    terminal.send("\x03")
    terminal.wait_for("went on ready")
    assert "heard" in terminal.text
    assert terminal.wait() == 0


@GUARD
@pytest.mark.skipif(not shutil.which("vim"), reason="vim is not installed")
def test_vim(run: Start, tmp_path: Path, options: tuple[str, ...]) -> None:
    terminal = run("$ env TERM=vt220 vim -u NONE -n note.txt\nprint('after')\n", *options)
    before = terminal.modes
    terminal.wait_until(lambda: "note.txt" in terminal.screen[-1], "vim")
    terminal.send("ihello\x1b")
    terminal.wait_for("hello")
    terminal.send(":wq\r")
    assert terminal.wait() == 0
    assert "after" in terminal.text
    assert (tmp_path / "note.txt").read_text() == "hello\n"
    assert terminal.modes == before


@GUARD
@pytest.mark.parametrize("depth", [2, 3])
def test_a_prompt_in_an_xsh_in_an_xsh(
    run: Start, tmp_path: Path, xsh_argv: list[str], depth: int, options: tuple[str, ...]
) -> None:
    xsh = " ".join([*xsh_argv, *options])
    (tmp_path / "level1.xsh").write_text('r = await $`ask-password`\nprint("inner", r.stderr.strip())\n')
    for level in range(2, depth):
        (tmp_path / f"level{level}.xsh").write_text(f"$ {xsh} level{level - 1}.xsh\nprint('level {level}')\n")
    terminal = run(f"r = await $`{xsh} level{depth - 1}.xsh`\nprint('outer', r)\nname = input('name? ')\nprint(name)\n")
    before = terminal.modes
    terminal.wait_for("Password:", 20)
    terminal.send_line("hunter2")
    terminal.wait_for("outer")
    terminal.wait_for("inner got hunter2")
    terminal.wait_for("name?")
    terminal.send_line("ada")
    assert terminal.wait() == 0
    assert "hunter2\n" not in terminal.text.split("outer")[0]
    assert terminal.text.endswith("name? ada\nada")
    assert terminal.modes == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
@GUARD
def test_three_levels_are_gone_by_one_signal(
    run: Start, tmp_path: Path, xsh_argv: list[str], number: signal.Signals, options: tuple[str, ...]
) -> None:
    xsh = " ".join([*xsh_argv, *options])
    (tmp_path / "level1.xsh").write_text("await gather($`tell-signal`, $`fork-escapee`, $`fork-child`)\n")
    (tmp_path / "level2.xsh").write_text(f"$ {xsh} level1.xsh\n")
    terminal = run(f"$ {xsh} level2.xsh\n", *options)
    for _ in range(3):
        terminal.wait_until(lambda: terminal.transcript.count(b"ready") >= 3, "three programs", 20)
    os.kill(terminal.process.pid, number)
    assert terminal.wait() == -number
    assert terminal.living() == []


@GUARD
def test_in_the_background_until_it_is_brought_to_the_front(
    shell: Start, xsh_argv: list[str], options: tuple[str, ...]
) -> None:
    terminal = shell("""print('begun', flush=True)\nr = await $`head -n 1 /dev/tty`\nprint('was', r)\n""")
    terminal.send_line(line(*xsh_argv, *options, "script.xsh", "&"))
    terminal.wait_for("begun")
    terminal.wait_for("Stopped")
    terminal.send_line("fg")
    terminal.wait_until(lambda: terminal.foreground_group != terminal.process.pid, "the foreground")
    terminal.send_line("hunter2")
    terminal.wait_for("was hunter2")
    prompt_again(terminal)
    terminal.send_line("exit")
    terminal.wait()


@GUARD
def test_ctrl_z_while_a_command_has_the_terminal(shell: Start, xsh_argv: list[str], options: tuple[str, ...]) -> None:
    terminal = shell("await $`cat > /dev/null; echo done`\nprint('after')\n")
    terminal.send_line(line(*xsh_argv, *options, "script.xsh"))
    own = terminal.process.pid
    cat = []

    def is_lent() -> bool:
        cat[:] = [p for p in terminal.living() if p.command == "cat"]
        return bool(cat) and os.getpgid(cat[0].pid) == terminal.foreground_group != own

    terminal.wait_until(lambda: True, "anything")
    deadline = time.monotonic() + 40
    while not is_lent():
        assert time.monotonic() < deadline
        os.sched_yield()
    terminal.send("\x1a")
    terminal.wait_for("Stopped")
    wait_for_state(cat[0].pid, "T")
    terminal.send_line("echo $((6 * 7))")
    terminal.wait_for("\n42")
    terminal.send_line("fg")
    wait_for_state(cat[0].pid, "S")
    terminal.send_line("text")
    terminal.send("\x04")
    terminal.wait_for("\nafter")
    prompt_again(terminal)
    terminal.send_line("exit")
    terminal.wait()


def test_ctrl_z_and_fg_under_guard(shell: Start, xsh_argv: list[str]) -> None:
    terminal = shell("await $`tell-signal`\n")
    terminal.send_line(line(*xsh_argv, "--guard", "script.xsh"))
    terminal.wait_for("ready")
    pid = int(terminal.text.split("ready ")[1].split()[0])
    terminal.send("\x1a")
    terminal.wait_for("Stopped")
    wait_for_state(pid, "T")
    terminal.send_line("fg")
    wait_for_state(pid, "S")
    terminal.send("\x03")
    terminal.wait_for("got INT")
    prompt_again(terminal)
    terminal.send_line("echo status $?")
    terminal.wait_for("status 130")
    terminal.send_line("exit")
    terminal.wait()


def test_the_terminal_is_closed_under_guard(run: Start) -> None:
    terminal = run("await gather($`ignore-term HUP TERM INT`.grace('100ms'), $`fork-escapee`)\n", "--guard")
    terminal.wait_until(lambda: terminal.transcript.count(b"ready") >= 2, "both")
    pids = [process.pid for process in terminal.living()]
    assert len(pids) >= 4
    os.close(terminal._master)
    os.close(terminal._program_end)
    assert all(process_table.wait_gone(pid) for pid in pids)
    assert terminal.process.wait() == -signal.SIGHUP
    terminal._master, terminal._program_end = os.openpty()


def test_the_modes_are_restored_when_the_worker_is_killed_while_a_command_asks(run: Start) -> None:
    terminal = run("""import os\nprint(os.getpid(), flush=True)\nr = await $`ask-password`\n""", "--guard")
    before = terminal.modes
    terminal.wait_for("Password:")
    worker = int(terminal.screen[0].split()[0])
    assert not terminal.modes[3] & termios.ECHO  # type: ignore[operator]
    os.kill(worker, signal.SIGKILL)
    assert terminal.wait() == -signal.SIGKILL
    assert terminal.living() == []
    assert terminal.modes == before
