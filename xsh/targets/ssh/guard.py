"""Our end of the guard session: what is told to the guard, and what it answers; see guardscript.py."""

from __future__ import annotations

import asyncio
import secrets

from xsh.targets.ssh.guardscript import READY, REFUSED, Way, guard_line
from xsh.targets.ssh.sudo import Refusal, complaint
from xsh.targets.ssh.wrapping import Wrapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.targets.ssh.sudo import Sudo

ANSWER_WITHIN = 5.0
"""Seconds within which a guard says that it is there; a host that answers otherwise runs something else (ForceCommand)."""
SUDO_ANSWERS_WITHIN = 20.0
"""The same where a sudo looks at a password first; a wrong one costs it 2 s."""
SAID_MOST = 4096
"""Bytes that are kept of what is no line of a guard's."""
BEATS = 4
"""How many signs of life are sent within the silence that counts as our death."""


class Guard:
    """The guard of one connection; `alive` says whether it listens, `ended` whether it did not start or is over, `silenced` whether it ended commands for silence.

    `marks` are those of the commands that run, `given` counts all; `refused` is what was said when sudo did not start it,
    `status` is what its session ended with.
    """

    def __init__(self, silence: float, way: Way, *, by_group: bool = False, sudo: Sudo | None = None) -> None:
        self.silence = silence
        self.token = secrets.token_hex(8)
        self.wrapped = guard_line(self.token, silence, way, by_group=by_group, sudo=sudo)
        self.said = b""
        self.refused: Refusal | None = None
        self.status: int | None = None
        self.sudo = sudo
        self.channel: Any = None
        self.alive = False
        self.ended = False
        self.silenced = False
        self.buffer = b""
        self.ready: asyncio.Future[Wrapper | None] = asyncio.get_running_loop().create_future()
        self.marks: set[str] = set()
        self.given = 0
        self.timer: asyncio.TimerHandle | None = None
        self.beats = False
        self.asked: dict[str, Callable[[tuple[str, ...]], None]] = {}
        self.missed: dict[str, Callable[[], None]] = {}

    # -- asyncssh's session ----------------------------------------------------------------------------------------

    def connection_made(self, channel: Any) -> None:
        """The session is open."""
        self.channel = channel

    def session_started(self) -> None:
        """The host runs what we sent."""
        if self.wrapped.prefix:
            self.channel.write(self.wrapped.prefix)

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Take a piece of what the guard says; what comes before its first line is noise of the login shell."""
        if datatype is not None:
            self.said = (self.said + data)[-SAID_MOST:]
            return
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        # a program that is not our guard may write for ever
        self.buffer = self.buffer[-SAID_MOST:]
        for line in lines:
            self._heard(line)

    def eof_received(self) -> bool:
        """Its output has ended."""
        return False

    def exit_status_received(self, status: int) -> None:
        """It has ended."""
        self.status = status

    def exit_signal_received(self, *how: object) -> None:
        """It was killed."""

    def xon_xoff_requested(self, client_can_do: bool) -> None:
        """Nothing that a guard needs."""

    def pause_writing(self) -> None:
        """Lines are short: nothing is paused."""

    def resume_writing(self) -> None:
        """Lines are short: nothing is paused."""

    def connection_lost(self, error: Exception | None) -> None:
        """The session is over."""
        self.alive = False
        self.ended = True
        self.channel = None
        if self.timer is not None:
            self.timer.cancel()
        if not self.ready.done():
            if self.refused is not None:
                self.refused.said = complaint(self.said)
            self.ready.set_result(None)
        for tell in list(self.asked.values()):
            tell(())
        self.asked.clear()
        self.missed.clear()

    # -- what it says ----------------------------------------------------------------------------------------------

    def _heard(self, line: bytes) -> None:
        words = line.decode("utf-8", "surrogateescape").split()
        if not self.alive:
            start = line.find(f"{READY} {self.token} ".encode())
            if words[-4:-1] == [READY, self.token, REFUSED]:
                # its reason may still come: the end of the session settles it
                self.refused = Refusal(missing=words[-1] == "127")
            elif start >= 0 and not self.ready.done():
                self.alive = True
                self.ready.set_result(self._described(line[start:], noisy=start > 0))
            else:
                self.noise = True
        elif words[:1] == ["silent"]:
            self.silenced = True
        elif words[:1] == ["e"] and len(words) == 2 and words[1] in self.missed:
            self.missed[words[1]]()
        elif words[:1] == ["q"] and len(words) > 1:
            tell = self.asked.pop(words[1], None)
            if tell is not None:
                tell(tuple(words[2:]))

    noise = False

    def _described(self, line: bytes, *, noisy: bool) -> Wrapper:
        _ready, _token, how, bash, seconds, *shell = line.decode("utf-8", "surrogateescape").split()
        if seconds != "-":
            # it counts already
            self.beats = True
            self._beat_later()
        return Wrapper(
            login_shell=shell[0] if shell else "",
            has_bash=bash != "-",
            noisy=noisy or self.noise,
            by_group=how == "ps",
            sudo=self.sudo,
        )

    # -- what it is told -------------------------------------------------------------------------------------------

    def tell(self, *lines: str) -> None:
        """Send lines."""
        if self.channel is not None and self.alive and not self.channel.is_closing():
            self.channel.write("".join(f"{line}\n" for line in lines).encode())

    def begin(self) -> str:
        """A command is about to start; gives its mark, which the guard knows by its beginning and is not told."""
        self.given += 1
        # of one length, so that none is the beginning of another
        mark = f"{self.token}{self.given:08x}"
        self.marks.add(mark)
        if not self.beats:
            self.beats = True
            self.tell(f"b {max(1, round(self.silence))}")
            self._beat_later()
        return mark

    def end(self, mark: str) -> None:
        """A command has ended; what it has left in the background is the guard's until the connection ends."""
        self.missed.pop(mark, None)
        self.marks.discard(mark)

    def signal(self, mark: str, name: str) -> None:
        """Send a signal to whatever has the mark."""
        self.tell(f"s {name} {mark}")

    def end_by(self, mark: str, name: str, missed: Callable[[], None]) -> None:
        """Send a signal to whatever has the mark; `missed` is called when nothing has it."""
        self.missed[mark] = missed
        self.tell(f"e {name} {mark}")

    def ask(self, mark: str, tell: Callable[[tuple[str, ...]], None]) -> None:
        """Ask which processes have the mark; `tell` is called with their numbers, with none when nobody answers."""
        if not self.alive:
            tell(())
            return
        self.asked[mark] = tell
        self.tell(f"q {mark}")

    def _beat_later(self) -> None:
        self.timer = asyncio.get_running_loop().call_later(self.silence / BEATS, self._beat)

    def _beat(self) -> None:
        if self.marks:
            self.tell(".")
            self._beat_later()
        else:
            self.beats = False
            self.tell("i")

    def close(self) -> None:
        """End it: what still has a mark is ended by it."""
        if self.timer is not None:
            self.timer.cancel()
        if self.channel is not None:
            self.channel.write_eof()

    async def over(self) -> None:
        """End it, and wait for its end if it had something to watch over."""
        channel = self.channel
        self.close()
        if channel is not None and self.given > 0:
            await channel.wait_closed()
