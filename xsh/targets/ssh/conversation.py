"""The session of one program on a connection: what asyncssh calls, and the three ends of ours that its bytes belong to.

Every call here is a callback of the connection; nothing awaits, so nothing can be cancelled half-way.
"""

from __future__ import annotations

import signal as signals

from xsh.result import SIGNAL_BASE, ExitStatus
from xsh.targets.ssh.flows import Inflow, Outflow
from xsh.targets.ssh.wrapping import encoded, stderr_mark, stdout_mark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from xsh.command.target import SpawnRequest

    class Owner(Protocol):
        """The process a session belongs to; it looks at the session's facts when it is told."""

        def changed(self) -> None:
            """Something has ended: the program, its output, the session."""
            ...

        def exited(self) -> None:
            """The program has ended, its output may follow."""
            ...


STDERR = 1
"""What asyncssh calls the stream of stderr (RFC 4254 5.2)."""
SAID_MOST = 4096
"""Bytes that are kept of what was said before our own text ran."""
WORD_AWAITED = 65536
"""Bytes of stderr in which our own word may stand: start-up files may print before it."""


class Conversation:
    """A program's session: its channel, its ends, and what has been heard of its end.

    `inputless` says that there is no input at all, which the host may know before it says that the program runs.
    """

    def __init__(self, owner: Owner, request: SpawnRequest) -> None:
        self.owner = owner
        self.word: bytes = b""
        self.channel: Any = None
        self.exit: ExitStatus | None = None
        self.over = self.inputless = False
        self.lost: Exception | None = None
        self.broken: OSError | None = None
        self.said: str | None = None
        self.skip: bytes = b""
        self.noise: bytes = b""
        self.before = b""
        self.heard = 0
        self.out = self._outflow(request.stdout)
        self.err = self.out if request.stderr == request.stdout else self._outflow(request.stderr)
        self.input = Inflow(request.stdin, self._send, self._input_ended)

    def _outflow(self, fd: int) -> Outflow:
        return Outflow(fd, full=self._hold, room=self._go_on, broken=self._no_reader, done=self._flushed)

    def expect(self, mark: str, *, noisy: bool, prefixed: bool) -> None:
        """Know our own word by the mark on stderr; where start-up files print, cut stdout off before it; `prefixed` when something of ours comes before the input."""
        self.inputless = self.input.source.empty and not prefixed
        self.word = encoded(stderr_mark(mark))
        self.skip = encoded(stdout_mark(mark)) if noisy else b""

    @property
    def flushed(self) -> bool:
        """Whether all output has come and was passed on."""
        return self.out.closed and self.err.closed

    @property
    def unbegun(self) -> bool:
        """Whether nothing of ours has run, as far as we would know: what was said `before` it is somebody else's."""
        return bool(self.skip)

    @property
    def waiting(self) -> bool:
        """Whether output that has come waits for its reader."""
        return bool(self.out.backlog or self.err.backlog)

    # -- asyncssh's session ----------------------------------------------------------------------------------------

    def connection_made(self, channel: Any) -> None:
        """The session is open; the program has not begun yet."""
        self.channel = channel
        if self.inputless:
            # in one packet of the network with what starts the program
            self.input.loop.call_soon(self._input_ended)

    def session_started(self) -> None:
        """The program was started."""

    def xon_xoff_requested(self, client_can_do: bool) -> None:
        """Flow control by keys is the terminal's own matter."""

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Take a piece of its output."""
        if self.skip:
            self.before = (self.before + data)[-SAID_MOST:]
        if datatype == STDERR:
            if self.heard < WORD_AWAITED:
                data = self._without_our_word(data)
            self.err.write(data)
        elif self.skip:
            self._skip_noise(data)
        else:
            self.out.write(data)

    def _skip_noise(self, data: bytes) -> None:
        """Drop what a start-up file of the login shell printed before our program began."""
        data = self.noise + data
        _before, found, rest = data.partition(self.skip)
        self.noise = b"" if found else data[-len(self.skip) :]
        if found:
            self.skip = b""
            self.out.write(rest)

    def _without_our_word(self, data: bytes) -> bytes:
        """`data` less our own word of why nothing was started."""
        self.heard += len(data)
        before, found, rest = data.partition(self.word)
        if not found:
            return data
        word, _newline, rest = rest.partition(b"\n")
        self.said = word.decode("utf-8", "replace")
        return before + rest

    def eof_received(self) -> bool:
        """Its output has ended; it may still take input."""
        self.out.end()
        self.err.end()
        return True

    def exit_status_received(self, status: int) -> None:
        """It has exited by itself."""
        self._exited(ExitStatus(status))

    def exit_signal_received(self, name: str, core_dumped: bool, message: str, lang: str) -> None:
        """A signal has killed it; a name that is not known here is never success."""
        name = f"SIG{name.partition('@')[0]}"
        number = getattr(signals, name, None)
        self._exited(ExitStatus(SIGNAL_BASE + int(number) if number else 255, name))

    def _exited(self, how: ExitStatus) -> None:
        self.exit = how
        self.input.close()
        self.owner.exited()

    def pause_writing(self) -> None:
        """The host takes no more input for now."""
        self.input.pause()

    def resume_writing(self) -> None:
        """The host takes input again."""
        self.input.resume()

    def connection_lost(self, error: Exception | None) -> None:
        """The session is over, in whatever way."""
        self.over = True
        self.lost = error
        self.input.close()
        self.out.end()
        self.err.end()
        self.owner.changed()

    # -- our own ends ----------------------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        if not self.channel.is_closing():
            self.channel.write(data)

    def _input_ended(self) -> None:
        if not self.channel.is_closing():
            self.channel.write_eof()

    def _hold(self) -> None:
        if not self.over:
            self.channel.pause_reading()

    def _go_on(self) -> None:
        if not self.over and not self.out.held and not self.err.held:
            self.channel.resume_reading()

    def _no_reader(self, error: OSError) -> None:
        """Nobody reads our output, or it cannot be written: the host closes its pipe, as the kernel does here."""
        self.broken = error
        if not self.over:
            self.channel.abort()
        self.owner.changed()

    def _flushed(self) -> None:
        if hasattr(self, "input"):
            self.owner.changed()

    def abort(self) -> None:
        """End the session now; the program is not ended by that."""
        if self.channel is not None and not self.over:
            self.channel.abort()

    def close(self) -> None:
        """Close our own ends."""
        self.input.close()
        self.out.close()
        self.err.close()
