"""The terminal as it was when a supervisor began, for the case that the worker cannot give it back any more."""

from __future__ import annotations

import os
import termios

from xsh.reactor.signals import SIG_IGN, SIGTTOU, signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class KeptTerminal:
    """The modes of the terminal this process belongs to, if it has one."""

    def __init__(self) -> None:
        self.fd: int | None = None
        self.modes: Any = None
        try:
            self.fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
            self.modes = termios.tcgetattr(self.fd)
        except (OSError, termios.error):
            # there is none, or it was closed
            return

    def restore(self) -> None:
        """Take it back from a command that had it lent and is dead; who else has it keeps it."""
        if self.fd is None or self.modes is None:
            return
        try:
            if is_alive(os.tcgetpgrp(self.fd)):
                return
            signal(SIGTTOU, SIG_IGN)
            os.tcsetpgrp(self.fd, os.getpgrp())
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self.modes)
        except (OSError, termios.error):
            # it was closed
            return


def is_alive(group: int) -> bool:
    """Whether a process group still has a member, this process's own group aside."""
    if group == os.getpgrp():
        return False
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
