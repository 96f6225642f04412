"""The cluster as a place to run."""

from __future__ import annotations

import asyncio
import os

from xsh.targets.dask.link import Link
from xsh.targets.dask.process import DaskProcess
from xsh.words.duration import parse_duration
from xsh.words.portable import AnyShell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from xsh.command.target import SpawnRequest


class DaskTarget:
    """The workers of a Dask cluster: each command runs on one of them, at most once unless there are `retries`.

    `cluster` is a scheduler's address, an object with a `scheduler_address`, or a `distributed.Client`. `env` is set for
    every command, `files` are sent to each worker and are in the directory of commands that have none of their own.
    After `lease` seconds without a sign of life from here a command is killed.
    """

    needs_loop = True

    def __init__(
        self,
        cluster: Any,
        *,
        env: Mapping[str, str] | None = None,
        files: Iterable[str | os.PathLike[str]] = (),
        retries: int = 0,
        lease: float | str = 30,
        connect_timeout: float | str = 10,
    ) -> None:
        address: Any = getattr(cluster, "scheduler_address", cluster)
        if not isinstance(address, str) and not hasattr(address, "submit"):
            raise TypeError(f"a cluster is a scheduler's address or a Dask client, not {type(cluster).__name__}")
        if retries < 0:
            raise ValueError(f"retries is a number of 0 or more, not {retries!r}")
        self.address = address
        self.env = {**(env or {})}
        self.files: list[str] = [os.path.abspath(os.fspath(file)) for file in files]
        for file in self.files:
            if not os.path.isfile(file):
                raise FileNotFoundError(f"files: {file!r} is no file")
        self.retries = retries
        self.lease = parse_duration(lease)
        self.connect_timeout = parse_duration(connect_timeout)
        where = (
            address
            if isinstance(address, str)
            else str(getattr(getattr(address, "scheduler", None), "address", "client"))
        )
        self.name = f"dask {where}"
        self.links: dict[Any, Link] = {}

    def nearest(self, name: str) -> list[str]:  # noqa: ARG002 - the port's
        """None: the workers are not looked through."""
        return []

    def shell(self) -> str:
        """bash, of which a worker makes sh where it has none."""
        return AnyShell("bash")

    def spawn(self, request: SpawnRequest) -> DaskProcess:
        """Begin to send a command; raises TypeError for a pseudo-terminal, which a cluster has not."""
        if request.terminal is not None:
            raise TypeError("a command on a cluster cannot have a pseudo-terminal (.pty())")
        return DaskProcess(self, self.link(), request)

    def link(self) -> Link:
        """The connection from this event loop."""
        loop = asyncio.get_running_loop()
        link = self.links.get(loop)
        if link is None:
            self.links = {known: each for known, each in self.links.items() if not known.is_closed()}
            link = self.links[loop] = Link(self.name, self.address, self.files, self.connect_timeout)
        return link

    async def close(self) -> None:
        """Disconnect; what still runs is stopped."""
        link = self.links.pop(asyncio.get_running_loop(), None)
        if link is not None:
            await link.close()

    def __repr__(self) -> str:
        return f"<{self.name}>"
