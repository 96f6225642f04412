"""Small, full and read-only places, in a mount namespace of the program's own: they are gone with it (mount_namespaces(7))."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

SMALL = 'mount -t tmpfs -o "size=$1" none "$2" && shift 2 && exec "$@"'
READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$PWD" && shift && exec "$@"'


@cache
def namespace() -> tuple[str, ...]:
    """The words that run a program where it may mount, empty when nobody here may."""
    words = ("unshare", "-m") if os.geteuid() == 0 else ("unshare", "-Urm")
    if shutil.which("unshare") is None:
        return ()
    tried = [*words, "sh", "-c", "mount -t tmpfs none /mnt"]
    return words if subprocess.run(tried, capture_output=True, check=False).returncode == 0 else ()


def on_small_disk(place: Path, argv: Sequence[str], size: str = "64k") -> list[str]:
    """The argv that runs a program to which `place` is an empty disk of that size."""
    return [*namespace(), "sh", "-c", SMALL, "sh", size, str(place), *argv]


def read_only(place: Path, argv: Sequence[str]) -> list[str]:
    """The argv that runs a program to which `place` cannot be written."""
    return [*namespace(), "sh", "-c", READ_ONLY, "sh", str(place), *argv]
