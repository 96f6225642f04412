"""Catching a process that forks a child and ends, again and again, faster than a look at all processes takes.

Its dead generations give it away: each was adopted by us and is a zombie that was born a moment ago. Its number does
too: it is among the last that the system has given (proc(5), loadavg). So only the newest processes are looked at, some
ten thousand times a second, and what is wanted is killed as soon as it is seen.
"""

from __future__ import annotations

import os

from xsh.reactor.signals import SIGKILL
from xsh.targets.local.kin import KIN, now
from xsh.targets.local.tree import TICKS, Row, Table, read_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

A_MOMENT = 0.1
"""Seconds since its birth within which an adopted process that is dead at a first look counts as one that moves."""
A_WHILE = 1.0
"""Seconds after a look within which all that died since then counts, however old it was."""
NEWEST = 12
"""How many of the newest processes are looked at."""
AT_MOST = 0.1
"""Seconds that one hunt may take."""
QUIET = 0.005
"""Seconds after the last kill with nothing more to kill, after which it is over."""

ROUNDS = 20
"""How many times the newest are looked at after the last kill, at least."""
STILL = 0.02
"""Seconds in which no process at all was started, after which nothing moves."""


class Dead:
    """The adopted zombies of the latest table, and when that was taken."""

    def __init__(self) -> None:
        self.taken = 0.0
        self.seen: set[tuple[int, int]] = set()


DEAD = Dead()


def unknown_dead(table: Table, groups: Iterable[int], expected: Container[tuple[int, int]]) -> set[tuple[int, int]]:
    """The zombies that we adopted, by number and start, except those of these groups and those that were expected."""
    known = {os.getpgrp(), *groups, *KIN.groups, *KIN.lingering}
    return {
        (row.pid, row.started)
        for row in table.children.get(os.getpid(), ())
        if not row.alive
        and row.pid not in KIN.live
        and row.group not in known
        and (row.pid, row.started) not in expected
    }


def traces(table: Table, groups: Iterable[int], expected: Container[tuple[int, int]]) -> bool:
    """Whether there are dead generations that were not there in an earlier table, those of these groups apart.

    Who is slow on a busy machine may be older than a moment; so at a second look all that is new counts.
    """
    if not KIN.adopting:
        return False
    dead = unknown_dead(table, groups, expected)
    new = dead - DEAD.seen
    born_after = 0.0 if table.taken < DEAD.taken + A_WHILE else table.taken - A_MOMENT
    DEAD.seen, DEAD.taken = dead, table.taken
    return any(started / TICKS > born_after for _, started in new)


def hunt(wanted: Callable[[Row], bool]) -> int:
    """Kill the wanted among the newest orphans until none comes any more; how many that were."""
    us, own = os.getpid(), os.getpgrp()
    killed: set[int] = set()
    last = 0
    began = last_kill = last_birth = now()
    rounds = 0
    # counted too, since a busy machine may not run us for longer than that
    while (moment := now()) < began + AT_MOST:
        rounds += 1
        newest = newest_pid()
        if newest != last:
            last, last_birth = newest, moment
        quiet = moment > last_kill + QUIET if killed else moment > last_birth + STILL
        if quiet and rounds > ROUNDS:
            break
        for pid in range(newest, max(newest - NEWEST, 1), -1):
            if pid in killed or (row := read_row(pid)) is None or not row.alive:
                continue
            if row.parent == us and row.group != own and pid not in KIN.live and wanted(row) and kill(pid):
                killed.add(pid)
                last_kill, rounds = now(), 0
    return len(killed)


def newest_pid() -> int:
    """The number that the system has given last."""
    with open("/proc/loadavg", "rb") as file:
        return int(file.read().split()[4])


def kill(pid: int) -> bool:
    """Kill a process that was seen this very moment; whether that was possible."""
    try:
        os.kill(pid, SIGKILL)
    except OSError:
        return False
    return True
