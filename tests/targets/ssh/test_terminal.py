"""Programs on a host that want a terminal: `.pty()`, and statements in front of the user."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sshd import Sshd
from tests.targets.conformance import alive
from tests.terminal import PtySession
from xsh import sh
from xsh.targets.ssh.target import SSHTarget

HEAD = """
import sys
name, key, known = sys.argv[1:4]
host = $.ssh(name, key=key, known_hosts=known, config=False)
"""


@pytest.fixture
def on_terminal(
    server: Sshd, tmp_path: Path, xsh_argv: list[str], pty_session: Callable[..., PtySession]
) -> Callable[..., PtySession]:
    """`on_terminal("script")` runs a script that has `host` in a terminal of 30 by 100."""

    def start(text: str) -> PtySession:
        script = tmp_path / "script.xsh"
        script.write_text(HEAD + text)
        words = [server.name, str(server.key), str(server.known_hosts)]
        return pty_session([*xsh_argv, str(script), *words], rows=30, cols=100)

    return start


async def test_a_captured_program_with_a_terminal_of_its_own(target: SSHTarget) -> None:
    shell = sh(target=target)
    result = await shell.argv("sh", "-c", 'test -t 0 && test -t 1 && printf "a\\n"; exit 4').pty().nothrow()
    assert (result.stdout_bytes, result.exit_code) == (b"a\r\n", 4)
    assert (
        await shell.argv("sh", "-c", 'read -r word; echo "<$word>"').pty().input("hello\n").text() == "hello\r\n<hello>"
    )
    await target.close()


async def test_stopped_it_leaves_nothing(target: SSHTarget, tmp_path: Path) -> None:
    mark = f"pty {tmp_path}"
    command = sh(target=target).argv("sh", "-c", "trap '' HUP; sleep 1000; :").env(XSH_TEST_COOKIE=mark)
    job = command.pty().start()
    while not alive(mark):
        await sh.argv("true")
    await job.kill()
    assert not alive(mark)
    await target.close()


def test_a_statement_has_the_users_terminal(on_terminal: Callable[..., PtySession]) -> None:
    session = on_terminal("print('before')\nawait host`sh -c 'stty size; test -t 0 && echo yes'`\nprint('after')\n")
    before = session.modes
    assert session.wait(40) == 0
    lines = session.text.splitlines()
    assert lines == ["before", "30 100", "yes", "after"]
    assert session.modes == before


def test_a_new_size_is_told(on_terminal: Callable[..., PtySession]) -> None:
    text = 'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.1; done'
    session = on_terminal(f"await host`sh -c ${{{text!r}}}`\n")
    session.wait_for("ready", 20)
    session.resize(40, 120)
    assert session.wait(40) == 0
    assert "40 120" in session.text


def test_keys_go_there_as_they_are(on_terminal: Callable[..., PtySession]) -> None:
    session = on_terminal(
        "await host`sh -c 'stty raw -echo; echo ready; dd bs=1 count=3 2>/dev/null | od -An -c; stty sane'`\n"
    )
    before = session.modes
    session.wait_for("ready", 20)
    session.send("\x03\x1a\x04")
    assert session.wait(40) == 0
    assert "003 032 004" in session.text
    assert session.modes == before


def test_ctrl_c_ends_the_program_there_and_the_script(on_terminal: Callable[..., PtySession]) -> None:
    session = on_terminal("await host`sh -c 'echo ready; exec sleep 1000'`\nprint('never')\n")
    before = session.modes
    session.wait_for("ready", 20)
    session.send("\x03")
    assert session.wait(40) in (-signal.SIGINT, 128 + signal.SIGINT)
    assert "never" not in session.text
    assert session.modes == before
