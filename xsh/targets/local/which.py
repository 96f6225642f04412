"""Finding a program on PATH, and the nearest names when there is none."""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
FS_ENCODING = sys.getfilesystemencoding()

FRESH = 0.01
"""Seconds for which an entry counts without a look at the directories, which costs a tenth of a spawn."""


class ProgramCache:
    """Where programs were found; an entry counts while the directories before and with it are unchanged."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], tuple[str, list[int]]] = {}
        self.looked: dict[tuple[str, str], float] = {}

    def find(self, name: str, path: str, fresh: float | None = None) -> str | None:
        """The absolute path of program `name` on `path`, relative and empty elements skipped; None if there is none.

        What was looked at less than `fresh` seconds ago, FRESH unless told, is not looked at again.
        """
        key = (name, path)
        now = time.monotonic()
        cached = self.found.get(key)
        if cached is not None:
            if now - self.looked[key] < (FRESH if fresh is None else fresh):
                return cached[0]
            if cached[1] == _stamps(path, os.path.dirname(cached[0])):
                self.looked[key] = now
                return cached[0]
        for directory in path.split(":"):
            if directory.startswith("/"):
                candidate = f"{directory}/{name}"
                if is_program(candidate):
                    self.found[key] = (candidate, _stamps(path, directory))
                    self.looked[key] = now
                    return candidate
        return None

    def forget(self, name: str, path: str) -> bool:
        """Look anew the next time; whether something was known."""
        self.looked.pop((name, path), None)
        return self.found.pop((name, path), None) is not None


def _stamps(path: str, last: str) -> list[int]:
    stamps: list[int] = []
    for directory in path.split(":"):
        if directory.startswith("/"):
            try:
                stamps.append(os.stat(directory).st_mtime_ns)
            except OSError:
                stamps.append(0)
            if directory == last:
                break
    return stamps


def is_program(path: str) -> bool:
    """Whether `path` is a file that this user may execute."""
    return os.access(path, os.X_OK) and not os.path.isdir(path)


def search_path(env: Mapping[str, str | None] | None) -> str:
    """The PATH that a command with these changes to the environment is looked up on."""
    if env is not None and "PATH" in env:
        return env["PATH"] or DEFAULT_PATH
    # the mapping behind os.environ: asking that decodes and encodes for a hundredth of a spawn
    raw: dict[bytes, bytes] | None = getattr(os.environ, "_data", None)
    if raw is None:
        return os.environ.get("PATH", DEFAULT_PATH)
    path = raw.get(b"PATH")
    return DEFAULT_PATH if path is None else path.decode(FS_ENCODING, "surrogateescape")


def which(name: str, env: Mapping[str, str | None] | None = None) -> str | None:
    """The absolute path of program `name`, or None; relative and empty elements of PATH are skipped.

    Source: POSIX XBD 8.3, except that an empty element does not mean the current directory.
    """
    if "/" in name:
        return name if is_program(name) else None
    # whoever asks wants to know how it is now; a spawn would notice
    return CACHE.find(name, search_path(env), fresh=0) if name else None


def nearest(name: str, path: str, limit: int = 3) -> list[str]:
    """At most `limit` programs on `path` whose names are closest to `name`, closest first."""
    import difflib

    names: set[str] = set()
    for directory in path.split(":"):
        if directory.startswith("/"):
            try:
                names.update(os.listdir(directory))
            except OSError:
                continue
    close = [n for n in names if abs(len(n) - len(name)) <= 2]
    return difflib.get_close_matches(name, sorted(close), n=limit, cutoff=0.6)


CACHE = ProgramCache()
