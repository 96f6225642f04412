"""Who is ended and who is spared when a program ends, in a world made by hand."""

from __future__ import annotations

import os

import pytest

from tests.targets.local.world import OWN_GROUP, US, World, row_of
from xsh.reactor.signals import SIGCONT, SIGTERM
from xsh.targets.local.kin import KIN
from xsh.targets.local.sweep import Sweep
from xsh.targets.local.tree import Row


@pytest.mark.parametrize(
    "row",
    [
        row_of(901),
        row_of(901, group=77),
        row_of(901, 950, group=902, session=950),
        row_of(901, group=OWN_GROUP, session=903),
    ],
    ids=["detached", "marked", "in its session", "the host's"],
)
def test_spared(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row, row_of(904, row.pid), row_of(905))
    if row.session == 950:
        KIN.detached = {950}
        row.parent = US
    elif row.group == 77:
        world.marks = {901: "us.3-"}
    elif row.group == 901:
        KIN.detached = {901}
    assert world.sweep() == []
    assert {pid for pid, _, _ in world.sent} == {905}


def test_what_python_started_is_ended_too_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901, group=OWN_GROUP))
    assert world.sweep() == []
    assert world.sent == []
    assert world.sweep(own_too=True) == []
    assert world.signals(901) == [SIGTERM, SIGCONT]


def test_the_dead_are_not_spared_so_that_the_system_tells_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    World(monkeypatch, row_of(901, state="Z"))
    KIN.detached = {901}
    sweep = Sweep(own_too=False, groups=set(), hurry=lambda: False)
    assert sweep._look() == []
    assert not sweep.sparing
    assert sweep._is_childless() is False


def test_a_dead_child_that_a_thread_of_the_program_reaps_meanwhile_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(monkeypatch)
    world.dead_children = [901, 902]

    def getpgid(pid: int) -> int:
        if pid == 901:
            world.dead_children.remove(901)
            raise ProcessLookupError
        return pid

    monkeypatch.setattr(os, "getpgid", getpgid)
    sweep = Sweep(own_too=False, groups=set(), hurry=lambda: False)
    assert sweep._is_childless() is True
    assert (sweep.reaped, world.dead_children) == (902, [])


WHO_LIVES = [
    # own_too, mark, parent, group, spared
    (False, "us", US, 901, True),
    (True, "us", US, 901, False),
    (False, "us", 902, 901, False),
    (False, "us", 300, 901, False),
    (False, "un", US, 901, False),
    (False, "us.1", US, 901, False),
    (False, "", US, 901, False),
    (False, "", US, OWN_GROUP, True),
    (True, "", US, OWN_GROUP, False),
    (False, "", 902, OWN_GROUP, False),
    (False, "", 300, OWN_GROUP, False),
    (False, "", US, 300, False),
    (False, "them.4", US, 901, True),
    (True, "us.1-/them.1", US, 901, True),
]


@pytest.mark.parametrize(("own_too", "mark", "parent", "group", "spared"), WHO_LIVES)
def test_who_is_to_live_on(
    own_too: bool, mark: str, parent: int, group: int, spared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(monkeypatch)
    world.marks = {901: mark}
    KIN.disowned = {"them.4"}
    sweep = Sweep(own_too=own_too, groups=set(), hurry=lambda: False)
    assert sweep._is_spared(row_of(901, parent, group)) is spared
    if mark == "":
        KIN.program = ""
        assert sweep._is_spared(row_of(901, parent, group)) is spared


WHOSE = [
    # parent, group, mark, ours
    (1, 901, "us.1", True),
    (1, 901, "us", False),
    (1, 901, "us1.1", False),
    (0, 901, "us.1", False),
    (2, 901, "us.1", False),
    (3, 901, "us.1", True),
    (1, 77, "", True),
    (1, 901, "", False),
]


@pytest.mark.parametrize(("parent", "group", "mark", "ours"), WHOSE)
def test_where_nothing_is_adopted_mark_and_group_tell_who_is_ended(
    parent: int, group: int, mark: str, ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(monkeypatch, row_of(901, parent, group), row_of(US, 1), row_of(902, US))
    KIN.adopting = False
    world.marks = {901: mark, US: "us.1"}
    assert world.sweep() == []
    assert {pid for pid, _, _ in world.sent} == ({901} if ours else set())


def test_where_nothing_is_adopted_a_command_that_runs_is_ours_and_no_mark_is_nobodys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(monkeypatch, row_of(901, 1), row_of(902, 1))
    KIN.adopting, KIN.program = False, ""
    KIN.live = {901: object()}  # type: ignore[dict-item]
    world.marks = {902: ".1"}
    assert world.sweep() == []
    assert {pid for pid, _, _ in world.sent} == {901}
    # there the system tells nothing
    assert len(world.pauses) == 2
