"""Between a connection and its socket: what is sent within a turn of the loop goes in one call, what comes is cut small.

asyncssh sends each packet as two, an empty one before it, and each with a send(2) of its own; on a fast network that, and
the wake-ups of the server, cost more than encrypting. Here they are gathered until the callbacks of a turn are over, less
the empty ones where the cipher needs none: they hide what a cipher in CBC mode would tell (RFC 4251 9.3.1). And
for each packet it takes off its input it copies all that is behind; asyncio reads up to 256 KiB, so it copied every byte
about ten times. It gets pieces of about a packet.
"""

from __future__ import annotations

import asyncio

from asyncssh.constants import MSG_IGNORE
from asyncssh.packet import String

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PIECE = 36864
"""Bytes that asyncssh gets at a time: a little more than the largest packet of OpenSSH."""
EMPTY = String(b"")
NEED_NO_EMPTY = ("gcm@openssh.com", "chacha20-poly1305@openssh.com")
"""How the names of ciphers end that tell nothing of one packet by the next."""
GATHERED_MOST = 262144
"""Bytes that are gathered before they are sent at once."""


def put_between(connection: Any) -> None:
    """Put a Wire between an asyncssh connection and its socket, where it has one: not where it goes through another."""
    transport = getattr(connection, "_transport", None)
    if isinstance(transport, asyncio.Transport) and transport.get_extra_info("socket") is not None:
        wire = Wire(connection, transport)
        transport.set_protocol(wire)
        connection._transport = wire  # noqa: SLF001 - asyncssh has no other way in; without it all works, only slower
        leave_out_empty(connection)


def leave_out_empty(connection: Any) -> None:
    """Have a connection send no empty packets where its cipher needs none."""
    send_packet = connection.send_packet

    def send(kind: int, *parts: bytes, handler: Any = None) -> None:
        if kind != MSG_IGNORE or parts != (EMPTY,) or not needs_no_empty(connection):
            send_packet(kind, *parts, handler=handler)

    connection.send_packet = send


def needs_no_empty(connection: Any) -> bool:
    """Whether the cipher of what is sent tells nothing of one packet by the next."""
    cipher: str = connection.get_extra_info("send_cipher", "")
    return cipher.endswith(NEED_NO_EMPTY)


class Wire(asyncio.Protocol):
    """The protocol of the socket, and what the connection takes for its transport."""

    __slots__ = ("connection", "gathered", "loop", "size", "transport")

    def __init__(self, connection: Any, transport: asyncio.Transport) -> None:
        self.connection = connection
        self.transport = transport
        self.loop = asyncio.get_running_loop()
        self.gathered: list[bytes] = []
        self.size = 0

    # -- from the socket -------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Pass on what has come, in pieces."""
        received = self.connection.data_received
        if len(data) <= PIECE:
            received(data)
            return
        for start in range(0, len(data), PIECE):
            received(data[start : start + PIECE])

    def eof_received(self) -> bool | None:
        """The host has closed its side."""
        end: bool | None = self.connection.eof_received()
        return end

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self.gathered.clear()
        self.connection.connection_lost(exc)

    # -- to the socket ---------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send it with all that follows in this turn of the loop."""
        if not self.gathered:
            self.loop.call_soon(self._send)
        self.gathered.append(data)
        self.size += len(data)
        if self.size > GATHERED_MOST:
            self._send()

    def _send(self) -> None:
        gathered, self.gathered, self.size = self.gathered, [], 0
        if gathered and not self.transport.is_closing():
            self.transport.write(b"".join(gathered))

    def close(self) -> None:
        """Close it once everything is sent."""
        self._send()
        self.transport.close()

    def abort(self) -> None:
        """Close it; the last word to the host is sent, as far as the socket takes it now."""
        self._send()
        self.transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)
