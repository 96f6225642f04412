"""Ctrl-Z at any moment of a script that starts one short program after another: it stops, and goes on."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import process_table
from tests.terminal import PATIENCE, PtySession

Start = Callable[..., PtySession]

PRESSES = 45
LEADER = """\
import os, signal, sys
child = os.fork()
if not child:
    os.setpgid(0, 0)
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, before)
    os.execv(sys.argv[1], sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
"""Has a session and lets the program be a job of it: in a group that is nobody's, Ctrl-Z does nothing (POSIX XBD 3.264)."""
SCRIPT = """\
import os
count = 0
file = os.open("count", os.O_RDWR | os.O_CREAT)
while not os.path.exists("enough"):
    r = await {command}
    count += r.exit_code + 1
    os.pwrite(file, b"%d" % count, 0)
print("ran", count)
"""


def until(fact: Callable[[], bool], name: str) -> None:
    """Wait until a fact holds, looked at all the time."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, name
        time.sleep(0.001)


def stands_still(pid: int) -> bool:
    """Whether a process is stopped."""
    process = process_table.read_process(pid)
    return process is not None and process.state == "T"


@pytest.mark.parametrize("command", ["$`true`", "$`true`.cwd('/')"], ids=["here", "elsewhere"])
def test_a_script_of_short_commands_survives_ctrl_z(
    command: str, pty_session: Start, tmp_path: Path, xsh_argv: list[str]
) -> None:
    (tmp_path / "script.xsh").write_text(SCRIPT.format(command=command))
    argv = [sys.executable, "-c", LEADER, *xsh_argv, "script.xsh"]
    terminal = pty_session(argv, env={"PATH": os.environ["PATH"]})

    def count() -> int:
        try:
            return int((tmp_path / "count").read_text() or "0")
        except FileNotFoundError:
            return 0

    until(lambda: count() > 0, "a first command")
    group = terminal.foreground_group
    for press in range(PRESSES):
        terminal.send("\x1a")
        until(lambda: stands_still(group), f"stopped by press {press}")
        # not always at the same moment of a spawn
        wanted = count() + press % 7
        os.killpg(group, signal.SIGCONT)
        until(lambda wanted=wanted: count() > wanted, f"gone on after press {press}")
    (tmp_path / "enough").touch()
    assert terminal.wait() == 0
    assert f"ran {count()}" in terminal.text
