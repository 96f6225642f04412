"""The jobs of the prompt: numbered, running, stopped or ended."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

RUNNING, STOPPED, ENDED = "running", "stopped", "ended"


class JobEntry:
    """A job as the user knows it: its number, the text of its line, `state` running, stopped or ended."""

    __slots__ = ("disowned", "job", "modes", "number", "state", "task", "text")

    def __init__(self, number: int, job: Any, text: str) -> None:
        self.number = number
        self.job = job
        self.text = text
        self.state = RUNNING
        self.disowned = False
        self.modes: Any = None
        self.task: Any = None

    def __repr__(self) -> str:
        return f"[{self.number}] {self.state} {self.text}"


class JobTable:
    """Jobs that are not in the foreground, by number; the current one is the last stopped or put in the background."""

    def __init__(self) -> None:
        self.entries: dict[int, JobEntry] = {}
        self.order: list[int] = []

    def add(self, job: Any, text: str) -> JobEntry:
        """Enter a job under the smallest number above all others; it becomes the current one."""
        number = max(self.entries, default=0) + 1
        entry = self.entries[number] = JobEntry(number, job, text)
        self.order.append(number)
        return entry

    def remove(self, entry: JobEntry) -> None:
        """Forget a job."""
        self.entries.pop(entry.number, None)
        if entry.number in self.order:
            self.order.remove(entry.number)

    def touch(self, entry: JobEntry) -> None:
        """Make a job the current one."""
        if entry.number in self.order:
            self.order.remove(entry.number)
        self.order.append(entry.number)

    def __iter__(self) -> Iterator[JobEntry]:
        return iter(list(self.entries.values()))

    def __len__(self) -> int:
        return len(self.entries)
