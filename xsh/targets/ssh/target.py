"""A machine that is reached by SSH, as a place to run: the Target port."""

from __future__ import annotations

import asyncio

from xsh.targets.ssh.address import parse_address
from xsh.targets.ssh.sudo import parse_sudo
from xsh.words.portable import AnyShell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import Any

    from xsh.command.target import SpawnRequest
    from xsh.targets.ssh.link import Link
    from xsh.targets.ssh.process import RemoteProcess


def silent(text: str) -> None:
    """Say nothing: what a notice is given to where nobody listens."""
    del text


KEEPALIVE = 2.0
"""Seconds of silence after which the guard takes us for dead, unless the user says otherwise."""
SETTINGS = ("password", "key", "config", "known_hosts", "connect_timeout", "keepalive", "max_sessions", "sudo")


class SSHTarget:
    """A host by SSH; nothing is connected, and asyncssh is not imported, before the first command."""

    needs_loop = True

    def __init__(self, name: str, *, user: str | None = None, port: int | None = None, **settings: Any) -> None:
        address = parse_address(name)
        self.name = name
        self.address = address
        address.user = user or address.user
        address.port = port or address.port
        unknown = [key for key in settings if key not in SETTINGS]
        if unknown:
            raise TypeError(f"ssh has no setting {unknown[0]!r}; known are user, port, {', '.join(SETTINGS)}")
        parse_sudo(settings.get("sudo"))
        self.settings: dict[str, Any] = {"keepalive": KEEPALIVE, **settings}
        self.ask: Callable[[str], Awaitable[str]] | None = None
        self.say: Callable[[str], None] = silent
        self._link: Link | None = None

    def spawn(self, request: SpawnRequest) -> RemoteProcess:
        """Start one program and return at once; what goes wrong is the process's `error`."""
        from xsh.targets.ssh.process import RemoteProcess

        return RemoteProcess(self.link(), request)

    def nearest(self, name: str) -> list[str]:
        """The programs there whose names are close; none, since nobody can be asked without waiting."""
        return []

    def shell(self) -> str:
        """The shell for shell text: bash, or sh where there is none, which shows when the text is sent."""
        return AnyShell("bash")

    def link(self) -> Link:
        """The connection's keeper in the running loop; raises RuntimeError outside of one."""
        loop = asyncio.get_running_loop()
        link = self._link
        if link is None or link.loop is not loop or link.closed:
            link = self._link = self._new_link()
        return link

    def _new_link(self) -> Link:
        from xsh.targets.ssh.link import Link
        from xsh.targets.ssh.login import Login

        settings = self.settings
        login = Login(self.name, self.address, settings, self.ask)
        return Link(
            login, settings["keepalive"], settings.get("max_sessions"), self.say, parse_sudo(settings.get("sudo"))
        )

    async def close(self) -> None:
        """Close the connection, if there is one."""
        link, self._link = self._link, None
        if link is not None and not link.loop.is_closed() and link.loop is asyncio.get_running_loop():
            await link.close()

    def __repr__(self) -> str:
        return f"<host {self.name}>"


async def close_all(targets: Iterable[SSHTarget]) -> None:
    """Close the connections of many hosts at the same time."""
    await asyncio.gather(*(target.close() for target in targets))
