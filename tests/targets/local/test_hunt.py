"""What shows that something moves faster than a look: dead generations, told from those that ended as expected."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from xsh.targets.local import hunt as hunting
from xsh.targets.local import strays
from xsh.targets.local.hunt import (
    A_MOMENT,
    A_WHILE,
    AT_MOST,
    DEAD,
    NEWEST,
    QUIET,
    STILL,
    hunt,
    kill,
    newest_pid,
    traces,
)
from xsh.targets.local.kin import KIN, now
from xsh.targets.local.process import LocalProcess
from xsh.targets.local.strays import MISSES, strays_of
from xsh.targets.local.sweep import Sweep
from xsh.targets.local.tree import LOOKS, TICKS, Row, Table

OLD = 60.0
"""Seconds, far more than a moment."""


@pytest.fixture(autouse=True)
def adopting() -> Iterator[None]:
    """This process counts as one that adopts, and has looked at nothing yet."""
    before = KIN.adopting, DEAD.taken, DEAD.seen
    KIN.adopting, DEAD.taken, DEAD.seen = True, 0.0, set()
    yield
    KIN.adopting, DEAD.taken, DEAD.seen = before


def table_of(*dead: tuple[int, float], taken: float) -> Table:
    """A table in which this process has adopted zombies, by number and age in seconds at `taken`."""
    table = Table.__new__(Table)
    table.taken = taken
    rows = []
    for pid, age in dead:
        fields = [b"Z", b"%d" % os.getpid(), b"%d" % pid, b"%d" % pid, *[b"0"] * 15]
        rows.append(Row(pid, [*fields, b"%d" % ((taken - age) * TICKS)]))
    table.rows = {row.pid: row for row in rows}
    table.children = {os.getpid(): rows}
    return table


def test_a_dead_child_that_was_born_a_moment_ago_is_a_trace() -> None:
    assert traces(table_of((101, A_MOMENT / 2), taken=now()), (), ())


def test_one_that_had_lived_for_long_is_none_at_a_first_look() -> None:
    assert not traces(table_of((101, OLD), taken=now()), (), ())


def test_one_that_died_since_the_look_before_is_a_trace_however_old_it_was() -> None:
    taken = now()
    assert not traces(table_of((101, OLD), taken=taken), (), ())
    later = taken + A_WHILE / 2
    assert traces(table_of((101, OLD + A_WHILE / 2), (102, OLD), taken=later), (), ())
    assert not traces(table_of((101, OLD + A_WHILE / 2), (102, OLD), taken=later), (), ())


def test_a_look_that_lies_far_back_says_nothing_of_the_old() -> None:
    taken = now()
    assert not traces(table_of(taken=taken), (), ())
    assert not traces(table_of((102, OLD), taken=taken + 2 * A_WHILE), (), ())


def test_what_was_expected_to_end_is_no_trace() -> None:
    table = table_of((101, 0.0), taken=now())
    (row,) = table.rows.values()
    assert not traces(table, (), {(row.pid, row.started)})
    assert not traces(table, {row.group}, ())


def test_nothing_is_a_trace_where_nothing_is_adopted() -> None:
    KIN.adopting = False
    assert not traces(table_of((101, 0.0), taken=now()), (), ())


def test_a_hunt_that_caught_nothing_is_repeated_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    hunts = []
    monkeypatch.setattr(strays, "hunt", hunts.append)
    monkeypatch.setattr(LOOKS, "table", None)
    process = LocalProcess(10**8, 10**8)
    for n in range(MISSES + 1):
        LOOKS.table = table_of((101 + n, 0.0), taken=now())
        found = strays_of(process, 0.0)
        assert found == (None if n < MISSES else [])
        assert (LOOKS.table is None) == (n < MISSES)
    assert len(hunts) == MISSES + 1


def test_what_has_gone_cannot_be_killed() -> None:
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    assert not kill(child)


class World:
    """A clock, and a process that forks a child and ends every `pace` seconds until it is killed in time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pace: float, *, wanted: bool = True, dies: bool = True) -> None:
        self.clock = 0.0
        self.pace, self.wanted, self.dies = pace, wanted, dies
        self.looked: list[int] = []
        self.ended_at: float | None = None
        self.killed: list[int] = []
        monkeypatch.setattr(hunting, "now", self.now)
        monkeypatch.setattr(hunting, "newest_pid", lambda: self.number)
        monkeypatch.setattr(hunting, "read_row", self.row)
        monkeypatch.setattr(hunting, "kill", self.kill)

    def now(self) -> float:
        self.clock += 0.0001
        return self.clock

    @property
    def number(self) -> int:
        """The number of the generation that lives now, or of the last."""
        return 1000 + int((self.clock if self.ended_at is None else self.ended_at) / self.pace)

    def row(self, pid: int) -> Row | None:
        self.looked.append(pid)
        self.clock += 0.00001
        if pid != self.number or self.ended_at is not None:
            return None
        return Row(pid, [b"S", b"%d" % os.getpid(), b"%d" % pid, b"%d" % pid, *[b"0"] * 16])

    def kill(self, pid: int) -> bool:
        self.killed.append(pid)
        if self.dies:
            self.ended_at = self.clock
        return True

    def hunt(self) -> int:
        return hunt(lambda _: self.wanted)


def test_what_moves_is_caught_and_the_hunt_soon_over(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, 0.001)
    assert world.hunt() == 1
    assert world.ended_at is not None
    # quiet for a while after the last kill, and for some rounds
    assert QUIET < world.clock - world.ended_at < 2 * QUIET
    assert max(world.looked) - min(world.looked) == NEWEST - 1


def test_what_always_gets_away_is_hunted_until_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, 0.001, dies=False)
    assert world.hunt() == len(set(world.killed)) == len(world.killed) > 50
    assert AT_MOST < world.clock < AT_MOST + 0.005


def test_where_nothing_is_born_a_hunt_that_caught_nothing_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, 1000.0, wanted=False)
    assert world.hunt() == 0
    assert STILL < world.clock < STILL + 0.005
    assert world.killed == []


def test_where_others_are_born_it_goes_on_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, STILL / 2, wanted=False)
    assert world.hunt() == 0
    assert AT_MOST < world.clock < AT_MOST + 0.005


@pytest.mark.parametrize("field", ["state", "parent", "group", "live"])
def test_only_living_orphans_that_are_no_commands_are_hunted(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, 1000.0)
    row = world.row(world.number)
    assert row is not None
    if field == "live":
        monkeypatch.setattr(KIN, "live", {row.pid: object()})
    else:
        setattr(row, field, {"state": b"Z", "parent": 1, "group": os.getpgrp()}[field])
    monkeypatch.setattr(hunting, "read_row", lambda pid: row if pid == row.pid else None)
    assert world.hunt() == 0


def test_the_newest_number_is_the_system_s_last() -> None:
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    assert newest_pid() >= child


def test_what_is_seen_is_killed() -> None:
    child = os.posix_spawn("/bin/sleep", ["sleep", "1000"], {})
    assert kill(child)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def test_what_ends_before_it_is_held_on_to_is_no_target(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = Sweep(own_too=False, groups=set(), hurry=lambda: False)
    (row,) = table_of((10**8, 0.0), taken=now()).rows.values()
    monkeypatch.setattr(sweep, "_victims", lambda _: [row])
    assert sweep._look() == []
    assert sweep.targets == {}
