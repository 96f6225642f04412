"""A terminal for a remote program: its size told to the host, ours in raw mode while it has it, and given back as it was."""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import termios
import tty
from fcntl import ioctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.target import SpawnRequest


QUIET = (36, 38, 50, 51, 53)
"""Modes that are off in a quiet terminal: ICRNL, IXON, ISIG, ICANON, ECHO (RFC 4254 8)."""


def screen_of(request: SpawnRequest) -> Screen:
    """The terminal a program gets: a pseudo-terminal of the engine's, ours when all three ends are it, or none."""
    ends = (request.stdin, request.stdout, request.stderr)
    if request.terminal is not None:
        return Screen(request.stdin, own=False)
    if all(os.isatty(end) for end in ends) and in_front(request.stdin):
        return Screen(request.stdin, own=True)
    return Screen(None, own=False)


def in_front(fd: int) -> bool:
    """Whether this program is in the foreground of its terminal."""
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False


class Screen:
    """The terminal of one program; `fd` None is no terminal, `own` says that it is the user's."""

    def __init__(self, fd: int | None, *, own: bool) -> None:
        self.fd = None if fd is None else os.dup(fd)
        self.own = own
        self.modes: Any = None
        self.before: Any = None
        self.channel: Any = None
        if self.fd is not None and not own:
            # what passes through is the host's terminal's matter: nothing is echoed or changed twice
            tty.setraw(self.fd)

    def arguments(self, *, quiet: bool = False) -> dict[str, Any]:
        """What asyncssh is asked for; a `quiet` terminal takes bytes as they are and repeats none (from_stdin of wrapping.py)."""
        if self.fd is None:
            return {"request_pty": False}
        return {
            "request_pty": "force",
            "term_type": os.environ.get("TERM", "dumb") if self.own else os.environ.get("TERM", "xterm"),
            "term_size": self.size(),
            "term_modes": dict.fromkeys(QUIET, 0) if quiet else {},
        }

    def size(self) -> tuple[int, int, int, int]:
        """Columns, rows and pixels (tty_ioctl(4))."""
        assert self.fd is not None
        try:
            rows, columns, width, height = struct.unpack("HHHH", ioctl(self.fd, termios.TIOCGWINSZ, b"\0" * 8))
        except OSError:
            return 80, 24, 0, 0
        return columns or 80, rows or 24, width, height

    def enter(self, channel: Any) -> None:
        """The program runs: pass every key on as it is, and tell of each new size."""
        if self.fd is None:
            return
        self.channel = channel
        if self.own:
            self.modes = termios.tcgetattr(self.fd)
            tty.setraw(self.fd, termios.TCSADRAIN)
            self.before = signal.getsignal(signal.SIGWINCH)
            try:
                asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._resized)
            except (ValueError, RuntimeError):
                # not the main thread: the size stays what it was
                self.before = None

    def _resized(self) -> None:
        if self.channel is not None and not self.channel.is_closing():
            self.channel.change_terminal_size(*self.size())

    def leave(self) -> None:
        """The program has ended: the terminal is as it was."""
        if self.fd is None:
            return
        fd, self.fd = self.fd, None
        try:
            if self.modes is not None:
                termios.tcsetattr(fd, termios.TCSADRAIN, self.modes)
        except termios.error:
            # the terminal itself is gone
            self.modes = None
        finally:
            os.close(fd)
        if self.before is not None:
            asyncio.get_running_loop().remove_signal_handler(signal.SIGWINCH)
            signal.signal(signal.SIGWINCH, self.before)
            self.before = None
