"""Shells whose commands run elsewhere: behind a wrapper, in a container, as another user, on many hosts."""

from __future__ import annotations

import os

from xsh.fleet.fleet import FleetTarget, run_on_all
from xsh.fleet.hosts import expand, from_config, from_file
from xsh.session.arguments import argument_words
from xsh.session.session import current_session
from xsh.session.sh import Sh
from xsh.targets.ssh.target import SSHTarget, close_all
from xsh.targets.via import presets
from xsh.targets.via.via import ViaTarget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, ClassVar

    from xsh.command.target import Target
    from xsh.fleet.report import FleetReport
    from xsh.targets.via.wrapper import Wrapper


def via(shell: Sh, words: tuple[Any, ...], name: str | None, exit_codes: Iterable[int]) -> Sh:
    """The shell with its commands behind `words`; raises TypeError and ValueError for what cannot be a wrapper."""
    start = argument_words(words)
    codes = tuple(exit_codes)
    for code in codes:
        if code not in range(1, 256):
            raise ValueError(f"exit_codes takes exit codes from 1 to 255, not {code!r}")
    return behind(shell, presets.plain(name, start, codes))


def behind(shell: Sh, wrapper: Wrapper) -> Sh:
    """The shell with its commands behind a wrapper, on the target it has."""
    inner: Sh = shell(target=ViaTarget(wrapper, shell.target))
    return inner


def preset(shell: Sh, kind: str, *words: Any, **named: Any) -> Sh:
    """The shell behind a wrapper known by name; raises TypeError for words that cannot be arguments."""
    first, *rest = words
    options = argument_words(rest) if rest else ()
    known = first if first is None else argument_words((first,))[0]
    return behind(shell, getattr(presets, kind)(known, *options, **named))


class _Clusters:
    """The clusters of this program, which are disconnected at its end."""

    open: ClassVar[list[Any]] = []


def dask(shell: Sh, cluster: Any, settings: dict[str, Any]) -> Sh:
    """The shell for `$.dask(cluster, …)`; raises TypeError, ValueError, FileNotFoundError."""
    from xsh.targets.dask.dask import DaskTarget

    target = DaskTarget(cluster, **settings)
    _Clusters.open.append(target)
    closers = current_session().runner.closers
    if close_clusters not in closers:
        closers.append(close_clusters)
    inner: Sh = shell(target=target)
    return inner


async def close_clusters() -> None:
    """Disconnect from every cluster of the program."""
    while _Clusters.open:
        await _Clusters.open.pop().close()


FLEET = ("limit", "max_failures", "serial", "order")


class Fleet(Sh):
    """Many hosts as one shell: a tag for literals, a block's default, and their files.

    Awaited for its value, a command gives a `FleetReport`; as a statement its lines are shown behind the names of the
    hosts, and `FleetFailed` is raised unless all did well. Settings of `$.fleet(hosts, …)`: `limit` (hosts at a time),
    `max_failures` (borne; a count or "10%"), `serial` (sizes of batches), `order` (input, sorted, reversed, shuffled);
    all others are those of `$.ssh`.
    """

    __module__ = "xsh"
    __slots__ = ("_shells", "_target")

    def __init__(self, target: FleetTarget, shells: dict[str, Sh], settings: dict[str, Any]) -> None:
        super().__init__({**settings, "target": target})
        self._target = target
        self._shells = shells

    @property
    def hosts(self) -> list[str]:
        """The names of its hosts."""
        return list(self._shells)

    def __getitem__(self, name: str) -> Sh:
        """The shell of one host by name; raises KeyError."""
        return self._shells[name]

    def __len__(self) -> int:
        return len(self._shells)

    async def put(self, source: Any, destination: Any) -> FleetReport:
        """Copy a local file or tree to every host, as `host.put` does, and give the report."""

        def copy(name: str, _: Target) -> Any:
            return self._with_files("put", name)(source, destination)

        return await run_on_all(self._target, "put", copy)

    async def get(self, source: Any, directory: Any) -> FleetReport:
        """Copy a file or tree from every host into `directory`, each into one of the host's name; give the report."""
        into, last = str(directory), os.path.basename(str(source).rstrip("/"))

        def copy(name: str, _: Target) -> Any:
            os.makedirs(os.path.join(into, name), exist_ok=True)
            return self._with_files("get", name)(source, os.path.join(into, name, last))

        return await run_on_all(self._target, "get", copy)

    async def close(self) -> None:
        """Close the connections of its hosts; the next command makes new ones."""
        await close_all(shell.target for shell in self._shells.values() if isinstance(shell.target, SSHTarget))

    async def __aexit__(self, *error: object) -> None:
        self.__exit__()
        await self.close()

    def _with_files(self, what: str, name: str) -> Any:
        copy = getattr(self._shells[name], what, None)
        if copy is None:
            raise TypeError(f"{what}: {name} is no host of `$.ssh`, and only these have files")
        return copy

    def __repr__(self) -> str:
        return f"$.fleet({self._target.name!r})"


def fleet(shell: Sh, hosts: Any, settings: dict[str, Any]) -> Fleet:
    """The shell for `$.fleet(hosts, …)`; raises TypeError, ValueError, and OSError for a file that cannot be read."""
    own = {name: settings.pop(name) for name in FLEET if name in settings}
    shells: dict[str, Sh] = {}
    for name, member in members(shell, hosts, settings):
        known = shells.setdefault(name, member)
        if known.target is not member.target:
            raise ValueError(f"two hosts of the fleet have the name {name}")
    places: list[tuple[str, Target]] = [(name, member.target) for name, member in shells.items()]
    inherited = {name: value for name, value in shell.settings.items() if name != "target"}
    return Fleet(FleetTarget(places, **own), shells, inherited)


def members(shell: Sh, hosts: Any, settings: dict[str, Any]) -> list[tuple[str, Sh]]:
    """The hosts that a value names, each with its shell; raises TypeError, ValueError, OSError."""
    if isinstance(hosts, Sh):
        return [(hosts.target.name, hosts)]
    if hasattr(hosts, "spawn"):
        return [(str(hosts.name), Sh({"target": hosts}))]
    if isinstance(hosts, str) or hasattr(hosts, "__fspath__"):
        return [(name, shell.ssh(name, **settings)) for name in names(hosts, settings.get("config") or None)]
    if not hasattr(hosts, "__iter__"):
        raise TypeError(f"a host is a name, a pattern, a path of a file with names, or a shell, not {hosts!r}")
    found: list[tuple[str, Sh]] = []
    for each in hosts:
        found += members(shell, each, settings)
    return found


def names(hosts: Any, config: Any) -> list[str]:
    """The names in a file, those in the ssh configuration that a pattern with `*` matches, or those of a pattern."""
    if not isinstance(hosts, str):
        return from_file(hosts)
    if not set(hosts) & set("*?"):
        return expand(hosts)
    found = from_config(hosts, config)
    if not found:
        raise ValueError(f"no host in the ssh configuration matches {hosts!r}")
    return found
