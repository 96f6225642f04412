"""What the OpenSSH config says: hosts and programs on the way, conditions, files and tokens."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import process_table
from tests.sshd import Sshd
from tests.targets.ssh.client import wait_until
from tests.targets.ssh.refusals import let_in, refused
from xsh import AuthenticationFailed, ConnectFailed, sh
from xsh.targets.ssh.target import SSHTarget


def block(name: str, server: Sshd, *more: str) -> str:
    """The block of a config for a server."""
    lines = [
        "HostName 127.0.0.1",
        f"Port {server.port}",
        f"IdentityFile {server.key}",
        f"UserKnownHostsFile {server.known_hosts}",
        *more,
    ]
    return "\n  ".join([f"Host {name}", *lines]) + "\n"


async def test_a_host_that_is_its_own_jump(server: Sshd, make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    last = make_server()
    config = tmp_path / "config"
    config.write_text(f"{block('last', last)}{block('bastion', server)}Host *\n  ProxyJump bastion\n")
    target = SSHTarget("last", config=str(config))
    assert (await sh(target=target)("echo $SSH_CONNECTION").text()).split()[3] == str(last.port)
    await target.close()
    await let_in(SSHTarget("bastion", config=str(config)))


async def test_a_program_on_the_way(make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    first, last = make_server(), make_server()
    config = tmp_path / "config"
    command = f"ProxyCommand ssh -F {config} -o BatchMode=yes -W %h:%p first"
    config.write_text(block("first", first) + block("last", last, command))
    target = SSHTarget("last", config=str(config))
    assert (await sh(target=target).argv("echo", "in")).text == "in"
    assert len(first.connections()) == 1
    await target.close()
    wait_until(lambda: not first.connections())


@pytest.mark.parametrize("command", ["false", "no-such-program-xsh", "sleep 1000", "echo noise; sleep 1000"])
async def test_a_program_on_the_way_that_does_not_get_there(command: str, server: Sshd, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(block("web", server, f"ProxyCommand {command}", "ConnectTimeout 1"))
    before = {child.pid for child in process_table.children()}
    there = command != "no-such-program-xsh"
    await refused(SSHTarget("web", config=str(config)), ConnectFailed, retryable=there)
    # it was killed; asyncio has yet to reap it
    while {child.pid for child in process_table.children()} - before:
        await asyncio.to_thread(os.sched_yield)


@pytest.mark.parametrize(
    "condition",
    [
        "host 127.0.0.1",
        "originalhost web",
        "originalhost w*,!www",
        "host !elsewhere,*",
        "exec true",
        "originalhost web exec 'test -e {folder}/config'",
        "all",
    ],
)
async def test_a_condition_of_the_config(condition: str, server: Sshd, tmp_path: Path) -> None:
    config = tmp_path / "config"
    text = f"Host web\n  HostName 127.0.0.1\n  Port {server.port}\n  UserKnownHostsFile {server.known_hosts}\n"
    matching = condition.format(folder=tmp_path)
    config.write_text(f"{text}Match {matching}\n  IdentityFile {server.key}\n")
    await let_in(SSHTarget("web", config=str(config)))


@pytest.mark.parametrize("condition", ["host elsewhere", "originalhost !web,*", "exec false", "localuser nobody-xsh"])
async def test_a_condition_that_does_not_hold(
    condition: str, server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    config = tmp_path / "config"
    text = f"Host web\n  HostName 127.0.0.1\n  Port {server.port}\n  UserKnownHostsFile {server.known_hosts}\n"
    config.write_text(f"{text}Match {condition}\n  IdentityFile {server.key}\n")
    await refused(SSHTarget("web", config=str(config)), AuthenticationFailed, retryable=False)


async def test_files_and_tokens_of_the_config(server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh" / "more").mkdir(parents=True)
    for name in ("tilde", "token-web"):
        (tmp_path / ".ssh" / name).symlink_to(server.key)
    (tmp_path / ".ssh" / "more" / "known").write_text(server.known_hosts.read_text())
    for identity in ("~/.ssh/tilde", "%d/.ssh/token-%n"):
        (tmp_path / ".ssh" / "more" / "hosts").write_text(
            f"Host web\n  HostName 127.0.0.1\n  Port {server.port}\n  IdentityFile {identity}\n"
            "  UserKnownHostsFile ~/.ssh/more/known\n"
        )
        (tmp_path / ".ssh" / "config").write_text("Include more/*s\n")
        await let_in(SSHTarget("web"))
