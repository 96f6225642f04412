"""What a host asks for, a password, a code, a passphrase: at the prompt, unseen, and an error where nobody is there."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests import sshd as servers
from tests.script_runner import ScriptRunner
from tests.sshd import Sshd
from tests.targets.ssh.accounts import PASSWORD, account
from tests.targets.ssh.client import wait_until
from tests.targets.ssh.refusals import let_in, refused
from tests.terminal import PtySession
from xsh import AuthenticationFailed
from xsh.targets.ssh.address import parse_address
from xsh.targets.ssh.login import Login
from xsh.targets.ssh.target import SSHTarget

ASKING = {
    "password": {"PasswordAuthentication": "yes"},
    "keyboard-interactive": {"KbdInteractiveAuthentication": "yes"},
}
HEAD = """
import sys
name, known, key = sys.argv[1:4]
host = $.ssh(name, key=key or None, known_hosts=known, config=False)
"""


@pytest.fixture(params=ASKING)
def asking(request: pytest.FixtureRequest, make_server: Callable[..., Sshd], open_folder: Path) -> Iterator[Sshd]:
    """A server that takes the password of a user, asked for in either way, and no key."""
    with account(open_folder) as user:
        yield make_server(user=user, UsePAM="yes", PubkeyAuthentication="no", **ASKING[request.param])


@pytest.fixture
def at_terminal(
    tmp_path: Path, xsh_argv: list[str], pty_session: Callable[..., PtySession]
) -> Callable[..., PtySession]:
    """`at_terminal(server, "text", key)`: a script that has `host`, in a terminal."""

    def start(server: Sshd, text: str, key: str = "") -> PtySession:
        script = tmp_path / "script.xsh"
        script.write_text(HEAD + text)
        return pty_session([*xsh_argv, str(script), server.name, str(server.known_hosts), key], rows=30, cols=120)

    return start


def test_a_password_is_asked_for_at_the_prompt_and_not_shown(
    asking: Sshd, at_terminal: Callable[..., PtySession]
) -> None:
    session = at_terminal(asking, "print('<', await host`echo in`, '>')\n")
    session.wait_for(asking.name, 20)
    session.send("wrong\r")
    wait_until(lambda: (session.wait_for("assword", 20), session.text.count("assword"))[1] >= 2)
    session.send(f"{PASSWORD}\r")
    assert session.wait(30) == 0, session.text
    assert "< in >" in session.text
    assert "sesame" not in session.text
    assert "wrong" not in session.text


def test_a_password_and_nobody_to_ask_is_told_by_the_script(asking: Sshd, script: ScriptRunner) -> None:
    run = script(f"{HEAD}await host`echo never`\n", asking.name, str(asking.known_hosts), "")
    assert run.returncode == 255
    assert asking.name in run.stderr
    assert "no terminal to ask at" in run.stderr


async def test_a_password_that_is_given_answers(asking: Sshd) -> None:
    arguments = asking.arguments(key=None)
    await let_in(SSHTarget(asking.name, **arguments, password=PASSWORD))
    await refused(SSHTarget(asking.name, **arguments, password="wrong"), AuthenticationFailed, retryable=False)


def test_a_passphrase_is_asked_for_at_the_prompt(
    make_server: Callable[..., Sshd], tmp_path: Path, at_terminal: Callable[..., PtySession]
) -> None:
    server = make_server()
    locked = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "opensesame", "-f", str(locked)], check=True)
    server.authorized.write_text(Path(f"{locked}.pub").read_text())
    session = at_terminal(server, "print('<', await host`echo in`, '>')\n", str(locked))
    session.wait_for("Passphrase of", 20)
    session.send("opensesame\r")
    assert session.wait(30) == 0, session.text
    assert "< in >" in session.text
    assert "opensesame" not in session.text


class AsksTwice(asyncssh.SSHServer):
    """A host that wants a password and then a code, which sshd does by modules of PAM only."""

    def begin_auth(self, username: str) -> bool:
        return True

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        self.right = 0
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: Any) -> Any:
        if list(responses) != [["secret"], ["123456"]][self.right]:
            return False
        self.right += 1
        return True if self.right == 2 else ("", "", "", [("Code: ", True)])


async def test_a_password_that_is_given_and_a_code_that_is_asked_for(tmp_path: Path) -> None:
    key = servers.make_key(tmp_path / "host")
    questions: list[str] = []

    async def answer(question: str) -> str:
        questions.append(question)
        return "123456" if "Code" in question else "secret"

    async with await asyncssh.listen("127.0.0.1", 0, server_factory=AsksTwice, server_host_keys=[key]) as listener:
        name = f"127.0.0.1:{listener.get_port()}"
        known = tmp_path / "known"
        known.write_text(f"[127.0.0.1]:{listener.get_port()} {Path(f'{key}.pub').read_text()}")
        settings: dict[str, Any] = {"known_hosts": str(known), "config": False, "keepalive": 2.0}
        for given, asked in ("secret", 1), (None, 2):
            login = Login(name, parse_address(name), {**settings, "password": given}, answer)
            (await login.connect()).abort()
            assert len(questions) == asked
            questions.clear()
        for given, ask in ("wrong", answer), ("secret", None):
            with pytest.raises(AuthenticationFailed):
                await Login(name, parse_address(name), {**settings, "password": given}, ask).connect()
        assert not questions
