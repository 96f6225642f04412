"""How the end of a process is seen on macOS and the BSDs: a kernel queue of its own (kqueue(2), NOTE_EXIT).

Not run by the tests of this project so far, which has no such machine.
"""

from __future__ import annotations

import os
import select
from typing import Any

RSS_UNIT = 1
"""Bytes in one unit of `ru_maxrss` on macOS."""


def exit_descriptor(pid: int) -> int:
    """A descriptor that becomes readable when process `pid` has ended; raises ProcessLookupError if it has already."""
    kernel: Any = select
    queue = kernel.kqueue()
    event = kernel.kevent(pid, kernel.KQ_FILTER_PROC, kernel.KQ_EV_ADD | kernel.KQ_EV_ONESHOT, kernel.KQ_NOTE_EXIT)
    queue.control([event], 0, 0)
    descriptor = os.dup(queue.fileno())
    queue.close()
    return descriptor
