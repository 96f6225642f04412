"""Ports of another machine here, and ports of this one there, while a block runs."""

from __future__ import annotations

import asyncssh

from xsh.errors import ConnectFailed
from xsh.targets.ssh.address import checked_port

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, Self

HOME = "localhost"
"""Where a port without a host is: the machine itself."""


class Forwarding:
    """One forwarded port; `port` is the listening one, known inside the block."""

    def __init__(
        self, link: Callable[[], Awaitable[Any]], local: int | str, remote: int | str, *, reverse: bool = False
    ) -> None:
        self._link = link
        self.local = place(local, listens=not reverse)
        self.remote = place(remote, listens=reverse)
        self.reverse = reverse
        self._listener: Any = None

    @property
    def port(self) -> int:
        """The port that listens; raises RuntimeError outside of the block."""
        if self._listener is None:
            raise RuntimeError("the port is forwarded inside `async with` only")
        return int(self._listener.get_port())

    async def __aenter__(self) -> Self:
        link = await self._link()
        connection = await link.ready()
        way, (listen, target) = (
            (connection.forward_remote_port, (self.remote, self.local))
            if self.reverse
            else (connection.forward_local_port, (self.local, self.remote))
        )
        try:
            self._listener = await way(*listen, *target)
        except (OSError, asyncssh.Error) as error:
            where = f"{listen[0]}:{listen[1]}"
            on = f" on {link.name}" if self.reverse else ""
            raise ConnectFailed(f"{link.name}: cannot listen at {where}{on}: {error}", host=link.name) from error
        except asyncssh.ChannelListenError as error:
            raise ConnectFailed(
                f"{link.name}: the host does not listen at {listen[0]}:{listen[1]}: {error}", host=link.name
            ) from error
        return self

    async def __aexit__(self, *error: object) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
            await listener.wait_closed()

    def __repr__(self) -> str:
        arrow = "<-" if self.reverse else "->"
        return f"<forward {self.local[0]}:{self.local[1]} {arrow} {self.remote[0]}:{self.remote[1]}>"


def place(text: int | str, *, listens: bool) -> tuple[str, int]:
    """Host and port of `8080` or "db:5432"; port 0 finds a free one where it listens. Raises ValueError."""
    host, _, port = str(text).rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if listens and port == "0":
        return host or HOME, 0
    return host or HOME, checked_port(port, str(text))
