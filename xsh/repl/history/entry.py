"""One line of the history, and which lines a search finds."""

from __future__ import annotations

import os
from dataclasses import dataclass

from xsh.errors import TemplateError
from xsh.words.split import split


class StoreError(Exception):
    """The file of the history cannot be read or written; the message is SQLite's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line as it was entered; `duration` and `exit_status` are None while it runs and when its shell was killed."""

    id: int
    text: str
    cwd: str
    start: float
    """Seconds since the epoch."""
    duration: float | None = None
    """Seconds."""
    exit_status: int | None = None
    """0 to 255, as `$?`."""
    session: str = ""
    host: str = ""
    paths: tuple[str, ...] = ()
    """The words that named existing files when the line was entered, as written."""

    @property
    def failed(self) -> bool:
        """Whether the line ended, and badly; one that the user interrupted (130) did not fail."""
        return self.exit_status not in (None, 0, 130)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a search asks for; what is None or False does not matter."""

    text: str = ""
    """Words that must all occur; a word with a capital minds case."""
    prefix: str = ""
    """How the text begins, exactly."""
    cwd: str | None = None
    session: str | None = None
    not_session: str | None = None
    failed: bool = False
    since: float | None = None
    """Seconds since the epoch."""

    @property
    def words(self) -> list[str]:
        """The words asked for."""
        return self.text.split()

    def matches(self, entry: Entry) -> bool:
        """Whether the entry is one that was asked for."""
        return (
            entry.text.startswith(self.prefix)
            and all(occurs(word, entry.text) for word in self.words)
            and (self.cwd is None or entry.cwd == self.cwd)
            and (self.session is None or entry.session == self.session)
            and (self.not_session is None or entry.session != self.not_session)
            and (not self.failed or entry.failed)
            and (self.since is None or entry.start >= self.since)
        )


def occurs(word: str, text: str) -> bool:
    """Whether `word` stands in `text`; case counts only when the word has a capital (smart case, as in fzf)."""
    if word != word.lower():
        return word in text
    return word in text.lower()


def latest_of_each(entries: list[Entry]) -> list[Entry]:
    """The entries, newest first, each text once: its newest."""
    newest: dict[str, Entry] = {}
    for entry in entries:
        if entry.text not in newest or newest[entry.text].id < entry.id:
            newest[entry.text] = entry
    return sorted(newest.values(), key=lambda entry: -entry.id)


def path_words(text: str) -> list[str]:
    """The words of a line that may name files: none for text that cannot be split, and no options."""
    try:
        words = split(text)
    except TemplateError:
        return []
    return [word for word in words[1:] if word and not word.startswith("-") and not set(word) & set("*?[]{}$`\n\0")]


def existing_paths(text: str, cwd: str) -> tuple[str, ...]:
    """The words of a line that name something that exists, seen from `cwd`."""
    return tuple(word for word in path_words(text) if os.path.lexists(absolute(word, cwd)))


def fits(entry: Entry, cwd: str) -> bool:
    """Whether every file that the line named when it was entered exists, seen from `cwd`; as fish asks of a suggestion."""
    return all(os.path.lexists(absolute(word, cwd)) for word in entry.paths)


def absolute(word: str, cwd: str) -> str:
    """The path that `word` names, seen from `cwd`; `~` is home."""
    return os.path.join(cwd, os.path.expanduser(word))
