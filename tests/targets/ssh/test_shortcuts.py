"""What a login says unasked, and that a host which does not take it is still logged in to the long way."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh.connection import SSHClientConnection
from asyncssh.constants import MSG_KEXINIT

from tests import sshd as servers
from tests.sshd import Sshd
from tests.targets.ssh.refusals import let_in, refused
from xsh import AuthenticationFailed, ConnectFailed
from xsh.targets.ssh.shortcuts import REPLACED, Shortcuts, is_one_key
from xsh.targets.ssh.target import SSHTarget

PROBE, SIGNED = "publickey?", "publickey"


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests to be let in that were sent (RFC 4252 5)."""
    sent: list[str] = []
    send = SSHClientConnection.send_userauth_request

    async def note(self: SSHClientConnection, method: bytes, *parts: bytes, key: Any = None, **more: Any) -> None:
        sent.append(f"{method.decode()}{'?' if method == b'publickey' and key is None else ''}")
        await send(self, method, *parts, key=key, **more)

    monkeypatch.setattr(SSHClientConnection, "send_userauth_request", note)
    return sent


async def test_one_key_is_signed_with_at_once(server: Sshd, requests: list[str]) -> None:
    await let_in(SSHTarget(server.name, **server.arguments()))
    assert requests == [SIGNED]


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
async def test_keys_of_other_kinds(
    kind: str, make_server: Callable[..., Sshd], open_folder: Path, requests: list[str]
) -> None:
    key = open_folder / kind
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(key)], check=True)
    server = make_server(AuthorizedKeysFile=f"{key}.pub")
    await let_in(SSHTarget(server.name, **server.arguments(key=str(key))))
    assert requests == [SIGNED]


async def test_a_key_that_the_host_does_not_take(server: Sshd, tmp_path: Path, requests: list[str]) -> None:
    other = servers.make_key(tmp_path / "other")
    await refused(SSHTarget(server.name, **server.arguments(key=str(other))), AuthenticationFailed, retryable=False)
    assert requests == [SIGNED, "none"]


async def test_several_keys_are_asked_about(server: Sshd, tmp_path: Path, requests: list[str]) -> None:
    other = servers.make_key(tmp_path / "other")
    config = tmp_path / "config"
    config.write_text(
        f"Host web\n  HostName 127.0.0.1\n  Port {server.port}\n  UserKnownHostsFile {server.known_hosts}\n"
        f"  IdentityFile {other}\n  IdentityFile {server.key}\n"
    )
    await let_in(SSHTarget("web", config=str(config)))
    assert requests == ["none", PROBE, PROBE, SIGNED]


@pytest.mark.parametrize("more", ["PreferredAuthentications publickey", "PubkeyAuthentication no"])
async def test_what_the_config_says_of_logging_in_counts(
    more: str, server: Sshd, tmp_path: Path, requests: list[str]
) -> None:
    config = tmp_path / "config"
    config.write_text(
        f"Host web\n  HostName 127.0.0.1\n  Port {server.port}\n  UserKnownHostsFile {server.known_hosts}\n"
        f"  IdentityFile {server.key}\n  {more}\n"
    )
    target = SSHTarget("web", config=str(config))
    if more.startswith("Preferred"):
        await let_in(target)
        assert requests == ["none", PROBE, SIGNED]
    else:
        await refused(target, AuthenticationFailed, retryable=False)
        assert requests == ["none"]


async def test_a_host_that_lets_in_whoever_asks(server: Sshd, tmp_path: Path, requests: list[str]) -> None:
    class Open(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return False

    listener = await asyncssh.listen("127.0.0.1", 0, server_factory=Open, server_host_keys=[str(server.host_key)])
    port = listener.get_port()
    kind, data = Path(f"{server.host_key}.pub").read_text().split()[:2]
    known = tmp_path / "known"
    known.write_text(f"[127.0.0.1]:{port} {kind} {data}\n")
    target = SSHTarget(f"127.0.0.1:{port}", **server.arguments(known_hosts=str(known)))
    try:
        connection = await target.link().login.connect()
        connection.close()
        await connection.wait_closed()
    finally:
        await target.close()
        listener.close()
        await listener.wait_closed()
    assert requests == [SIGNED]


async def test_the_key_exchange_is_opened_unasked(server: Sshd, tmp_path: Path) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # it says nothing itself
        await reader.readuntil(b"\r\n")
        heard.set_result(await reader.readexactly(6))
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        await refused(
            SSHTarget(f"127.0.0.1:{port}", **server.arguments(known_hosts="accept-new")), ConnectFailed, retryable=True
        )
        assert (await heard)[5] == MSG_KEXINIT
    finally:
        listener.close()
        await listener.wait_closed()


class Connection:
    """As much of asyncssh's connection as is replaced."""

    def __init__(self) -> None:
        self._auth_methods = [b"none"]
        self.tried: list[list[bytes]] = []

    def try_next_auth(self, *, next_method: bool = False) -> None:
        if next_method:
            self._auth_methods.pop(0)
        self.tried.append(list(self._auth_methods))

    def _send_version(self) -> None: ...

    def _send_kexinit(self) -> None: ...

    async def public_key_auth_requested(self) -> None: ...

    async def send_userauth_request(self, method: bytes, *parts: bytes, **more: Any) -> None: ...


def test_the_list_is_asked_for_once_where_nothing_else_helps() -> None:
    connection = Connection()
    Shortcuts(connection, signs=True)
    connection.try_next_auth()
    assert connection.tried.pop() == [b"publickey", b"none"]
    connection._auth_methods = [b"publickey", b"password"]
    connection.try_next_auth()
    connection.try_next_auth(next_method=True)
    connection.try_next_auth(next_method=True)
    assert connection.tried.pop() == [b"none"]
    connection._auth_methods = [b"publickey"]
    connection.try_next_auth()
    assert connection.tried.pop() == [b"publickey"]


@pytest.mark.parametrize("name", [*REPLACED, "_auth_methods"])
async def test_where_asyncssh_has_other_names(name: str, server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Shortcuts.__init__

    def begin(self: Shortcuts, connection: Any, *, signs: bool) -> None:
        class Other:
            """The connection, less one name."""

            def __getattr__(self, wanted: str) -> Any:
                if wanted == name:
                    raise AttributeError(wanted)
                return getattr(connection, wanted)

        whole(self, Other(), signs=signs)

    monkeypatch.setattr(Shortcuts, "__init__", begin)
    await let_in(SSHTarget(server.name, **server.arguments()))


async def test_a_connection_has_its_own_methods_back(server: Sshd) -> None:
    target = SSHTarget(server.name, **server.arguments())
    connection = await target.link().ready()
    assert not set(REPLACED) & set(vars(connection))
    await target.close()


def test_what_counts_as_the_is_one_key() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    assert is_one_key([key])
    assert not is_one_key([key, key])
    assert not is_one_key(["~/.ssh/id_rsa"])
    assert not is_one_key(())
    assert not is_one_key([])
