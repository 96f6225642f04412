"""The world of a prompt turns against it: its terminal is closed, modules lie in its directory that are none of Python's."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests import process_table
from tests.repl.histories import rows
from tests.script_runner import CHECKOUT, ScriptRunner
from tests.terminal import PtySession


@pytest.mark.parametrize("running", ["", "sleep 1000", "r = await $`sleep 1000`", "ignore-term HUP TERM INT"])
def test_the_terminal_is_closed(
    running: str, pty_session: Callable[..., PtySession], xsh_argv: list[str], script: ScriptRunner
) -> None:
    env = {"HOME": str(script.home), "XDG_STATE_HOME": "", "PROMPT_TOOLKIT_NO_CPR": "1"}
    terminal = pty_session([*xsh_argv, "--no-rc"], env=env)
    terminal.wait_for(">", 30)
    terminal.send_line("sleep 1001 &")
    terminal.send_line("echo one-$((1+1))")
    terminal.wait_for("one-2")
    expected = 2
    if running:
        terminal.send_line(running)
        expected = 3

    def there() -> bool:
        return len([p for p in terminal.living() if p.command.startswith(("sleep", "bash", "/bin/sh"))]) >= expected - 1

    while not there():
        os.sched_yield()
    pids = [process.pid for process in terminal.living()]
    os.close(terminal._master)
    os.close(terminal._program_end)
    try:
        assert all(process_table.wait_gone(pid, 20) for pid in pids)
        assert terminal.process.wait() == 128 + signal.SIGHUP
    finally:
        terminal._master, terminal._program_end = os.openpty()
    kept = [text for (text,) in rows(script.home / ".local/state/xsh/history.sqlite")]
    assert kept[:2] == ["sleep 1001 &", "echo one-$((1+1))"]


def test_modules_that_lie_in_the_directory_are_not_taken_for_those_of_python(
    pty_session: Callable[..., PtySession], xsh_argv: list[str], script: ScriptRunner
) -> None:
    place = script.folder / "hostile"
    place.mkdir()
    # what the shell itself imports, early and late
    for name in (
        "sqlite3",
        "asyncio",
        "re",
        "ctypes",
        "random",
        "prompt_toolkit",
        "pygments",
        "difflib",
        "shutil",
        "rlcompleter",
    ):
        (place / f"{name}.py").write_text(f"open({str(script.folder / 'planted')!r}, 'a').write({name!r} + ' ')\n")
    env = {"HOME": str(script.home), "XDG_STATE_HOME": "", "PROMPT_TOOLKIT_NO_CPR": "1"}
    # as it is installed: `python -m` itself would look in the directory first
    launcher = str(CHECKOUT / "scripts" / "xsh")
    terminal = pty_session([xsh_argv[0], launcher, "--no-rc"], env=env, cwd=place)
    terminal.wait_for(">", 30)
    terminal.send_line("echo one-$((1+1))")
    terminal.wait_for("one-2")
    terminal.send_line("frobnicat")
    terminal.wait_for("frobnicat")
    terminal.send_line("1/0")
    terminal.wait_for("ZeroDivisionError")
    (place / "helpers.py").write_text("x = 6 * 7\n")
    terminal.send_line("import helpers; helpers.x")
    terminal.wait_for("42")
    terminal.send_line("exit")
    terminal.wait()
    assert not (script.folder / "planted").exists(), (script.folder / "planted").read_text()
