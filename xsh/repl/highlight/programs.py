"""The names of the programs on PATH, read in a thread; a directory is read again only when it has changed."""

from __future__ import annotations

import os

from xsh.targets.local.which import search_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Programs:
    """The programs on PATH as they were when last looked at; asking never waits for a disk, `look` may."""

    def __init__(self, path: Callable[[], str] = lambda: search_path(None)) -> None:
        self._path = path
        self._directories: dict[str, tuple[int, frozenset[str]]] = {}
        self.names: frozenset[str] = frozenset()
        self.is_ready = False

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def look(self) -> frozenset[str]:
        """The names of all programs on PATH now, after reading the directories that have changed."""
        found: set[str] = set()
        for directory in self._path().split(":"):
            if directory.startswith("/"):
                found |= self._read(directory)
        self.names = frozenset(found)
        self.is_ready = True
        return self.names

    def _read(self, directory: str) -> frozenset[str]:
        try:
            stamp = os.stat(directory).st_mtime_ns
            known = self._directories.get(directory)
            if known is not None and known[0] == stamp:
                return known[1]
            with os.scandir(directory) as entries:
                names = frozenset(entry.name for entry in entries if _is_program(entry))
        except OSError:
            return frozenset()
        self._directories[directory] = (stamp, names)
        return names


def _is_program(entry: os.DirEntry[str]) -> bool:
    try:
        return os.access(entry.path, os.X_OK) and not entry.is_dir()
    except OSError:
        return False
