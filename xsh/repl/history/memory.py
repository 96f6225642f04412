"""The history where no file can be had: in memory, gone with the shell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xsh.repl.history.entry import latest_of_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xsh.repl.history.entry import Entry, Query


class MemoryStore:
    """What `SqliteStore` promises, without a file."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.closing = False
        self._last = 0

    def add(self, entry: Entry) -> int:
        """Keep a line, whatever its `id` says; the number it has from now on."""
        self._last += 1
        self.entries[self._last] = replace(entry, id=self._last)
        return self._last

    def finish(self, number: int, exit_status: int, duration: float) -> None:
        """Say how a line has ended."""
        if number in self.entries:
            self.entries[number] = replace(self.entries[number], exit_status=exit_status, duration=duration)

    def delete(self, numbers: Sequence[int]) -> int:
        """Forget lines; how many there were."""
        return sum(self.entries.pop(number, None) is not None for number in numbers)

    def search(self, query: Query, limit: int, *, unique: bool = True) -> list[Entry]:
        """The newest lines asked for, newest first; with `unique` each text once."""
        found = [entry for entry in reversed([*self.entries.values()]) if query.matches(entry)]
        return (latest_of_each(found) if unique else found)[:limit]

    def directories(self) -> list[tuple[str, int, float]]:
        """Every directory lines were entered in: its path, how many, and when the last one was (seconds since the epoch)."""
        found: dict[str, tuple[str, int, float]] = {}
        for entry in [*self.entries.values()]:
            _, count, last = found.get(entry.cwd, ("", 0, 0.0))
            found[entry.cwd] = (entry.cwd, count + 1, max(last, entry.start))
        return [*found.values()]

    def close(self) -> None:
        """Nothing is open."""
