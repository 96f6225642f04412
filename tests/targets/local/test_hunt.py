"""What shows that something moves faster than a look: dead generations, told from those that ended as expected."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from xsh.targets.local import strays
from xsh.targets.local.hunt import A_MOMENT, A_WHILE, DEAD, kill, traces
from xsh.targets.local.kin import KIN, now
from xsh.targets.local.process import LocalProcess
from xsh.targets.local.strays import MISSES, strays_of
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
