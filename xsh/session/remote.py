"""`$.ssh(…)`: another machine as users hold it, a shell whose commands run there, with its files and its ports."""

from __future__ import annotations

import os

from xsh.command.retry import RetryPolicy
from xsh.session.session import current_session
from xsh.session.sh import Sh
from xsh.targets.ssh.target import SSHTarget
from xsh.targets.ssh.target import close_all as close_places
from xsh.words.duration import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, ClassVar, Self

    from xsh.targets.ssh.forward import Forwarding
    from xsh.targets.ssh.paths import RemotePath

DURATIONS = ("connect_timeout", "keepalive")


class Host(Sh):
    """A machine reached by SSH: a tag for literals, a block's default, and its files.

    Settings of `$.ssh(host, …)`: `user`, `port`, `key` (a private key's file), `password`, `config` (a file instead of
    ~/.ssh/config, False for none), `known_hosts` (a file, or "accept-new"), `connect_timeout` and `keepalive`
    (durations), `max_sessions` (commands at once), `sudo` (True or a user; `password` is its too), `retry` (attempts). Examples are in docs/ssh.md.
    """

    __module__ = "xsh"
    __slots__ = ("_place",)

    def __init__(self, place: SSHTarget, settings: dict[str, Any]) -> None:
        super().__init__({**settings, "target": place})
        self._place = place

    @property
    def name(self) -> str:
        """The host as it was written."""
        return self._place.name

    @property
    def target(self) -> SSHTarget:
        """Where its commands run."""
        return self._place

    async def put(self, source: Any, destination: Any, *, progress: Callable[[int, int], None] | None = None) -> None:
        """Copy a local file or tree there; the files appear whole or not at all, and what is there already is not sent.

        `progress` is called with the bytes done and the bytes in all. Raises OSError and TargetError.
        """
        from xsh.targets.ssh.transfer import put

        await put(await self._link(), path_text(source), path_text(destination), progress)

    async def get(self, source: Any, destination: Any, *, progress: Callable[[int, int], None] | None = None) -> None:
        """Copy a file or tree from there; as `put`."""
        from xsh.targets.ssh.transfer import get

        await get(await self._link(), path_text(source), path_text(destination), progress)

    def forward(self, local: int | str, remote: int | str, *, reverse: bool = False) -> Forwarding:
        """While the block runs, connections to `local` (port or "host:port"; 0 finds one) go to `remote`, seen from there.

        With `reverse`, connections to `remote` on the host come to `local` here. The block's value has the listening `port`.
        """
        from xsh.targets.ssh.forward import Forwarding

        return Forwarding(self._link, local, remote, reverse=reverse)

    def path(self, path: str | os.PathLike[str]) -> RemotePath:
        """A file or directory there: `await host.path("/etc/hostname").read_text()`."""
        from xsh.targets.ssh.paths import RemotePath
        from xsh.targets.ssh.transfer import home_path

        return RemotePath(self._link, home_path(path_text(path)))

    async def connect(self) -> None:
        """Connect now rather than at the first command; raises TargetError."""
        await (await self._link()).ready()

    async def close(self) -> None:
        """Close the connection; the next command makes a new one."""
        await self._place.close()

    async def _link(self) -> Any:
        from xsh.reactor.reactor import need_loop

        await need_loop()
        return self._place.link()

    async def __aenter__(self) -> Self:
        await self.connect()
        return self.__enter__()

    async def __aexit__(self, *error: object) -> None:
        self.__exit__()
        await self.close()

    def __repr__(self) -> str:
        return f"$.ssh({self.name!r})"


def path_text(path: str | os.PathLike[str]) -> str:
    """A path given as text or as a Path; raises ValueError for one that no machine has."""
    text = os.fspath(path)
    if "\0" in text:
        raise ValueError(f"{text!r} is no path: it has a NUL character")
    return text


class _Places:
    """The hosts of this program: the same words give the same connection."""

    known: ClassVar[dict[str, SSHTarget]] = {}


def ssh(shell: Sh, name: str, settings: dict[str, Any]) -> Host:
    """The host for `$.ssh(name, …)`; raises TypeError and ValueError for wrong settings."""
    session = current_session()
    retry = settings.pop("retry", None)
    inherited = dict(getattr(shell, "_settings", {}))
    if retry is not None:
        inherited["retry"] = retry if isinstance(retry, RetryPolicy) else RetryPolicy(retry)
    for key in DURATIONS:
        if settings.get(key) is not None:
            settings[key] = parse_duration(settings[key])
            if settings[key] <= 0:
                raise ValueError(f"{key} takes a duration above 0")
    key = repr((name, sorted(settings.items(), key=lambda item: item[0])))
    place = _Places.known.get(key)
    if place is None:
        place = _Places.known[key] = SSHTarget(name, **settings)
        if settings.get("password") is not None:
            session.secrets.add(settings["password"])
    place.ask = asker()
    place.say = session.runner.notice
    if close_all not in session.runner.closers:
        session.runner.closers.append(close_all)
    return Host(place, inherited)


async def close_all() -> None:
    """Close every connection of the program."""
    places = list(_Places.known.values())
    _Places.known.clear()
    await close_places(places)


def asker() -> Callable[[str], Awaitable[str]] | None:
    """Who is asked for a password: the person at the terminal, None without one."""
    if not os.isatty(0):
        return None
    from xsh.session.ask import secret

    return secret
