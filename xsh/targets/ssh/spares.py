"""The further connections to a host, for programs that must not wait for a place on the first one (places.py).

One is made only when a job needs it, is used again by later jobs, and ends with the first. Nobody ever waits for a place on
one: where none has a place that is free, there is one connection more.
"""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from xsh.targets.ssh.guardscript import Way
    from xsh.targets.ssh.places import Places
    from xsh.targets.ssh.wrapping import Wrapper

    class Connection(Protocol):
        """What is asked of a connection (link.py)."""

        places: Places
        guarded: bool
        way: Way
        by_group: bool
        wrapper: Wrapper

        @property
        def alive(self) -> bool:
            """Whether it is there."""
            ...

        async def ready(self) -> Any:
            """Return once it is there."""
            ...

        def another(self) -> Any:
            """A further one to the same host."""
            ...

        async def close(self) -> None:
            """Close it."""
            ...


class Spares:
    """The further connections of the one that is `first`."""

    __slots__ = ("first", "links")

    def __init__(self, first: Connection) -> None:
        self.first = first
        self.links: list[Connection] = []

    def take(self, job: object) -> Any:
        """A further connection with a place that is taken for a job."""
        for link in self.links:
            # what was found on one connection holds for all
            link.places.width = min(link.places.width, self.first.places.width)
            if link.places.take(job):
                return link
        link = self.first.another()
        link.places.take(job)
        self.links.append(link)
        return link

    async def prepare(self, link: Connection) -> None:
        """Let one know what the first has found out about the host; raises TargetError."""
        first = self.first
        await first.ready()
        if not link.alive:
            link.guarded, link.way, link.by_group = first.guarded, first.way, first.by_group
            link.wrapper = first.wrapper

    async def close(self) -> None:
        """Close all of them."""
        links, self.links = self.links, []
        await asyncio.gather(*(link.close() for link in links))
