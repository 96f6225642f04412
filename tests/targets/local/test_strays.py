"""The strays of one program: when there is a hunt and for whom, which table is looked at, who is held."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.targets.local.world import row_of, stand_alone, table_of
from xsh.targets.local import strays, tree
from xsh.targets.local.process import LocalProcess
from xsh.targets.local.strays import MISSES, strays_of
from xsh.targets.local.tree import KNOWN, LOOKS, Row, Table

Wanted = Callable[[Row], bool]


class Held:
    """A process that is held on to, unless it has ended in that moment."""

    def __init__(self, pid: int, _started: int) -> None:
        self.pid = pid

    def open(self) -> bool:
        """Whether it was there."""
        return self.pid != 804


@pytest.fixture
def hunts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Wanted]]:
    """The hunts there were, by whom they wanted; this program knows of nothing and something moves."""
    stand_alone(monkeypatch)
    KNOWN.clear()
    hunted: list[Wanted] = []
    monkeypatch.setattr(strays, "hunt", hunted.append)
    monkeypatch.setattr(strays, "traces", lambda *_: True)
    monkeypatch.setattr(strays, "Stray", Held)
    monkeypatch.setattr(LOOKS, "table", table_of(row_of(803), row_of(804), row_of(805)))
    yield hunted
    KNOWN.clear()


def program() -> LocalProcess:
    """A program, which has known the three processes of the table before."""
    process = LocalProcess(700, 700)
    process.mark = "us.1"
    KNOWN["us.1"] = {803: 0, 804: 0, 805: 0}
    return process


def pids(process: LocalProcess) -> list[int] | None:
    """The numbers of the strays that are held now."""
    held = strays_of(process, 0.0)
    return None if held is None else sorted(stray.pid for stray in held)


@pytest.mark.usefixtures("hunts")
def test_a_hunt_that_caught_something_is_followed_by_a_new_look(monkeypatch: pytest.MonkeyPatch) -> None:
    later = table_of(row_of(803), row_of(804))
    monkeypatch.setattr(strays, "hunt", lambda _: 1)
    monkeypatch.setattr(strays, "Table", lambda: later)
    process = program()
    assert pids(process) == [803]
    assert LOOKS.table is later
    assert process.misses == 0


def test_after_some_hunts_in_vain_the_look_counts(hunts: list[Wanted]) -> None:
    process = program()
    table = LOOKS.table
    for _ in range(MISSES):
        LOOKS.table = table
        assert pids(process) is None
        assert LOOKS.table is None
    LOOKS.table = table
    assert pids(process) == [803, 805]
    assert LOOKS.table is table
    assert len(hunts) == MISSES + 1


def test_without_a_trace_there_is_no_hunt(hunts: list[Wanted], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Table, set[int], set[tuple[int, int]]]] = []
    monkeypatch.setattr(strays, "traces", lambda *what: asked.append(what))
    process = program()
    KNOWN["us.2"] = {9: 4}
    assert pids(process) == [803, 805]
    assert hunts == []
    assert asked == [(LOOKS.table, {700}, {(803, 0), (804, 0), (805, 0), (9, 4)})]


@pytest.mark.usefixtures("hunts")
def test_the_dead_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strays, "traces", lambda *_: False)
    monkeypatch.setattr(LOOKS, "table", table_of(row_of(803), row_of(805, state="Z")))
    assert pids(program()) == [803]


def test_a_hunt_is_for_what_this_program_has_started_and_did_not_detach(
    hunts: list[Wanted], monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = {801: "us.1", 802: "us.2", 803: "us.1/them.1-", 804: "us.1/them.1"}
    for module in (strays, tree):
        monkeypatch.setattr(module, "mark_of", lambda pid: marks[pid])
    assert pids(program()) is None
    (wanted,) = hunts
    assert [pid for pid in marks if wanted(row_of(pid))] == [801, 804]


def test_too_early_for_a_look(hunts: list[Wanted], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LOOKS, "get", lambda _: None)
    assert pids(program()) is None
    assert hunts == []
