"""Fewer round trips on the way in: what a client may say before it is asked is said at once.

asyncssh, as ssh(1), waits for the host's version before it opens the key exchange, asks which ways there are to log in, and
asks whether a key would do before it signs with it: three round trips of the eight of a login. The key exchange may follow
our version (RFC 4253 4.2), and where a user has one key there is nothing to choose from: it is tried first, signed (RFC 4252
7). A host that does not take it says which ways it has, as ever.

asyncssh has no settings for this, so methods of the one connection are replaced until it is logged in. Where it has other
names for them, the login goes its long way.
"""

from __future__ import annotations

import asyncssh
from asyncssh.packet import Boolean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

NONE, PUBLIC_KEY = b"none", b"publickey"
"""The ways to log in by nothing, which is how one asks for the others, and by a key (RFC 4252 5.2 and 7)."""
REPLACED = ("_send_version", "_send_kexinit", "try_next_auth", "public_key_auth_requested", "send_userauth_request")


class Shortcuts:
    """What is replaced on a connection; `signs` says whether it has one key, which costs nobody a touch or an answer."""

    __slots__ = ("asyncssh", "connection", "listed", "offered", "signed")

    def __init__(self, connection: Any, *, signs: bool) -> None:
        self.connection = connection
        self.asyncssh: Any = type(connection)
        self.offered: Any = None
        self.listed = self.signed = False
        if not all(hasattr(connection, name) for name in REPLACED):
            return
        connection._send_version = self._send_version  # noqa: SLF001 - asyncssh has no other way in, here and below
        if signs and getattr(connection, "_auth_methods", None) == [NONE]:
            connection.try_next_auth = self._try_next
            connection.public_key_auth_requested = self._offer
            connection.send_userauth_request = self._request

    def over(self) -> None:
        """The connection is logged in: give it back its own methods."""
        for name in REPLACED:
            self.connection.__dict__.pop(name, None)

    # -- the key exchange ------------------------------------------------------------------------------------------

    def _send_version(self) -> None:
        connection = self.connection
        del connection._send_version  # noqa: SLF001
        connection._send_version()  # noqa: SLF001
        connection._send_kexinit()  # noqa: SLF001
        connection._send_kexinit = self._sent_already  # noqa: SLF001

    def _sent_already(self) -> None:
        """The host's version has come, which is when asyncssh would begin."""
        del self.connection._send_kexinit  # noqa: SLF001

    # -- the login -------------------------------------------------------------------------------------------------

    def _try_next(self, *, next_method: bool = False) -> None:
        connection = self.connection
        methods: list[bytes] = connection._auth_methods  # noqa: SLF001
        if methods == [NONE] and not self.signed:
            methods.insert(0, PUBLIC_KEY)
        elif NONE not in methods and not self.listed:
            # a host may let in whoever asks for the list
            methods.append(NONE)
        self.asyncssh.try_next_auth(connection, next_method=next_method)
        self.listed = self.listed or connection._auth_methods[:1] == [NONE]  # noqa: SLF001

    async def _offer(self) -> Any:
        self.offered = await self.asyncssh.public_key_auth_requested(self.connection)
        return self.offered

    async def _request(self, method: bytes, *parts: bytes, key: Any = None, trivial: bool = True) -> None:
        # an agent, whose keys come first, may ask its user
        if method == PUBLIC_KEY and key is None and not self.signed and not hasattr(self.offered, "sign_async"):
            self.signed = True
            parts, key, trivial = (Boolean(True), *parts[1:]), self.offered, False
        await self.asyncssh.send_userauth_request(self.connection, method, *parts, key=key, trivial=trivial)


def is_one_key(keys: Sequence[object]) -> bool:
    """Whether that is all there is to log in with, and signing with it asks nobody."""
    return len(keys) == 1 and isinstance(keys[0], asyncssh.SSHKey) and not keys[0].algorithm.startswith(b"sk-")
