"""On the path of every program that `make coverage` runs: what a program did before it died by its own signal counts too.

coverage writes its figures when an interpreter ends in order, and a script that Ctrl-C has ended dies by SIGINT itself.
"""

from __future__ import annotations

import os
import signal

import coverage

send = os.kill


def save_and_send(pid: int, number: int) -> None:
    """kill(2), the figures saved before a process may end itself by it."""
    measured = coverage.Coverage.current()
    if pid == os.getpid() and measured is not None and signal.getsignal(number) is signal.SIG_DFL:
        measured.save()
    send(pid, number)


os.kill = save_and_send
