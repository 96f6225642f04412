"""One connection that many wait for, some of whom stop waiting, close it, or lose it before it is ready."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncssh
import pytest

from tests.sshd import Sshd
from xsh import ConnectFailed
from xsh.targets.ssh.link import Link
from xsh.targets.ssh.target import SSHTarget


async def begun(link: Link) -> None:
    """Return once somebody has asked for the connection."""
    while link.connecting is None:  # noqa: ASYNC110 - an attribute, which nobody tells of
        await asyncio.sleep(0)


async def test_a_connection_that_others_have_given_up_is_made_again(server: Sshd) -> None:
    link = SSHTarget(server.name, **server.arguments()).link()
    waiting = asyncio.create_task(link.ready())
    await begun(link)
    # the one who had asked for it was cancelled, and it has not ended yet
    link.connecting.cancel()
    await waiting
    assert link.alive
    await link.close()


async def test_a_connection_that_was_given_up_in_this_moment(server: Sshd) -> None:
    link = SSHTarget(server.name, **server.arguments()).link()
    link.connecting = asyncio.create_task(asyncio.sleep(0))
    link.connecting.cancel()
    await asyncio.wait([link.connecting])
    await link.ready()
    assert link.alive
    await link.close()


async def test_closed_while_a_file_waits_for_the_connection(server: Sshd) -> None:
    target = SSHTarget(server.name, **server.arguments())
    link = target.link()
    waiting = asyncio.create_task(link.ready())
    await begun(link)
    await target.close()
    with pytest.raises(ConnectFailed, match="was closed"):
        await waiting


async def test_a_guard_is_not_given_up_for_a_session_that_is_not_free_yet(
    server: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = SSHTarget(server.name, **server.arguments()).link()
    connection = await link.login.connect()
    open_session, refused = connection.create_session, []

    async def second_time(*arguments: Any, **settings: Any) -> Any:
        if not refused:
            refused.append(True)
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "open failed")
        return await open_session(*arguments, **settings)

    monkeypatch.setattr(connection, "create_session", second_time)
    link.connection = connection
    await link.ready()
    assert refused
    assert link.guard is not None
    await link.close()


class HangsUp:
    """A connection that ends as soon as it is used."""

    closed = False

    def is_closed(self) -> bool:
        return self.closed

    async def create_session(self, *_: object, **__: object) -> None:
        self.closed = True
        raise asyncssh.ConnectionLost("Connection lost")


async def test_a_host_that_hangs_up_while_the_guard_starts(server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    async def connect() -> HangsUp:
        return HangsUp()

    link = SSHTarget(server.name, **server.arguments()).link()
    monkeypatch.setattr(link.login, "connect", connect)
    with pytest.raises(ConnectFailed, match="closed the connection") as caught:
        await link.ready()
    assert (caught.value.host, caught.value.retryable) == (server.name, True)
