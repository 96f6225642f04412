"""Getting in, or being told precisely why not: the class of the error, the host's name, whether trying again can help."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import sshd as servers
from tests.sshd import Sshd
from tests.targets.ssh.refusals import let_in, refused
from xsh import (
    AuthenticationFailed,
    ConnectFailed,
    ConnectionLost,
    gather,
    sh,
)
from xsh.targets.ssh.target import SSHTarget


async def test_no_such_host(server: Sshd) -> None:
    error = await refused(SSHTarget("no-such-host.invalid", **server.arguments()), ConnectFailed, retryable=False)
    assert "no such host" in str(error)


async def test_nobody_listens(server: Sshd) -> None:
    target = SSHTarget(f"127.0.0.1:{servers.free_port()}", **server.arguments())
    assert "connection refused" in str(await refused(target, ConnectFailed, retryable=True))


async def test_a_host_that_accepts_and_never_answers(server: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = SSHTarget(f"127.0.0.1:{silent.getsockname()[1]}", **server.arguments(connect_timeout=0.3))
        error = await refused(target, ConnectFailed, retryable=True)
        assert "no answer within 0.3 s" in str(error)


async def test_a_host_that_speaks_something_else(server: Sshd) -> None:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        target = SSHTarget(f"127.0.0.1:{port}", **server.arguments(connect_timeout=3.0))
        with pytest.raises(ConnectFailed):
            await sh(target=target).argv("true")
        await target.close()


async def test_a_key_the_host_does_not_take(server: Sshd, tmp_path: Path) -> None:
    other = servers.make_key(tmp_path / "other")
    target = SSHTarget(server.name, **server.arguments(key=str(other)))
    error = await refused(target, AuthenticationFailed, retryable=False)
    assert error.hint


async def test_a_key_that_is_not_there(server: Sshd, tmp_path: Path) -> None:
    target = SSHTarget(server.name, **server.arguments(key=str(tmp_path / "none")))
    error = await refused(target, ConnectFailed, retryable=False)
    assert f"{tmp_path}/none: no such file" in str(error)


@pytest.fixture
def locked(server: Sshd, tmp_path: Path) -> Iterator[Path]:
    """A key with a passphrase, which lets in."""
    path = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "opensesame", "-f", str(path)], check=True)
    before = server.authorized.read_text()
    server.authorized.write_text(before + Path(f"{path}.pub").read_text())
    yield path
    server.authorized.write_text(before)


class Person:
    """Answers questions, the last answer for ever."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def answer(self, question: str) -> str:
        self.asked.append(question)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_a_key_with_a_passphrase_and_nobody_to_ask(server: Sshd, locked: Path) -> None:
    error = await refused(
        SSHTarget(server.name, **server.arguments(key=str(locked))), AuthenticationFailed, retryable=False
    )
    assert "passphrase" in str(error)


@pytest.mark.parametrize("beside", [[], ["-cert.pub"]], ids=["alone", "something beside it"])
async def test_a_passphrase_is_asked_for_once_for_all_hosts(server: Sshd, locked: Path, beside: list[str]) -> None:
    for suffix in beside:
        Path(f"{locked}{suffix}").write_text("no certificate\n")
    person = Person("wrong", "opensesame")
    targets = [SSHTarget(server.name, **server.arguments(key=str(locked))) for _ in range(4)]
    for target in targets:
        target.ask = person.answer
    await asyncio.gather(*(let_in(target) for target in targets))
    assert person.asked == [f"Passphrase of {locked}:"] * 2
    again = SSHTarget(server.name, **server.arguments(key=str(locked)))
    again.ask = person.answer
    await let_in(again)
    assert len(person.asked) == 2


async def test_wrong_passphrases_are_the_error_of_all_hosts(server: Sshd, locked: Path) -> None:
    person = Person("wrong")
    targets = [SSHTarget(server.name, **server.arguments(key=str(locked))) for _ in range(2)]
    for target in targets:
        target.ask = person.answer
    errors = await asyncio.gather(*(refused(target, AuthenticationFailed, retryable=False) for target in targets))
    assert all("no answer was the passphrase" in str(error) for error in errors)
    assert len(person.asked) == 3


async def test_a_password_without_a_terminal_is_told(make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    server = make_server(PasswordAuthentication="yes")
    other = servers.make_key(tmp_path / "other")
    target = SSHTarget(server.name, **server.arguments(key=str(other)))
    error = await refused(target, AuthenticationFailed, retryable=False)
    assert "no terminal to ask at" in str(error.hint)


async def test_a_password_that_is_given(make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    server = make_server(PasswordAuthentication="yes")
    other = servers.make_key(tmp_path / "other")
    target = SSHTarget(server.name, **server.arguments(key=str(other), password="wrong"))
    await refused(target, AuthenticationFailed, retryable=False)
    asked: list[str] = []

    async def answer(question: str) -> str:
        asked.append(question)
        return "wrong as well"

    target = SSHTarget(server.name, **server.arguments(key=str(other)))
    target.ask = answer
    await refused(target, AuthenticationFailed, retryable=False)
    assert asked == [f"Password of {server.name}:"] * 3


# -- the config --------------------------------------------------------------------------------------------------------


async def test_the_config_names_host_port_user_and_key(server: Sshd, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        f"Host web\n  HostName 127.0.0.1\n  Port {server.port}\n  IdentityFile {server.key}\n"
        f"  IdentityFile {tmp_path}/missing\n  UserKnownHostsFile {server.known_hosts}\n  Ciphers aes256-ctr\n"
    )
    target = SSHTarget("web", config=str(config))
    result = await sh(target=target).argv("echo", "in")
    assert (result.text, result.host) == ("in", "web")
    await target.close()


async def test_hosts_to_go_through(make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    first, second, last = make_server(), make_server(), make_server()
    config = tmp_path / "config"
    text = ""
    for name, server in (("first", first), ("second", second), ("last", last)):
        text += f"Host {name}\n  HostName 127.0.0.1\n  Port {server.port}\n  IdentityFile {server.key}\n"
        text += f"  UserKnownHostsFile {server.known_hosts}\n"
    config.write_text(text + "  ProxyJump first,second\n")
    target = SSHTarget("last", config=str(config))
    seen = await sh(target=target)("echo $SSH_CONNECTION").text()
    assert seen.split()[3] == str(last.port)
    assert len(first.connections()) == len(second.connections()) == 1
    await target.close()
    first.stop()
    target = SSHTarget("last", config=str(config))
    with pytest.raises(ConnectFailed, match="first: connection refused"):
        await sh(target=target).argv("true")
    await target.close()


async def test_hosts_that_lead_through_each_other(server: Sshd, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("Host one\n  ProxyJump two\nHost two\n  ProxyJump one\n")
    target = SSHTarget("one", **server.arguments(config=str(config)))
    assert "one -> two -> one" in str(await refused(target, ConnectFailed, retryable=False))


async def test_a_proxy_command_that_is_not_there(server: Sshd, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("ProxyCommand /no/such/program %h\n")
    target = SSHTarget("one", **server.arguments(config=str(config)))
    assert "/no/such/program" in str(await refused(target, ConnectFailed, retryable=False))


# -- what a host does to us --------------------------------------------------------------------------------------------


async def test_two_sessions_are_enough(make_server: Callable[..., Sshd]) -> None:
    server = make_server(MaxSessions=2)
    target = SSHTarget(server.name, **server.arguments())
    results = await gather(*(sh(target=target).argv("echo", number) for number in range(30)))
    assert [result.text for result in results] == [str(number) for number in range(30)]
    await target.close()


async def test_cut_in_the_middle_of_its_output(make_server: Callable[..., Sshd]) -> None:
    server = make_server()
    target = SSHTarget(server.name, **server.arguments())
    job = sh(target=target).argv("sh", "-c", "echo first; sleep 1000; :").start()
    assert await anext(job.stdout) == "first"
    server.cut()
    with pytest.raises(ConnectionLost) as caught:
        await job.wait()
    error = caught.value
    assert error.host == server.name
    assert error.retryable
    assert error.result is not None
    assert error.result.stdout == "first\n"
    # the next command makes a new connection
    assert (await sh(target=target).argv("echo", "again")).text == "again"
    await target.close()
