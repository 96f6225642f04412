"""Files by pattern."""

from __future__ import annotations

import os
from pathlib import Path

from xsh.session.session import current_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator
    from typing import Any


def glob(*patterns: str, cwd: Any = None, hidden: bool = False) -> Paths:
    """The sorted paths that match any pattern, less those that match one that begins with `!`.

    `*`, `?` and `[…]` match within a name, `**` any directories, links to directories not followed. Hidden files match
    only a pattern that names the dot, or with `hidden`. Iterate it, `async for` it, or `await` it for a list.

    Example::

        for log in glob("**/*.log", "!build/**"):
            await $`gzip ${log}`
    """
    if not patterns:
        raise TypeError("glob takes at least one pattern")
    for pattern in patterns:
        if not isinstance(pattern, str):  # pyright: ignore[reportUnnecessaryIsInstance] - said kindly
            raise TypeError(f"glob takes patterns as text, not {type(pattern).__name__}")
    base = cwd if cwd is not None else current_session().options.cwd
    return Paths(patterns, Path(base) if base is not None else None, hidden)


class Paths:
    """The paths of a glob, found when they are asked for."""

    __slots__ = ("base", "hidden", "patterns")

    is_words = True

    def __init__(self, patterns: tuple[str, ...], base: Path | None, hidden: bool) -> None:
        self.patterns = patterns
        self.base = base
        self.hidden = hidden

    def __iter__(self) -> Iterator[Path]:
        return iter(self._found())

    async def __aiter__(self) -> AsyncIterator[Path]:
        for path in self._found():
            yield path

    def __await__(self) -> Generator[Any, Any, list[Path]]:
        return self._list().__await__()

    async def _list(self) -> list[Path]:
        return self._found()

    def __len__(self) -> int:
        return len(self._found())

    def __bool__(self) -> bool:
        return bool(self._found())

    def _found(self) -> list[Path]:
        wanted = [pattern for pattern in self.patterns if not pattern.startswith("!")]
        refused = [matcher(pattern[1:]) for pattern in self.patterns if pattern.startswith("!")]
        found: set[str] = set()
        for pattern in wanted:
            found.update(self._matches(pattern))
        kept = [Path(path) for path in found if not any(refuse(path) for refuse in refused)]
        return sorted(kept)

    def _matches(self, pattern: str) -> Iterator[str]:
        pattern = os.path.expanduser(pattern)
        root = "/" if pattern.startswith("/") else ""
        start = root or (os.fspath(self.base) if self.base is not None else ".")
        parts = tuple(part for part in pattern.split("/") if part not in ("", "."))
        yield from walk(start, root, parts, hidden=self.hidden)

    def __repr__(self) -> str:
        return f"glob({', '.join(map(repr, self.patterns))})"


def walk(directory: str, prefix: str, parts: tuple[str, ...], *, hidden: bool) -> Iterator[str]:
    """The paths under `directory`, named from `prefix`, whose parts match."""
    if not parts:
        return
    head, rest = parts[0], parts[1:]
    if head == "**":
        yield from _deep(directory, prefix, rest, hidden=hidden)
        return
    if not any(char in head for char in "*?["):
        path = os.path.join(directory, head)
        if os.path.lexists(path):
            yield from _step(path, os.path.join(prefix, head), rest, hidden=hidden)
        return
    match = name_matcher(head, hidden=hidden)
    for entry in _entries(directory):
        if match(entry.name):
            yield from _step(entry.path, os.path.join(prefix, entry.name), rest, hidden=hidden)


def _step(path: str, name: str, rest: tuple[str, ...], *, hidden: bool) -> Iterator[str]:
    if not rest:
        yield name
    elif os.path.isdir(path):
        yield from walk(path, name, rest, hidden=hidden)


def _deep(directory: str, prefix: str, rest: tuple[str, ...], *, hidden: bool) -> Iterator[str]:
    if rest:
        yield from walk(directory, prefix, rest, hidden=hidden)
    elif prefix:
        yield prefix
    for entry in _entries(directory):
        if entry.name.startswith(".") and not hidden:
            continue
        name = os.path.join(prefix, entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield from _deep(entry.path, name, rest, hidden=hidden)
        elif not rest:
            yield name


def _entries(directory: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return list(entries)
    except OSError:
        # a directory that cannot be read has no matches, as in every shell
        return []


def name_matcher(pattern: str, *, hidden: bool) -> Callable[[str], bool]:
    """Whether a name matches; a leading dot only where the pattern has one or hidden files are asked for."""
    import fnmatch
    import re

    regex = re.compile(fnmatch.translate(pattern))
    dotted = hidden or pattern.startswith(".")

    def matches(name: str) -> bool:
        return (dotted or not name.startswith(".")) and regex.match(name) is not None

    return matches


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a whole path matches a pattern."""
    import fnmatch
    import re

    parts: list[str] = []
    for part in pattern.strip("/").split("/"):
        if part == "**":
            parts.append("(?:[^/]+/)*")
        else:
            parts.append(
                fnmatch.translate(part).replace("(?s:", "(?:").removesuffix(r"\Z").replace(".*", "[^/]*") + "/"
            )
    regex = re.compile("".join(parts) + r"\Z")

    def matches(path: str) -> bool:
        return regex.match(path.rstrip("/") + "/") is not None

    return matches
