"""Every process by /proc/PID/stat (proc(5)), and which of them a program has started that have left its group.

A group is left by setsid(2), by a shell with job control, by timeout(1) of coreutils, by every daemon. Such a stray is
found below the program, its group or its session; once its parent has ended, it is an orphan, known from an earlier
look, by the mark in its environment, or because no other command ran when it was born.

A look at all processes takes about 15 µs for each, so looks are shared among the jobs that are being stopped, and
a program of many processes spends at most a quarter of its time on them.
"""

from __future__ import annotations

import os
import select
from errno import EMFILE, ENFILE, ESRCH

from xsh.targets.local.group import is_alive
from xsh.targets.local.kin import DETACHED, KEY, KIN, now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from signal import pidfd_send_signal

    from xsh.targets.local.kin import Started
else:
    from _signal import pidfd_send_signal

TICKS = os.sysconf("SC_CLK_TCK")
BIRTH_SLACK = 0.05
"""Seconds by which a start that the kernel counts in ticks may seem to lie before one that we saw."""
BUDGET = 0.012
"""Seconds of looking that may be spent at once; a quarter of the time that passes is added to it."""
LOOKS_AT_NAME = 5


class Row:
    """One process as it was at the moment of the look."""

    __slots__ = ("group", "parent", "pid", "session", "started", "state", "threads")

    def __init__(self, pid: int, fields: list[bytes]) -> None:
        self.pid = pid
        self.state = fields[0]
        self.parent = int(fields[1])
        self.group = int(fields[2])
        self.session = int(fields[3])
        self.threads = int(fields[17])
        self.started = int(fields[19])

    @property
    def alive(self) -> bool:
        """Whether it is more than a zombie."""
        return is_alive(self.state, self.threads)


class Table:
    """All processes at one moment; `taken` is the time before the first of them was read, by `now`."""

    def __init__(self) -> None:
        self.taken = now()
        self.rows: dict[int, Row] = {}
        self.children: dict[int, list[Row]] = {}
        for name in os.listdir("/proc"):
            if name.isdigit() and (row := read_row(int(name))) is not None:
                self.rows[row.pid] = row
                self.children.setdefault(row.parent, []).append(row)

    def below(self, roots: Iterable[Row], spared: set[int]) -> dict[int, Row]:
        """The roots and all their descendants, except the spared and what is only below those."""
        found: dict[int, Row] = {}
        stack = list(roots)
        while stack:
            row = stack.pop()
            if row.pid not in found and row.pid not in spared:
                found[row.pid] = row
                stack.extend(self.children.get(row.pid, ()))
        return found


def read_row(pid: int) -> Row | None:
    """What the system says of a process now; None when it is gone."""
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # the name before these fields may contain blanks and brackets
        return Row(pid, os.read(descriptor, 1024).rpartition(b")")[2].split())
    except OSError:
        return None
    finally:
        os.close(descriptor)


class Looks:
    """The latest table, shared by all who need one that is new enough for them."""

    def __init__(self) -> None:
        self.table: Table | None = None
        self.budget = BUDGET
        self.counted = 0.0

    def get(self, newer_than: float) -> Table | None:
        """A table taken after a time; None when it is too early to make another, or no descriptor is left for it now."""
        if self.table is not None and self.table.taken >= newer_than:
            return self.table
        began = now()
        self.budget = min(BUDGET, self.budget + (began - self.counted) / 4)
        self.counted = began
        if self.budget <= 0:
            return None
        try:
            self.table = Table()
        except OSError as error:
            if error.errno not in (EMFILE, ENFILE):
                raise
            # the programs that are being stopped give theirs back, and then there is another look
            return None
        self.budget -= now() - began
        return self.table


LOOKS = Looks()
KNOWN: dict[str, dict[int, int]] = {}
"""For each mark: the strays seen so far and when they were started, by which a number that was reused is told."""


class Stray:
    """A process that has left the group of the program that started it; signalled without fear for a reused number."""

    __slots__ = ("descriptor", "pid", "started")

    def __init__(self, pid: int, started: int) -> None:
        self.pid = pid
        self.started = started
        self.descriptor: int | None = None

    def open(self) -> bool:
        """Hold on to it; False when it has ended, or its number is another's by now."""
        try:
            self.descriptor = os.pidfd_open(self.pid)
        except OSError as error:
            # out of descriptors: by its number then, and only while that is still its own
            return error.errno != ESRCH and self._same()
        if self._same():
            return True
        self.close()
        return False

    def _same(self) -> bool:
        row = read_row(self.pid)
        return row is not None and row.alive and row.started == self.started

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        if self.descriptor is None:
            return self._same()
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        return not poll.poll(0)

    def signal(self, number: int) -> None:
        """Send it a signal; one that has ended is no error. Raises PermissionError for another user's."""
        try:
            if self.descriptor is not None:
                pidfd_send_signal(self.descriptor, number)
            elif self._same():
                os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def close(self) -> None:
        """Let go of it."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def find_strays(process: Started, table: Table) -> list[Row]:
    """The processes of a table that a program has started, its own group and what was detached excepted."""
    forget_ended(table)
    known = KNOWN.setdefault(process.mark, {})
    ids = family_numbers(process, table)
    roots = [row for row in table.rows.values() if row.pid in known or row.group in ids or row.session in ids]
    roots += [row for row in orphans(table) if row.pid not in known and is_whose(row, process)]
    spared = {os.getpid(), *KIN.detached}
    for row in table.below(roots, spared).values():
        if row.group != process.group and row.pid not in KIN.live and row.alive and is_detached(mark_of(row.pid)):
            spared.add(row.pid)
    found = table.below(roots, spared).values()
    strays = [row for row in found if row.group != process.group and row.pid not in KIN.live]
    known.update({row.pid: row.started for row in strays})
    if KIN.adopting:
        for row in strays:
            if not row.alive and row.parent == os.getpid():
                reap(row.pid)
    if not known:
        del KNOWN[process.mark]
    return strays


def forget_ended(table: Table) -> None:
    """Know no more of strays that have gone, or whose number is another's by now."""
    for mark, known in list(KNOWN.items()):
        for pid, started in list(known.items()):
            row = table.rows.get(pid)
            if row is None or row.started != started:
                del known[pid]
        if not known:
            del KNOWN[mark]


def family_numbers(process: Started, table: Table) -> set[int]:
    """The numbers by which groups and sessions are the program's; none when they are another's by now."""
    if process.status is not None and process.pid in table.rows:
        return set()
    return {process.group, process.pid}


def orphans(table: Table) -> list[Row]:
    """The living processes whose parent does not tell whose they are: those we adopted, else all that may be anybody's."""
    us = os.getpid()
    if KIN.adopting:
        mine = table.children.get(us, ())
        return [row for row in mine if row.alive and row.pid not in KIN.live and row.group != os.getpgrp()]
    passed = {*ancestors(table), *KIN.live}
    # the children of 2 are threads of the kernel
    return [row for row in table.rows.values() if row.alive and row.pid not in passed and row.parent not in (0, 2)]


def ancestors(table: Table) -> set[int]:
    """This process and those it descends from."""
    found: set[int] = set()
    pid = os.getpid()
    while pid in table.rows and pid not in found:
        found.add(pid)
        pid = table.rows[pid].parent
    return found


def is_whose(row: Row, process: Started) -> bool:
    """Whether an orphan was started by this program."""
    mark = mark_of(row.pid)
    if mark:
        return mark == process.mark or mark.startswith(process.mark + "/")
    since = KIN.alone_since(process) if KIN.adopting else None
    return since is not None and row.started / TICKS >= since - BIRTH_SLACK


def mark_of(pid: int) -> str:
    """The mark in the environment that a process was started with; empty when it has none or it is not ours to see.

    In execve(2) a process shows neither environment nor arguments for a moment: such a look is repeated.
    """
    for _ in range(LOOKS_AT_NAME):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                environment = file.read()
            if environment:
                break
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if file.read(1):
                    break
        except OSError:
            return ""
        os.sched_yield()
    else:
        return ""
    for entry in environment.split(b"\0"):
        if entry.startswith(KEY + b"="):
            return entry[len(KEY) + 1 :].decode("ascii", "replace")
    return ""


def is_detached(mark: str) -> bool:
    """Whether a mark is that of a command that we or an xsh below us detached, or of what that started."""
    own = mark.removeprefix(KIN.program) if KIN.program else mark
    return any(part.endswith(DETACHED) for part in own.split("/"))


def reap(pid: int) -> None:
    """Take the status of an adopted child that has ended."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
