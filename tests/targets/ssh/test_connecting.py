"""Getting in, or being told precisely why not: the class of the error, the host's name, whether trying again can help."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import sshd as servers
from tests.sshd import Sshd
from xsh import (
    AuthenticationFailed,
    ConnectFailed,
    ConnectionLost,
    HostKeyMismatch,
    HostKeyUnknown,
    TargetError,
    gather,
    sh,
)
from xsh.targets.ssh.target import SSHTarget


async def refused(target: SSHTarget, kind: type[TargetError], *, retryable: bool) -> TargetError:
    """The error that a command ends with, its facts checked."""
    try:
        with pytest.raises(kind) as caught:
            await sh(target=target).argv("echo", "never")
    finally:
        await target.close()
    error = caught.value
    assert error.host == target.name
    assert target.name in str(error)
    assert error.retryable is retryable
    assert error.exit_code == 255
    return error


async def test_no_such_host(server: Sshd) -> None:
    error = await refused(SSHTarget("no-such-host.invalid", **server.arguments()), ConnectFailed, retryable=False)
    assert "no such host" in str(error)


async def test_nobody_listens(server: Sshd) -> None:
    target = SSHTarget(f"127.0.0.1:{servers.free_port()}", **server.arguments())
    assert "connection refused" in str(await refused(target, ConnectFailed, retryable=True))


async def test_a_host_that_accepts_and_never_answers(server: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = SSHTarget(f"127.0.0.1:{silent.getsockname()[1]}", **server.arguments(connect_timeout=0.3))
        began = time.monotonic()
        error = await refused(target, ConnectFailed, retryable=True)
        assert 0.2 < time.monotonic() - began < 2
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
    with pytest.raises(TargetError, match="no such file"):
        await sh(target=target).argv("true")
    await target.close()


async def test_a_key_with_a_passphrase(server: Sshd, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "opensesame", "-f", str(locked)], check=True)
    before = server.authorized.read_text()
    server.authorized.write_text(before + Path(f"{locked}.pub").read_text())
    asked: list[str] = []

    async def answer(question: str) -> str:
        asked.append(question)
        return "opensesame"

    try:
        target = SSHTarget(server.name, **server.arguments(key=str(locked)))
        error = await refused(target, AuthenticationFailed, retryable=False)
        assert "passphrase" in str(error)
        target = SSHTarget(server.name, **server.arguments(key=str(locked)))
        target.ask = answer
        assert (await sh(target=target).argv("echo", "in")).text == "in"
        assert len(asked) == 1
        assert str(locked) in asked[0]
        await target.close()
    finally:
        server.authorized.write_text(before)


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


# -- host keys ---------------------------------------------------------------------------------------------------------


async def test_an_unknown_host_shows_its_fingerprint_and_the_command(server: Sshd, tmp_path: Path) -> None:
    known = tmp_path / "known hosts"
    target = SSHTarget(server.name, **server.arguments(known_hosts=str(known)))
    error = await refused(target, HostKeyUnknown, retryable=False)
    shown = subprocess.run(["ssh-keygen", "-lf", f"{server.host_key}.pub"], capture_output=True, text=True, check=True)
    assert shown.stdout.split()[1] in str(error)
    assert error.hint is not None
    command = error.hint.partition(": ")[2].partition(";")[0]
    subprocess.run(["sh", "-c", command], check=True)
    target = SSHTarget(server.name, **server.arguments(known_hosts=str(known)))
    assert (await sh(target=target).argv("echo", "in")).text == "in"
    await target.close()


async def test_a_changed_key_is_refused_also_where_new_ones_are_accepted(server: Sshd, tmp_path: Path) -> None:
    other = servers.make_key(tmp_path / "other")
    known = tmp_path / "known"
    kind, data = Path(f"{other}.pub").read_text().split()[:2]
    known.write_text(f"[127.0.0.1]:{server.port} {kind} {data}\n")
    target = SSHTarget(server.name, **server.arguments(known_hosts=str(known)))
    error = await refused(target, HostKeyMismatch, retryable=False)
    assert "CHANGED" in str(error)
    assert str(error).count("SHA256:") == 2
    assert "ssh-keygen -R" in str(error.hint)


async def test_accept_new_remembers_the_first_key_and_refuses_the_next(
    make_server: Callable[..., Sshd], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    server = make_server()
    arguments = server.arguments(known_hosts="accept-new")
    target = SSHTarget(server.name, **arguments)
    assert (await sh(target=target).argv("echo", "in")).text == "in"
    await target.close()
    known = tmp_path / ".ssh/known_hosts"
    assert known.read_text() == server.known_hosts.read_text()
    assert known.stat().st_mode & 0o077 == 0
    server.stop()
    for file in (server.host_key, Path(f"{server.host_key}.pub")):
        file.unlink()
    servers.make_key(server.host_key)
    server.start()
    await refused(SSHTarget(server.name, **arguments), HostKeyMismatch, retryable=False)
    assert len(known.read_text().splitlines()) == 1


async def test_hashed_names_are_known(server: Sshd, tmp_path: Path) -> None:
    known = tmp_path / "known"
    shutil.copy(server.known_hosts, known)
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(known)], check=True, capture_output=True)
    assert "127.0.0.1" not in known.read_text()
    target = SSHTarget(server.name, **server.arguments(known_hosts=str(known)))
    assert (await sh(target=target).argv("echo", "in")).text == "in"
    await target.close()


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


@pytest.mark.parametrize("file", [".bashrc", ".profile"])
async def test_a_start_up_file_that_talks(file: str, make_server: Callable[..., Sshd]) -> None:
    server = make_server()
    (server.home / file).write_text("echo NOISE; echo noise >&2\n")
    target = SSHTarget(server.name, **server.arguments())
    shell = sh(target=target)
    assert (await shell.argv("cat").input("mine")).stdout == "mine"
    assert await shell("echo one | cat").text() == "one"
    await target.close()


@pytest.mark.parametrize("login_shell", ["sh", "bash", "dash", "zsh", "fish", "mksh", "ksh", "tcsh", "busybox"])
async def test_every_login_shell_passes_values_on(
    login_shell: str, make_server: Callable[..., Sshd], tmp_path: Path
) -> None:
    from tests.targets.conformance import CORPUS

    program = shutil.which(login_shell)
    if program is None or os.geteuid() != 0:
        pytest.skip(f"{login_shell} is not installed, or nobody can be given it")
    user = f"xsh-{login_shell}-{os.getpid()}"
    path = tmp_path / "login" / "ash" if login_shell == "busybox" else Path(program)
    if login_shell == "busybox":
        path.parent.mkdir()
        path.symlink_to(program)
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(0o755)
    subprocess.run(["useradd", "-M", "-d", "/nonexistent", "-s", str(path), "-p", "*", user], check=True)
    try:
        server = make_server(user=user)
        target = SSHTarget(server.name, **server.arguments())
        shell = sh(target=target)
        result = await shell.argv("sh", "-c", 'printf "%s\\0" "$@"', "sh", CORPUS)
        assert result.stdout_bytes.split(b"\0")[:-1] == [word.encode("utf-8", "surrogateescape") for word in CORPUS]
        assert await shell("printf '%s|' ${words} | cat", words=["a b", "'", "\\"]).text() == "a b|'|\\|"
        assert (await shell.argv("sh", "-c", "kill -TERM $$").nothrow()).signal == "SIGTERM"
        await target.close()
    finally:
        subprocess.run(["userdel", "-f", user], check=True, capture_output=True)


async def test_shell_text_where_there_is_no_bash(target: SSHTarget) -> None:
    shell: Any = sh(target=target)
    await shell.argv("true")
    target.link().wrapper.has_bash = False
    words = [f"w{number} '" for number in range(40)]
    text = "for word in ${words}; do printf '%s,' \"$word\"; done | cat && echo ${end}"
    assert await shell(text, words=words, end="e d").text() == "".join(f"{word}," for word in words) + "e d"
    with pytest.raises(Exception, match="exit 1"):
        await shell("false; echo on")
    await target.close()
