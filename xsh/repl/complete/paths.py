"""Completes paths, quoted for the place where they stand."""

from __future__ import annotations

import os

from xsh.repl.complete.candidate import Candidate, matching
from xsh.repl.complete.quoting import can_be_typed, escaped, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from xsh.repl.text.command_words import Word

MOST = 2000
"""Entries of one directory that are offered."""


def path_candidates(
    word: Word, start: int, *, only: Callable[[os.DirEntry[str]], bool] | None = None, text: str | None = None
) -> list[Candidate]:
    """The paths that complete a word, whose place in the text is `start`; `only` chooses among a directory's entries.

    `text` is the path that was typed where it is only a part of the word. Hidden files are offered when asked for by
    their dot; a directory ends in `/` and leaves its quotes open.
    """
    typed = word.value if text is None else text
    directory, slash, base = typed.rpartition("/")
    is_home = not word.quote and typed.startswith("~") and bool(slash)
    where = os.path.expanduser(directory + slash) if is_home else directory + slash
    entries = {entry.name: entry for entry in _entries(where or ".") if only is None or only(entry)}
    if not base.startswith("."):
        entries = {name: entry for name, entry in entries.items() if not name.startswith(".")}
    candidates: list[Candidate] = []
    for name in matching(base, entries)[:MOST]:
        is_directory = _is_directory(entries[name])
        path = directory + slash + name + ("/" if is_directory else "")
        inserted = _inserted(path, word, is_open=is_directory, is_home=is_home)
        shown = name + ("/" if is_directory else "")
        kind = "directory" if is_directory else "file"
        candidates.append(Candidate(inserted, start, kind, shown=shown, is_open=is_directory))
    return candidates


def is_directory_entry(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a directory, or a link to one."""
    return _is_directory(entry)


def is_runnable_entry(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a directory or a program."""
    return _is_directory(entry) or os.access(entry.path, os.X_OK)


def _inserted(path: str, word: Word, *, is_open: bool, is_home: bool) -> str:
    if word.quote:
        return quoted(path, word.quote, is_open=is_open)
    is_first = word.role == "command"
    if is_home:
        user, slash, rest = path.partition("/")
        return user + slash + escaped(rest)
    if (is_first and "/" not in path) or (path.startswith("-") and word.value == ""):
        path = "./" + path
    return escaped(path, is_first=is_first)


def _entries(directory: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return [entry for entry in entries if can_be_typed(entry.name)]
    except (OSError, ValueError):
        return []


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
