"""The jobs of the prompt: lines that are not in the foreground, by number."""

from __future__ import annotations

from xsh.repl.jobs.line import RUNNING, STOPPED, Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class JobEntry:
    """A job as the user knows it: its `number`, the `text` of its line, `state` running, stopped or ended."""

    __slots__ = ("announced", "disowned", "line", "number")

    def __init__(self, number: int, line: Line) -> None:
        self.number = number
        self.line = line
        self.disowned = False
        self.announced = False

    @property
    def text(self) -> str:
        """The line as it was entered."""
        return self.line.text

    @property
    def state(self) -> str:
        """Running, stopped or ended."""
        return self.line.state

    @property
    def pid(self) -> int | None:
        """The process number of its last program, None when it has none."""
        pids = [job.pid for job in self.line.jobs if job.pid is not None]
        return pids[-1] if pids else None

    def __repr__(self) -> str:
        return f"[{self.number}] {self.state} {self.text}"


class JobTable:
    """Jobs that are not in the foreground; the current one is the last stopped or put in the background."""

    def __init__(self) -> None:
        self.entries: dict[int, JobEntry] = {}
        self.order: list[int] = []

    def add(self, line: Line) -> JobEntry:
        """Enter a line under the smallest number above all others, and as the current one; an old entry stays its own."""
        entry = self.entry_of(line)
        if entry is None:
            number = max(self.entries, default=0) + 1
            entry = self.entries[number] = JobEntry(number, line)
        self.touch(entry)
        return entry

    def entry_of(self, line: Line | None) -> JobEntry | None:
        """The entry of a line, if it has one."""
        return next((entry for entry in self.entries.values() if entry.line is line), None)

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

    def find(self, spec: str) -> JobEntry:
        """The job meant by `%2`, `2`, `%+`, `%%`, `%-`, `%text` or `%?text` (POSIX XBD 3.204); LookupError if none is."""
        name = spec.removeprefix("%")
        order = self._by_rank()
        if name in ("", "+", "%"):
            if not order:
                raise LookupError("there is no job")
            return order[0]
        if name == "-":
            if not order:
                raise LookupError("there is no job")
            return order[1] if len(order) > 1 else order[0]
        if name.isdigit():
            found = [entry for entry in self if entry.number == int(name)]
        elif name.startswith("?"):
            found = [entry for entry in self if name[1:] in entry.text]
        else:
            found = [entry for entry in self if entry.text.startswith(name)]
        if not found:
            raise LookupError(f"{spec}: no such job")
        if len(found) > 1:
            raise LookupError(f"{spec}: several jobs are meant: {', '.join(f'%{entry.number}' for entry in found)}")
        return found[0]

    def _by_rank(self) -> list[JobEntry]:
        """The jobs, the current one first: stopped ones before running ones, the last touched before others."""
        recent = [self.entries[number] for number in reversed(self.order)]
        return sorted(recent, key=lambda entry: entry.state != STOPPED)

    def mark(self, entry: JobEntry) -> str:
        """`+` for the current job, `-` for the one before, else a blank."""
        rank = self._by_rank()
        return "+" if rank[:1] == [entry] else "-" if rank[1:2] == [entry] else " "

    def describe(self, entry: JobEntry) -> str:
        """One line about a job: number, mark, state, how it ended, text."""
        line = entry.line
        state = line.state
        if state == STOPPED and line.why:
            state = f"stopped ({line.why})"
        elif state not in (RUNNING, STOPPED):
            state = "done" if line.status == 0 else line.signal or f"exit {line.status}"
        text = line.text if len(line.text) <= 200 else line.text[:199] + "…"
        return f"[{entry.number}]{self.mark(entry)} {state:<10}  {' ⏎ '.join(text.split(chr(10)))}"

    def __iter__(self) -> Iterator[JobEntry]:
        return iter(list(self.entries.values()))

    def __len__(self) -> int:
        return len(self.entries)
