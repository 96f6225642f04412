"""Whose a process is, by tables made by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.targets.local.world import OWN_GROUP, US, row_of, stand_alone, table_of
from xsh.result import ExitStatus
from xsh.targets.local import tree
from xsh.targets.local.kin import KIN
from xsh.targets.local.process import LocalProcess
from xsh.targets.local.tree import (
    BIRTH_SLACK,
    KNOWN,
    TICKS,
    Row,
    ancestors,
    family_numbers,
    find_strays,
    forget_ended,
    is_detached,
    is_whose,
    orphans,
)

INIT, SHELL = row_of(1, 0), row_of(400, 1)


@pytest.fixture(autouse=True)
def marks(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[int, str]]:
    """The marks that the processes of the tables bear; this program has started nothing yet and adopts nothing."""
    stand_alone(monkeypatch)
    KNOWN.clear()
    known: dict[int, str] = {}
    # as from a file: equal, but never the same object
    monkeypatch.setattr(tree, "mark_of", lambda pid: known.get(pid, "").encode().decode())
    yield known
    KNOWN.clear()


def program(pid: int = 700, mark: str = "us.1") -> LocalProcess:
    """A program that this one is claimed to have started, in a group of its own."""
    process = LocalProcess(pid, pid)
    process.mark = mark
    KIN.live[pid] = process
    return process


def found(process: LocalProcess, *rows: Row, parent: int = 400) -> set[int]:
    """The strays of a program in a world of these, which the program itself, this one and init are part of."""
    return {row.pid for row in find_strays(process, table_of(INIT, SHELL, row_of(US, parent), row_of(700), *rows))}


def test_what_left_the_group_is_found_below_it_in_it_and_in_its_session() -> None:
    rows = (
        row_of(701, 700, 700),  # of its group
        row_of(702, 701),
        row_of(703, 702),
        row_of(600, 1, session=700),
        row_of(704, 1, group=700),  # an orphan of its group, and what that has started
        row_of(705, 704),
        row_of(800, 1),
        row_of(801, 800),
    )
    assert found(program(), *rows) == {702, 703, 600, 705}


def test_what_has_left_is_known_until_it_has_gone_or_its_number_is_anothers() -> None:
    process = program()
    assert found(process, row_of(702, 700), row_of(703, 700)) == {702, 703}
    assert KNOWN == {"us.1": {702: 0, 703: 0}}
    assert found(process, row_of(702, 1), row_of(703, 1, started=5)) == {702}
    assert KNOWN == {"us.1": {702: 0}}
    assert found(process) == set()
    assert KNOWN == {}


def test_what_other_programs_have_known_is_forgotten_too() -> None:
    table = table_of(row_of(802, started=20), row_of(803, started=30), row_of(804, started=40))
    started = 30 * TICKS
    KNOWN.update({"us.2": {801: started}, "us.3": {802: started, 803: started, 804: started}})
    forget_ended(table)
    assert {"us.3": {803: started}} == KNOWN


def test_other_commands_below_are_no_strays() -> None:
    process = program()
    program(702, "us.2")
    assert found(process, row_of(702, 700), row_of(703, 700)) == {703}


@pytest.mark.parametrize("parent", [700, 701], ids=["its child", "below its child"])
def test_the_detached_is_spared_with_what_it_has_started(parent: int, marks: dict[int, str]) -> None:
    marks.update({702: "us.1/them.1-", 703: "us.1/them.1-/x.1"})
    rows = row_of(701, 700), row_of(702, parent), row_of(703, 702), row_of(704, 702)
    assert found(program(), *rows) == {701}
    # whatever the numbers of the groups
    assert found(program(), rows[0], row_of(702, parent, 600)) == {701}


def test_the_detached_of_this_program_and_itself_are_spared() -> None:
    KIN.detached = {702}
    assert found(program(), row_of(702, 700), row_of(703, 702), row_of(704, US), parent=700) == set()


def test_the_mark_of_the_dead_and_of_its_own_group_does_not_spare(marks: dict[int, str]) -> None:
    marks.update({701: "us.1-", 703: "us.1-"})
    rows = row_of(701, 700, 700), row_of(702, 701), row_of(703, 700, state="Z"), row_of(704, 703)
    assert found(program(), *rows) == {702, 703, 704}


def test_a_program_that_bears_a_detached_mark_is_not_spared_where_it_runs(marks: dict[int, str]) -> None:
    process = program()
    program(702, "us.2")
    marks[702] = "us.2-"
    assert found(process, row_of(702, 700), row_of(703, 702)) == {703}


def test_orphans_are_whose_mark_they_bear(marks: dict[int, str]) -> None:
    marks.update({801: "us.1", 802: "us.1/them.1", 803: "us.11", 804: "us.2", 805: "us", 806: "us.1"})
    rows = (*(row_of(pid, 1) for pid in range(801, 806)), row_of(806, 1, state="Z"))
    assert found(program(), *rows) == {801, 802}


def test_orphans_that_were_adopted_are_ours_and_reaped_once_they_are_dead(
    marks: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reaped: list[int] = []
    monkeypatch.setattr(tree, "reap", reaped.append)
    process = program()
    marks.update(dict.fromkeys(range(801, 806), "us.1"))
    KIN.adopting = True
    adopted = row_of(801)
    below = row_of(803, 801, state="Z"), row_of(399, 801), row_of(398, 399, state="Z")
    rows = adopted, *below, row_of(802, 1), row_of(804, state="Z"), row_of(805, group=OWN_GROUP)
    assert found(process, *rows) == {801, 803, 399, 398}
    assert reaped == []
    adopted.state = b"Z"
    assert found(process, *rows) == {801, 803, 399, 398}
    assert reaped == [801]
    KIN.adopting = False
    assert found(process, *rows) == {801, 803, 399, 398, 802, 805}
    assert reaped == [801]


def test_an_adopted_command_is_no_orphan() -> None:
    KIN.adopting = True
    program(701, "us.2")
    table = table_of(
        row_of(701), row_of(801), row_of(802, group=OWN_GROUP - 1), row_of(803, group=OWN_GROUP + 1), row_of(804, 1)
    )
    assert {row.pid for row in orphans(table)} == {801, 802, 803}
    assert orphans(table_of()) == []


def test_where_nothing_is_adopted_all_may_be_orphans_but_the_kernel_and_those_above() -> None:
    program()
    rows = row_of(2, 0), row_of(3, 2), row_of(801, 3), row_of(802, 1), row_of(803, 1, state="X"), row_of(700)
    table = table_of(INIT, SHELL, row_of(US, 400), *rows)
    assert {row.pid for row in orphans(table)} == {801, 802}
    assert ancestors(table) == {1, 400, US}
    # a table is no picture of one moment: numbers that were reused meanwhile may make a circle
    assert ancestors(table_of(row_of(US, 400), row_of(400, US))) == {US, 400}


def test_a_reused_number_tells_nothing() -> None:
    process = program()
    process.group = 699
    assert family_numbers(process, table_of(row_of(700))) == {699, 700}
    process.status = ExitStatus(0)
    assert family_numbers(process, table_of(row_of(700))) == set()
    assert family_numbers(process, table_of()) == {699, 700}


@pytest.mark.parametrize("start", [1000.0, 4.0])
def test_without_a_mark_an_orphan_is_whose_command_was_alone_when_it_was_born(start: float) -> None:
    process = program()
    process.started = start
    KIN.groups = {700: 1}
    born = row_of(801, started=start), row_of(801, started=start - BIRTH_SLACK * 0.8), row_of(801, started=start + 1)
    assert [is_whose(row, process) for row in born] == [False] * 3
    KIN.adopting = True
    assert [is_whose(row, process) for row in born] == [True] * 3
    assert not is_whose(row_of(801, started=start - BIRTH_SLACK * 1.5), process)
    KIN.groups = {700: 1, 701: 1}
    assert [is_whose(row, process) for row in born] == [False] * 3


def test_a_mark_outweighs_the_time(marks: dict[int, str]) -> None:
    process = program()
    KIN.adopting, KIN.groups = True, {700: 1}
    marks[801] = "us.2"
    assert not is_whose(row_of(801, started=process.started + 1), process)


def test_only_what_is_below_this_program_s_own_mark_says_that_it_is_detached() -> None:
    assert not is_detached("us.1")
    assert is_detached("us.1/them.2-/us.1")
    KIN.program = "above.1-/us"
    assert not is_detached("above.1-/us.1")
    KIN.program = ""
    assert is_detached("above.1-/us.1")
