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
    from collections.abc import Callable

A_MOMENT = 0.1
"""Seconds since its birth within which an adopted process that is dead already counts as one that moves."""
NEWEST = 12
"""How many of the newest processes are looked at."""
AT_MOST = 0.1
"""Seconds that one hunt may take."""
QUIET = 0.005
"""Seconds after the last kill with nothing more to kill, after which it is over."""

ROUNDS = 20
"""How many times the newest are looked at after the last kill, at least."""

_counted: set[tuple[int, int]] = set()


def traces(table: Table, groups: set[int]) -> bool:
    """Whether there are dead generations that were not there in an earlier table, those of these groups apart."""
    if not KIN.adopting:
        return False
    known = {os.getpgrp(), *groups, *KIN.groups, *KIN.lingering}
    fresh = {
        (row.pid, row.started)
        for row in table.children.get(os.getpid(), ())
        if not row.alive
        and row.pid not in KIN.live
        and row.group not in known
        and row.started / TICKS > table.taken - A_MOMENT
    }
    new = fresh - _counted
    _counted.clear()
    _counted.update(fresh)
    return bool(new)


def hunt(wanted: Callable[[Row], bool]) -> int:
    """Kill the wanted among the newest orphans until none comes any more; how many that were."""
    us, own = os.getpid(), os.getpgrp()
    killed: set[int] = set()
    began = last_kill = now()
    rounds = 0
    # counted too, since a busy machine may not run us for longer than that
    while (moment := now()) < began + AT_MOST and (not killed or moment < last_kill + QUIET or rounds < ROUNDS):
        rounds += 1
        newest = newest_pid()
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
