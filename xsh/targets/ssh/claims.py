"""Whose a half-sent file is: it can be gone on with later, so its name must be found again, and two must not write to it.

The name depends on the source alone. One upload at a time has it, in this program or another of this machine, by the lock
of a small file here, which ends with whoever holds it (flock(2)). Another one writes under a name of its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import tempfile
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator


class Part:
    """Where a file is written until it is whole; `lasting` says that a later attempt finds it again."""

    __slots__ = ("lasting", "path")

    def __init__(self, path: str, *, lasting: bool) -> None:
        self.path = path
        self.lasting = lasting


@contextmanager
def part_of(path: str, place: str, *source: object) -> Generator[Part]:
    """The part for `path` in a place, of a source with these facts: another for another source, or a changed one."""
    folder, name = os.path.split(path)
    key = hashlib.sha256(repr(source).encode("utf-8", "surrogateescape")).hexdigest()
    # names have 255 bytes at most (NAME_MAX)
    stem = os.fsdecode(os.fsencode(name)[:200])
    lasting = os.path.join(folder, f".{stem}.xsh-{key[:16]}")
    with claimed(f"{place}\0{lasting}") as ours:
        yield Part(lasting if ours else f"{lasting}-{secrets.token_hex(4)}", lasting=ours)


@contextmanager
def claimed(what: str) -> Generator[bool]:
    """Whether `what` is ours alone while the block runs; no when somebody has it, or when it cannot be known."""
    name = hashlib.sha256(what.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    file = os.path.join(tempfile.gettempdir(), f"xsh-{os.getuid()}-{name}.lock")
    descriptor = locked(file)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            # before the lock ends, so that nobody gets the lock of a file that is no longer there
            os.unlink(file)
            os.close(descriptor)


def locked(file: str) -> int | None:
    """A descriptor that has the lock of `file`, None when somebody else has it or the file cannot be made."""
    while True:
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            # the name is another user's, or nothing can be written there: then nothing is claimed
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        if os.fstat(descriptor).st_nlink:
            return descriptor
        # it was removed between our open and our lock
        os.close(descriptor)
