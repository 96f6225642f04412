"""What a user writes to name a host: `web1`, `deploy@web1`, `deploy@web1:2222`, `[::1]:2222`."""

from __future__ import annotations


class Address:
    """A user (None is the config's or our own), a host name, a port (None is the config's or 22)."""

    __slots__ = ("host", "port", "user")

    def __init__(self, user: str | None, host: str, port: int | None) -> None:
        self.user = user
        self.host = host
        self.port = port

    def __repr__(self) -> str:
        return f"Address({self.user!r}, {self.host!r}, {self.port!r})"


def parse_address(text: str) -> Address:
    """The parts of `user@host:port`; raises ValueError that says what is wrong."""
    user, at, rest = text.rpartition("@")
    if at and not user:
        raise ValueError(f"{text!r}: the user before `@` is missing")
    host, port = rest, ""
    if rest.startswith("["):
        host, closed, port = rest[1:].partition("]")
        if not closed or (port and not port.startswith(":")):
            raise ValueError(f"{text!r}: write an IPv6 address with a port as [address]:port")
        port = port[1:]
    elif rest.count(":") == 1:
        host, _, port = rest.partition(":")
        if not port:
            raise ValueError(f"{text!r}: the port after `:` is missing")
    if not host or host.startswith("-") or any(char.isspace() or char in "/\0" for char in host):
        raise ValueError(f"{text!r} is no host's name; write `host`, `user@host` or `user@host:port`")
    return Address(user or None, host, checked_port(port, text) if port else None)


def checked_port(port: str | int, text: str) -> int:
    """A port from 1 to 65535; raises ValueError that shows `text`."""
    try:
        number = int(port)
    except ValueError:
        number = 0
    if not 0 < number < 65536:
        raise ValueError(f"{text!r}: {port!r} is no port; ports are 1 to 65535")
    return number
