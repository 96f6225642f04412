"""One system call that Python does not offer, prctl(2), without the package ctypes, whose import takes 5 ms."""

from __future__ import annotations

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def prctl(option: int, value: int) -> bool:
    """Set one property of this process; False where the system or this Python cannot."""
    try:
        import _ctypes
    except ImportError:
        return False
    try:
        address = _ctypes.dlsym(_ctypes.dlopen(None, 2), "prctl")
    except OSError:
        return False
    result: int = _ctypes.call_function(address, (option, value, 0, 0, 0))
    return result == 0
