"""The end of a program look by look, in a world made by hand: who is asked and killed, when it is over, who is spared."""

from __future__ import annotations

import os

import pytest

from tests.targets.local.world import OWN_GROUP, World, row_of
from xsh.reactor.signals import SIGCONT, SIGKILL, SIGTERM
from xsh.targets.local.hunt import DEAD
from xsh.targets.local.kin import KIN
from xsh.targets.local.sweep import AGAIN, BETWEEN_LOOKS, GIVE_UP_AFTER, LOOKS_WHEN_MOVING, Sweep

SOON = 0.01
"""Seconds of the hand-made clock, which moves a little at every look at it."""


def test_those_that_obey_are_asked_once_with_all_below_them(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901), row_of(902, 901), row_of(903), row_of(905, 1))
    assert world.sweep() == []
    assert [world.signals(pid) for pid in (901, 902, 903)] == [[SIGTERM, SIGCONT]] * 3
    assert list(world.rows) == [905]
    assert world.clock < SOON
    # the wait ended with the first of them; a little longer, for those that end together
    assert world.pauses == [0.001]


def test_who_does_not_obey_is_killed_when_the_grace_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901))
    world.stubborn = {901}
    assert world.sweep(0.12) == []
    assert world.signals(901) == [SIGTERM, SIGCONT, SIGKILL]
    assert 0.12 <= world.sent[-1][2] < 0.12 + SOON
    # looked at again meanwhile, for what it may have started
    assert [seconds for seconds, _ in world.waits] == [AGAIN, AGAIN, pytest.approx(0.02, abs=SOON), AGAIN]


def test_a_grace_that_ends_during_a_look_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901))
    world.stubborn = {901}
    # the clock shows a little more at every look at it: the grace is over when there is something to wait for
    assert world.sweep(0.00015) == []
    assert [seconds for seconds, _ in world.waits] == [0.0, AGAIN]


def test_what_appears_during_the_grace_is_asked_too_and_nobody_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901))
    world.stubborn = {901}
    world.late = {2: row_of(902)}
    assert world.sweep() == []
    assert world.signals(901) == [SIGTERM, SIGCONT, SIGKILL]
    assert world.signals(902) == [SIGTERM, SIGCONT]


def test_in_a_hurry_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901))
    assert world.sweep(1000.0, hurry=True) == []
    assert world.signals(901) == [SIGKILL]
    assert world.clock < SOON


def test_what_cannot_be_killed_is_given_up_and_named_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(902), row_of(901), row_of(903))
    world.unkillable = {901, 902}
    assert world.sweep(0.5) == [901, 902]
    assert GIVE_UP_AFTER < world.clock - 0.5 < GIVE_UP_AFTER + 2 * AGAIN
    assert set(world.signals(901)[2:]) == {SIGKILL}
    assert {seconds for seconds, _ in world.waits[-10:]} == {AGAIN}


def test_another_users_hear_nothing_so_that_no_grace_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901))
    world.denied = {901}
    assert world.sweep(1000.0) == [901]
    assert world.signals(901)[:2] == [SIGTERM, SIGKILL]
    assert GIVE_UP_AFTER < world.clock < GIVE_UP_AFTER + 3 * AGAIN


def test_a_grace_is_given_as_long_as_anybody_may_hear(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901), row_of(902))
    world.denied, world.stubborn = {901}, {902}
    assert world.sweep(0.3) == [901]
    assert world.signals(902) == [SIGTERM, SIGCONT, SIGKILL]
    assert next(when for pid, number, when in world.sent if (pid, number) == (902, SIGKILL)) >= 0.3


def test_who_was_denied_and_has_ended_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901))
    world.denied = {901}
    sweep = Sweep(own_too=False, groups=set(), hurry=lambda: False)
    assert not sweep._all_denied()
    (stray,) = sweep._look()
    sweep._signal([stray], killing=False)
    assert sweep._all_denied()
    world.end(901)
    stray.alive = False  # type: ignore[misc]
    assert sweep._look() == []
    assert (sweep.targets, sweep.denied, world.held) == ({}, set(), [])
    assert not sweep._all_denied()


def test_who_ends_before_it_is_held_is_no_target(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901), row_of(902))
    world.gone_when_held = {901}
    sweep = Sweep(own_too=False, groups=set(), hurry=lambda: False)
    assert [stray.pid for stray in sweep._look()] == [902]
    assert sweep._look() == []
    assert list(sweep.targets) == [902]
    assert sweep.expected == {(902, 0)}


def test_who_has_no_descriptor_is_looked_at_again_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901), row_of(902))
    world.without_descriptor, world.stubborn = {901}, {901, 902}
    assert world.sweep(0.1) == []
    assert {tuple(pids) for _, pids in world.waits} == {(902,)}


def test_zombies_are_no_targets_but_reaped_until_no_child_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    world.dead_children = [901, 300]
    assert world.sweep() == []
    assert (world.dead_children, world.sent, world.tables, world.pauses) == ([], [], 1, [])


def test_an_unseen_child_is_hunted_until_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    world.child_unseen = True
    assert world.sweep(0.5) == []
    assert 2 * GIVE_UP_AFTER < world.clock - 0.5 < 2 * GIVE_UP_AFTER + 5 * SOON
    assert len(world.hunts) == world.tables // 2 > 100


def test_in_a_hurry_an_unseen_child_is_hunted_for_no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    world.child_unseen = True
    assert world.sweep(1000.0, hurry=True) == []
    assert 2 * GIVE_UP_AFTER < world.clock < 2 * GIVE_UP_AFTER + 5 * SOON


def test_the_unseen_is_named_by_the_number_of_its_last_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    world.child_unseen, world.dead_children = True, [901, 902]
    assert world.sweep() == [902]
    # where it did end after all, nobody is named
    world.child_unseen, world.dead_children = False, [903]
    assert world.sweep() == []


@pytest.mark.parametrize("whose", ["a command's", "the host's"])
def test_a_dead_child_whose_status_is_anothers_is_left_to_it(whose: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    world.dead_children = [901]
    if whose == "a command's":
        KIN.live = {901: object()}  # type: ignore[dict-item]
    else:
        monkeypatch.setattr(os, "getpgid", lambda pid: OWN_GROUP)
    assert world.sweep() == []
    assert world.dead_children == [901]
    # nothing was ever found: one look
    assert (world.tables, world.pauses) == (1, [])


def spare_one(world: World) -> None:
    """From now on somebody is detached, so that only looks tell when it is over."""
    world.rows[950] = row_of(950)
    KIN.detached = {950}


def test_where_only_looks_tell_one_that_finds_nothing_is_enough_when_none_found_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(monkeypatch)
    spare_one(world)
    assert world.sweep() == []
    assert (world.tables, world.pauses, world.sent) == (1, [], [])


def test_after_a_find_two_looks_in_a_row_have_to_find_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901))
    spare_one(world)
    world.late = {3: row_of(902)}
    assert world.sweep() == []
    # the second look found nothing, the third did, the fourth and the fifth did not
    assert world.tables == 5
    assert world.pauses == [0.001, BETWEEN_LOOKS, 0.001, BETWEEN_LOOKS]


def test_the_dead_that_nobody_expected_ask_for_two_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    spare_one(world)
    DEAD.seen = {(901, 0)}
    assert world.sweep() == []
    assert (world.tables, world.pauses) == (2, [BETWEEN_LOOKS])


def test_what_moves_is_hunted_and_takes_more_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    spare_one(world)
    world.moving = [False, True]
    DEAD.seen = {(901, 0)}
    assert world.sweep() == []
    # the spared is not for the hunt; the look after it is a new one
    assert world.hunts == [set()]
    assert world.pauses == [BETWEEN_LOOKS] * LOOKS_WHEN_MOVING
    assert world.tables == 1 + 2 + LOOKS_WHEN_MOVING - 1


def test_what_moved_once_takes_more_looks_though_none_found_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch)
    spare_one(world)
    world.moving = [True]
    assert world.sweep() == []
    assert world.pauses == [BETWEEN_LOOKS] * (LOOKS_WHEN_MOVING - 1)


def test_a_hunt_wants_whoever_is_not_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, row_of(901), row_of(902))
    spare_one(world)
    world.moving = [True]
    assert world.sweep() == []
    assert world.hunts == [{901, 902}]
