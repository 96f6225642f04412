"""One system call that Python does not offer, prctl(2), without the package ctypes, whose import takes 5 ms."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def prctl(option: int, value: int) -> bool:
    """Set one property of this process; False where the system or this Python cannot."""
    try:
        import _ctypes
    except ImportError:
        return False
    try:
        # RTLD_NOW (dlopen(3)) on the program itself, which has the C library
        program: Any = None
        address = _ctypes.dlsym(_ctypes.dlopen(program, 2), "prctl")
    except OSError:
        return False
    result: int = _ctypes.call_function(address, (option, value, 0, 0, 0))
    return result == 0
