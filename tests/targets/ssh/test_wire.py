"""What goes over the socket of a connection: no packet that hides what the cipher hides already."""

from __future__ import annotations

from collections.abc import Callable

import asyncssh
import pytest

from tests.sshd import Sshd
from xsh.targets.ssh.wire import Wire, put_between


class Client(asyncssh.SSHClient):
    """A client with a wire, as ours."""

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        put_between(conn)


async def packets(cipher: str, server: Sshd, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many packets one command needs."""
    sent: list[bytes] = []
    write = Wire.write

    def note(self: Wire, data: bytes) -> None:
        sent.append(data)
        write(self, data)

    connection = await asyncssh.connect(
        server.address,
        server.port,
        config=None,
        client_factory=Client,
        client_keys=[str(server.key)],
        known_hosts=str(server.known_hosts),
        encryption_algs=[cipher],
    )
    async with connection:
        with monkeypatch.context() as patch:
            patch.setattr(Wire, "write", note)
            assert (await connection.run("echo said")).stdout == "said\n"
    return len(sent)


async def test_empty_packets_are_sent_only_where_a_cipher_needs_them(
    make_server: Callable[..., Sshd], monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = ("aes128-ctr", "aes128-cbc")
    strong = ("aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com")
    server = make_server(Ciphers=",".join((*needed, *strong)))
    counts = {cipher: await packets(cipher, server, monkeypatch) for cipher in (*needed, *strong)}
    assert len({counts[cipher] for cipher in needed}) == len({counts[cipher] for cipher in strong}) == 1
    assert counts[needed[0]] == 2 * counts[strong[0]] > 4
