"""Compiled scripts on disk: found by their content, trusted only in a folder of one's own.

An entry is named by a hash of the source and of all else that decides what the code is. The hash has 64 bits, and two
sources with one hash can be searched for, so an entry also holds the source itself and is used only if it is equal.
Loading code from a file is running it: the folder must belong to this user and be closed to all others, and is opened
once, so that every entry is read and written in exactly the folder that was checked.
"""

from __future__ import annotations

import _imp
import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

VERSION = 2
"""Rises with every change of the scanner, the graft or the names that compiled code refers to."""

LIMIT = 500
"""Entries kept; beyond it the oldest are removed."""

_MAGIC = b"xshcode\n"
_KEY = 0x78736831


class Cache:
    """The code cache of one user; `folder` is None where there is none to trust, and then nothing is kept."""

    __slots__ = ("folder",)

    def __init__(self, folder: str | None) -> None:
        self.folder = folder

    def load(self, path: str, data: bytes, optimize: int) -> tuple[CodeType, bool] | None:
        """The code of a source with `path` as its file name and whether it needs a loop; None if it is not kept."""
        if self.folder is None:
            return None
        try:
            directory = _open_folder(self.folder)
        except OSError:
            return None  # not there yet, or not ours
        try:
            content = _read(directory, _name(data, optimize))
        except OSError:
            return None
        finally:
            os.close(directory)
        return _unpack(content, path, data)

    def store(self, data: bytes, optimize: int, code: CodeType, needs_loop: bool) -> None:
        """Keeps the code of a source; does nothing where it cannot or where Python is told to write no code."""
        if self.folder is None or sys.dont_write_bytecode:
            return
        payload = marshal.dumps((data, needs_loop, code))
        content = _MAGIC + _imp.source_hash(_KEY, payload) + payload
        try:
            _make_folder(self.folder)
            directory = _open_folder(self.folder)
        except OSError:
            return  # a read-only home is no reason to fail
        try:
            _write(directory, _name(data, optimize), content)
            _prune(directory)
        except OSError:
            return  # a full disk neither
        finally:
            os.close(directory)


def user_cache() -> Cache:
    """The cache below $XDG_CACHE_HOME or ~/.cache (XDG base directories: a relative path is ignored)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):
        home = os.environ.get("HOME", "")
        if not home.startswith("/"):
            return Cache(None)
        base = home + "/.cache"
    return Cache(base + "/xsh/code")


def _name(data: bytes, optimize: int) -> str:
    tag = f"{sys.implementation.cache_tag}-{sys.hexversion:x}-{VERSION}-{optimize}"
    return f"{_imp.source_hash(_KEY, data).hex()}.{tag}"


def _open_folder(folder: str) -> int:
    """A descriptor of the folder; raises OSError unless it is a real folder, ours, and closed to others."""
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    status = os.fstat(directory)
    if status.st_uid != os.geteuid() or status.st_mode & 0o022:
        os.close(directory)
        raise PermissionError(folder)
    return directory


def _make_folder(folder: str) -> None:
    """Makes the folder and those above it, each for us alone; raises OSError when the first one there is not ours.

    So `sudo xsh` leaves nothing of root's in a user's home.
    """
    missing: list[str] = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    if missing and os.stat(folder).st_uid != os.geteuid():
        raise PermissionError(folder)
    for path in reversed(missing):
        os.mkdir(path, 0o700)


def _read(directory: int, name: str) -> bytes:
    entry = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    try:
        status = os.fstat(entry)
        if status.st_uid != os.geteuid() or status.st_mode & 0o170022 != 0o100000:
            raise PermissionError(name)
        parts: list[bytes] = []
        while part := os.read(entry, status.st_size + 1):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(entry)


def _unpack(content: bytes, path: str, data: bytes) -> tuple[CodeType, bool] | None:
    """The code in an entry; None for a damaged one and for another source's."""
    head = len(_MAGIC)
    payload = content[head + 8 :]
    if content[:head] != _MAGIC or _imp.source_hash(_KEY, payload) != content[head : head + 8]:
        return None
    source, needs_loop, code = marshal.loads(payload)  # noqa: S302 - checked, and from a folder of our own
    if source != data:
        return None
    _imp._fix_co_filename(code, path)  # type: ignore[attr-defined]  # noqa: SLF001 - as importlib does with a .pyc
    return code, needs_loop


def _write(directory: int, name: str, content: bytes) -> None:
    """Writes an entry under another name first, so that no reader ever sees half of it."""
    temporary = f"{name}.{os.getpid()}"
    entry = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=directory
    )
    try:
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(entry, rest) :]
        finally:
            os.close(entry)
        os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
    except OSError:
        os.unlink(temporary, dir_fd=directory)
        raise


def _prune(directory: int) -> None:
    """Removes the oldest entries beyond the limit, a tenth at a time so that it happens seldom."""
    names = os.listdir(directory)
    if len(names) <= LIMIT:
        return
    ages: list[tuple[float, str]] = []
    for name in names:
        try:
            ages.append((os.stat(name, dir_fd=directory, follow_symlinks=False).st_mtime, name))
        except FileNotFoundError:
            continue  # another xsh was faster
    ages.sort()
    for _, name in ages[: len(ages) - LIMIT * 9 // 10]:
        try:
            os.unlink(name, dir_fd=directory)
        except FileNotFoundError:
            continue
