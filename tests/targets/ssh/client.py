"""An xsh script with a remote command, run as a program of its own so that a test can freeze and kill it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests import process_table
from tests.script_runner import CHECKOUT
from tests.sshd import Sshd

SCRIPT = """
import sys
name, key, known, folder, text, mark = sys.argv[1:7]
host = $.ssh(name, key=key, known_hosts=known, config=False)
await host`sh -c ${text}`.cwd(folder).env({"XSH_TEST_COOKIE": mark}).grace("1s")
"""

PATIENCE = 20.0
"""Seconds that a busy machine may take."""


def start(
    server: Sshd, folder: Path, text: str, mark: str, script: str = SCRIPT, *words: str
) -> subprocess.Popen[bytes]:
    """Start the script; its command has `mark` in its environment and runs in `folder`."""
    folder.chmod(0o777)
    file = folder / "client.xsh"
    file.write_text(script)
    arguments = [server.name, str(server.key), str(server.known_hosts), str(folder), text, mark, *words]
    return subprocess.Popen(
        [sys.executable, "-m", "xsh", str(file), *arguments],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), process_table.COOKIE: "client"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def wait_until(fact: Callable[[], bool], within: float = PATIENCE) -> None:
    """Return once something is so; AssertionError after `within` seconds."""
    deadline = time.monotonic() + within
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.01)
