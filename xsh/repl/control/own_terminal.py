"""The terminal as the shell has it: which group owns it, which modes it has, how it is given away and taken back."""

from __future__ import annotations

import os
import sys
import termios

from xsh.reactor.signals import SIG_DFL, SIG_IGN, SIGTTIN, SIGTTOU, signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CALM = b"\x1b[?1047l\x1b[?1000;1002;1003;1006l\x1b[?2004l\x1b[?25h\x1b[0m\x1b(B"
"""Leaves the alternate screen, stops mouse reports and paste marks, shows the cursor, plain text (xterm's ctlseqs)."""
MARK = "⏎"


class OwnTerminal:
    """The controlling terminal of an interactive shell; raises OSError when there is none.

    `modes` are those that every line starts with (termios(3)), the present ones unless given; only `stty` and its like
    change them.
    """

    def __init__(self, modes: Any = None) -> None:
        self.fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        self.before = os.getpgrp()
        self._be_in_front()
        self.group = self._own_group()
        self.modes: Any = modes or termios.tcgetattr(self.fd)

    def _be_in_front(self) -> None:
        """Wait, stopped, until whoever started us brings us to the foreground, as a shell does (POSIX XCU 2.11)."""
        while os.tcgetpgrp(self.fd) != os.getpgrp():
            before = signal(SIGTTIN, SIG_DFL)
            os.killpg(os.getpgrp(), SIGTTIN)
            signal(SIGTTIN, before)

    def _own_group(self) -> int:
        """Lead a group of our own, so that a Ctrl-C for our Python code reaches nobody else."""
        if os.getpgrp() != os.getpid() and os.getsid(0) != os.getpid():
            try:
                os.setpgid(0, 0)
            except PermissionError:
                return os.getpgrp()
            self.give(os.getpgrp())
        return os.getpgrp()

    @property
    def is_ours(self) -> bool:
        """Whether the shell itself has the terminal, and no program."""
        try:
            return os.tcgetpgrp(self.fd) == self.group
        except OSError:
            # it is gone, and a hangup follows
            return False

    def give(self, group: int) -> None:
        """Make `group` the one that reads the terminal and gets its signals; one that has just ended is no error."""
        before = signal(SIGTTOU, SIG_IGN)
        try:
            os.tcsetpgrp(self.fd, group)
        except OSError:
            # it has ended, or the terminal itself is gone and a hangup follows
            return
        finally:
            signal(SIGTTOU, before)

    def take_back(self, *, keep_modes: bool = False) -> Any:
        """Own the terminal again, with the shell's modes; gives the modes it had. `keep_modes` makes those the shell's."""
        self.give(self.group)
        return self.settle(keep_modes=keep_modes)

    def settle(self, *, keep_modes: bool = False) -> Any:
        """Give the terminal the shell's modes, or with `keep_modes` take its modes for the shell's; gives what they were."""
        try:
            theirs = termios.tcgetattr(self.fd)
        except termios.error:
            return None
        if keep_modes:
            self.modes = theirs
        elif theirs != self.modes:
            self.set_modes(self.modes)
        return theirs

    def set_modes(self, modes: Any) -> None:
        """Give the terminal these modes, once what was written has gone out."""
        before = signal(SIGTTOU, SIG_IGN)
        try:
            termios.tcsetattr(self.fd, termios.TCSADRAIN, modes)
        except termios.error:
            # the terminal is gone: a hangup follows
            return
        finally:
            signal(SIGTTOU, before)

    def calm(self) -> None:
        """Undo on the screen what a program that was killed could not undo."""
        if os.environ.get("TERM") != "dumb":
            write_all(CALM)

    def mark_unfinished(self, columns: int) -> None:
        """Go to the start of a line, marking a line that was left without its end.

        The mark and blanks to the width of the screen are written: at the start of a line they fill just that line,
        which is then cleared; elsewhere they reach into the next one (as zsh and fish do it).
        """
        if os.environ.get("TERM") == "dumb" or columns < 2:
            return
        mark = MARK if "NO_COLOR" in os.environ else f"\x1b[2m{MARK}\x1b[0m"
        write_all(f"{mark}{' ' * (columns - 1)}\r\x1b[K".encode())

    def close(self) -> None:
        """Leave the terminal as it was found."""
        if self.before != self.group:
            self.give(self.before)
        os.close(self.fd)


def write_all(data: bytes) -> None:
    """Write to stdout after what Python holds back; a terminal that is gone is told by its hangup."""
    try:
        if sys.__stdout__ is not None:
            sys.__stdout__.flush()
        while data:
            data = data[os.write(1, data) :]
    except OSError:
        return
