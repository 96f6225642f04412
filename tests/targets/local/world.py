"""Processes made by hand, a clock that moves only when somebody looks or waits, and the system calls a sweep makes."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from xsh.reactor.signals import SIGKILL, SIGTERM
from xsh.targets.local import sweep
from xsh.targets.local.hunt import DEAD
from xsh.targets.local.kin import KIN, Kin
from xsh.targets.local.tree import TICKS, Row, Table

US, OWN_GROUP = 500, 490
"""The numbers this process has in the world: no real one, which might be anybody's there."""


def row_of(pid: int, parent: int = US, group: int = 0, session: int = 0, state: str = "S", started: float = 0.0) -> Row:
    """A process by what /proc says of it; its group and session are its own unless said otherwise; `started` in seconds."""
    fields = [state.encode(), *(b"%d" % number for number in (parent, group or pid, session or group or pid))]
    return Row(pid, [*fields, *[b"0"] * 13, b"1", b"0", b"%d" % (started * TICKS)])


def table_of(*rows: Row, taken: float = 0.0) -> Table:
    """A table of exactly these."""
    table = Table.__new__(Table)
    table.taken = taken
    table.rows = {row.pid: row for row in rows}
    table.children = {}
    for row in rows:
        table.children.setdefault(row.parent, []).append(row)
    return table


def stand_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process has the numbers above, has started nothing yet and adopts nothing."""
    for name, value in vars(Kin()).items():
        monkeypatch.setattr(KIN, name, value)
    KIN.program = "us"
    monkeypatch.setattr(os, "getpid", lambda: US)
    monkeypatch.setattr(os, "getpgrp", lambda: OWN_GROUP)


class HandMade:
    """A hold on one process of the world, as a sweep takes it."""

    def __init__(self, world: World, pid: int, started: int) -> None:
        self.world, self.pid, self.started = world, pid, started
        self.descriptor = None if pid in world.without_descriptor else pid
        self.alive = True

    def open(self) -> bool:
        """Unless it has ended in this moment."""
        if self.pid in self.world.gone_when_held:
            return False
        self.world.held.append(self.pid)
        return True

    def signal(self, number: int) -> None:
        """Note the signal; who obeys it ends, and what it had started becomes ours."""
        self.world.sent.append((self.pid, number, self.world.clock))
        if self.pid in self.world.denied:
            raise PermissionError
        deaf = self.world.unkillable if number == SIGKILL else self.world.stubborn | self.world.unkillable
        if number in (SIGTERM, SIGKILL) and self.pid not in deaf:
            self.world.end(self.pid)
            self.alive = False

    def close(self) -> None:
        """Note that nobody holds it any more."""
        self.world.held.remove(self.pid)


class World:
    """Everybody there is; `sent` are the signals as (pid, number, when), `waits` the waits as (seconds, pids waited for)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *rows: Row) -> None:
        self.rows = {row.pid: row for row in rows}
        self.marks: dict[int, str] = {}
        self.clock = 0.0
        self.tables = 0
        self.late: dict[int, Row] = {}
        """Who is seen only from the table of that number on."""
        self.hunts: list[set[int]] = []
        """For each hunt: whom it would have killed."""
        self.moving: list[bool] = []
        """What the next looks take for traces of something that moves."""
        self.stubborn: set[int] = set()
        self.unkillable: set[int] = set()
        self.denied: set[int] = set()
        self.gone_when_held: set[int] = set()
        self.without_descriptor: set[int] = set()
        self.held: list[int] = []
        self.sent: list[tuple[int, int, float]] = []
        self.waits: list[tuple[float, list[int]]] = []
        self.pauses: list[float] = []
        self.dead_children: list[int] = []
        """The children that have ended and wait to be reaped."""
        self.child_unseen = False
        """Whether the system knows of a living child that no look finds."""
        stand_alone(monkeypatch)
        KIN.adopting = True
        monkeypatch.setattr(DEAD, "seen", set())
        for name, mine in {
            "now": self.now,
            "Table": self.table,
            "traces": lambda table, groups, expected: bool(self.moving and self.moving.pop(0)),
            "hunt": self.hunt,
            "Stray": lambda pid, started: HandMade(self, pid, started),
            # as from a file: equal, but never the same object
            "mark_of": lambda pid: self.marks.get(pid, "").encode().decode(),
            "reap": self.reap,
            "select": SimpleNamespace(poll=lambda: Poll(self), POLLIN=1, select=lambda *waited: self.pause(waited[3])),
        }.items():
            monkeypatch.setattr(sweep, name, mine)
        monkeypatch.setattr(os, "waitid", self.waitid)
        monkeypatch.setattr(os, "getpgid", lambda pid: self.rows[pid].group if pid in self.rows else pid)

    def now(self) -> float:
        """The time, a little later at every look at it."""
        self.clock += 0.0001
        return self.clock

    def table(self) -> Table:
        """Everybody, as a look finds them."""
        self.tables += 1
        if row := self.late.pop(self.tables, None):
            self.rows[row.pid] = row
        return table_of(*self.rows.values(), taken=self.now())

    def end(self, pid: int) -> None:
        """A process ends and is reaped; its children become ours."""
        self.rows.pop(pid, None)
        for row in self.rows.values():
            row.parent = US if row.parent == pid else row.parent

    def hunt(self, wanted: object) -> int:
        """Note whom a hunt would have killed."""
        assert callable(wanted)
        self.hunts.append({row.pid for row in self.rows.values() if wanted(row)})
        self.clock += 0.02
        return 0

    def waitid(self, kind: int, _number: int, options: int) -> object:
        """What the system says of our children."""
        assert (kind, options) == (os.P_ALL, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if self.dead_children:
            return SimpleNamespace(si_pid=self.dead_children[0])
        if self.child_unseen or any(row.parent == US for row in self.rows.values()):
            return None
        raise ChildProcessError

    def reap(self, pid: int) -> None:
        """A dead child is gone."""
        self.dead_children.remove(pid)

    def pause(self, seconds: float) -> None:
        """Time passes; select(2) knows none that is below zero."""
        assert seconds >= 0
        self.pauses.append(seconds)
        self.clock += seconds

    def signals(self, pid: int) -> list[int]:
        """What a process was sent, in order."""
        return [number for to, number, _ in self.sent if to == pid]

    def sweep(self, grace: float = 1.0, *, hurry: bool = False, **settings: bool) -> list[int]:
        """End everything; AssertionError when somebody is still held after it."""
        left = sweep.end_below(grace, {77}, lambda: hurry, **settings)
        assert self.held == []
        return left


class Poll:
    """A wait for the ends of some."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pids: list[int] = []

    def register(self, descriptor: int, _events: int) -> None:
        """Wait for this one too."""
        self.pids.append(descriptor)

    def poll(self, milliseconds: float) -> list[int]:
        """Those that have ended; time passes when there is none. Below zero poll(2) would wait for ever."""
        assert milliseconds >= 0
        self.world.waits.append((milliseconds / 1000, self.pids))
        ended = [pid for pid in self.pids if pid not in self.world.rows]
        if not ended:
            self.world.clock += milliseconds / 1000
        return ended
