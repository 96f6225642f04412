"""The search for what has left the groups of a job: whom it finds, what is closed, how many looks have to find nothing."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from xsh.engine import strays
from xsh.engine.strays import BETWEEN_LOOKS, STALE, Strays
from xsh.reactor.signals import SIGTERM
from xsh.targets.local import kin


class Held:
    """A stray that is held on to."""

    def __init__(self, pid: int, *, denied: bool = False) -> None:
        self.pid, self.denied = pid, denied
        self.alive, self.closed = True, False
        self.sent: list[int] = []

    def signal(self, number: int) -> None:
        """Note it; PermissionError for another user's."""
        if self.denied:
            raise PermissionError
        self.sent.append(number)

    def close(self) -> None:
        """Note that it is held no more."""
        self.closed = True


class Place:
    """Where one program of the job runs: what its next looks find (None: too early), and after when they had to be."""

    def __init__(self, *answers: list[Held] | None, childless: bool = False) -> None:
        self.answers = list(answers)
        self.asked: list[float] = []
        self.alone = childless

    def strays(self, newer_than: float) -> list[Held] | None:
        """The next answer."""
        self.asked.append(newer_than)
        return self.answers.pop(0)

    def childless(self) -> bool:
        """Whether nothing at all is left."""
        return self.alone


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock shows."""
    time = [100.0]
    monkeypatch.setattr(strays, "clock", lambda: time[0])
    return time


def search(*places: object) -> Strays:
    """The search for a job with a program in each of these places; nothing is known of what is no place."""
    members = [SimpleNamespace(process=place) for place in places]
    return Strays(SimpleNamespace(members=members))


def test_before_anything_ends_a_look_may_be_a_little_old(clock: list[float]) -> None:
    one, two, other = Held(1), Held(2), Held(3)
    here, there = Place([one, two]), Place([other])
    found = search(here, object(), there)
    assert not found.seen
    found.find()
    assert here.asked == there.asked == [clock[0] - STALE]
    assert clock[0] - 0.1 < here.asked[0] < clock[0]
    assert found.found == {1: one, 2: two, 3: other}
    assert found.seen
    assert sorted(found.pids()) == [1, 2, 3]
    one.alive = False
    assert sorted(found.pids()) == [2, 3]


@pytest.mark.usefixtures("clock")
def test_who_is_held_already_is_not_held_twice() -> None:
    old, same = Held(1), Held(1)
    found = search(Place([old], [same], []))
    found.find()
    found.find()
    assert found.found == {1: old}
    assert (old.closed, same.closed) == (False, True)
    found.find()
    assert found.seen


@pytest.mark.usefixtures("clock")
def test_the_next_that_bears_the_number_of_a_dead_one_is_new() -> None:
    old, following = Held(1), Held(1)
    found = search(Place([old], [following]))
    found.find()
    old.alive = False
    assert found.look(thorough=False) == ([following], True)
    assert found.found == {1: following}


def test_one_look_that_finds_nothing_is_enough_where_there_never_was_any(clock: list[float]) -> None:
    place = Place([])
    assert search(place).look(thorough=False) == ([], False)
    # it has to be taken after the end of the job's own programs
    assert place.asked == [clock[0]]


@pytest.mark.parametrize("thorough", [False, True])
def test_two_looks_some_time_apart_are_needed_where_there_were_some_or_it_came_to_killing(
    thorough: bool, clock: list[float]
) -> None:
    was = Held(1)
    was.alive = False
    place = Place([] if thorough else [was], [], None, [])
    found = search(place)
    found.find()
    clock[0] = 200.0
    assert found.look(thorough=thorough) == ([], True)
    assert found.empty_since == 200.0
    clock[0] = 201.0
    assert found.look(thorough=thorough) == ([], True)
    assert found.look(thorough=thorough) == ([], False)
    assert place.asked[1:] == [200.0, 200.0 + BETWEEN_LOOKS, 200.0 + BETWEEN_LOOKS]
    # a look that is shared is not the same one again
    assert 200.0 < place.asked[2] < 200.1


def test_as_long_as_one_lives_nothing_is_looked_for_unless_it_comes_to_killing(clock: list[float]) -> None:
    one, two = Held(1), Held(2)
    place = Place([one], [two])
    found = search(place)
    found.find()
    found.empty_since = 50.0
    assert found.look(thorough=False) == ([], True)
    assert found.empty_since is None
    assert len(place.asked) == 1
    clock[0] = 200.0
    assert found.look(thorough=True) == ([two], True)
    # not from this look on, since it may have been missed what they have started meanwhile
    assert (found.empty_since, found.ended_at) == (None, 200.0)
    assert place.asked[1:] == [100.0]


def test_a_find_in_the_second_look_begins_anew(clock: list[float]) -> None:
    late = Held(1)
    place = Place([], [late], [], [])
    found = search(place)
    assert found.look(thorough=True) == ([], True)
    clock[0] = 200.0
    assert found.look(thorough=True) == ([late], True)
    late.alive = False
    clock[0] = 300.0
    assert found.look(thorough=True) == ([], True)
    assert found.look(thorough=True) == ([], False)
    assert place.asked == [100.0, 100.0 + BETWEEN_LOOKS, 200.0, 300.0 + BETWEEN_LOOKS]


@pytest.mark.usefixtures("clock")
def test_where_the_system_knows_of_no_child_no_look_is_needed() -> None:
    place = Place(childless=True)
    found = search(object(), place)
    found.seen = True
    assert found.look(thorough=True) == ([], False)
    assert place.asked == []
    assert not search(object(), Place()).childless()
    assert not search(object()).childless()
    assert search(Place(), place).childless()


@pytest.mark.usefixtures("clock")
def test_a_look_that_is_too_early_ends_the_round() -> None:
    first, second = Place(None), Place([Held(1)])
    found = search(first, second)
    assert found.look(thorough=False) == ([], True)
    assert second.asked == []
    assert not found.seen


@pytest.mark.usefixtures("clock")
def test_signals_go_to_all_or_one_and_another_users_is_told() -> None:
    root, mine = Held(1, denied=True), Held(2)
    found = search(Place([root, mine]))
    found.find()
    assert found.signal(SIGTERM)
    assert mine.sent == [SIGTERM]
    assert not found.signal(SIGTERM, mine)
    assert mine.sent == [SIGTERM, SIGTERM]
    assert found.signal(SIGTERM, root)
    found.close()
    assert root.closed
    assert mine.closed
    assert found.found == {}
    assert not found.signal(SIGTERM)


def test_the_clock_is_that_of_the_places() -> None:
    assert kin.now() <= strays.clock() <= kin.now()
