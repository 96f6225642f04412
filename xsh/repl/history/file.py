"""The file that holds the history: where it is, and that only its owner can read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600


def default_path() -> Path:
    """`xsh/history.sqlite` in the state directory (XDG Base Directory Specification); OSError where there is no home."""
    state = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(state):
        return Path(state, "xsh", "history.sqlite")
    home = os.environ.get("HOME", "")
    if not os.path.isabs(home):
        raise FileNotFoundError("HOME is not set")
    return Path(home, ".local", "state", "xsh", "history.sqlite")


def prepare(path: Path) -> None:
    """Make the file and its directory, for their owner alone; raises OSError when that cannot be or another owns them.

    The modes are given when the file is made, so at no moment can others read it (open(2)).
    """
    path.parent.parent.mkdir(parents=True, exist_ok=True, mode=DIRECTORY_MODE)
    path.parent.mkdir(exist_ok=True, mode=DIRECTORY_MODE)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        check_owner(directory, path.parent)
        if stat.S_IMODE(os.fstat(directory).st_mode) & 0o077:
            os.fchmod(directory, DIRECTORY_MODE)
        # O_NONBLOCK: a FIFO in its place must not hold us up
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        file = os.open(path.name, flags, FILE_MODE, dir_fd=directory)
        try:
            check_owner(file, path)
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise PermissionError(f"{path} is not a regular file")
            if stat.S_IMODE(os.fstat(file).st_mode) & 0o077:
                os.fchmod(file, FILE_MODE)
        finally:
            os.close(file)
    finally:
        os.close(directory)


def check_owner(descriptor: int, path: Path) -> None:
    """PermissionError when what is open there belongs to another user."""
    owner = os.fstat(descriptor).st_uid
    if owner != os.geteuid():
        raise PermissionError(f"{path} belongs to user {owner}")
