"""What a program knows of those it has started: marks, who was alone when, what lingers."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from xsh.targets.local import kin, prctl
from xsh.targets.local.kin import VARIABLE, Kin, now
from xsh.targets.local.process import LocalProcess


@pytest.fixture
def known() -> Kin:
    """Knowledge of its own, so that nothing the test claims to have started is known to others."""
    return Kin()


def process(pid: int, group: int | None = None) -> LocalProcess:
    """A program that is claimed to run."""
    return LocalProcess(pid, pid if group is None else group)


def test_marks_count_the_commands(known: Kin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    first, second, third = known.mark(False), known.mark(True), known.mark(False)
    assert (first, second, third) == (f"{known.program}.1", f"{known.program}.2-", f"{known.program}.3")
    assert "/" not in first
    assert VARIABLE not in os.environ
    assert Kin().mark(False) != first


def test_a_program_in_a_program_adds_its_own_mark(known: Kin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "around.7")
    assert known.mark(False).startswith("around.7/")


def test_adopting_is_asked_for_and_begins_with_the_first_command(known: Kin, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(kin, "prctl", lambda *what: asked.append(what) or True)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(kin, "KIN", known)
    kin.adopt()
    assert known.wanted
    assert asked == []
    mark = known.mark(False)
    assert asked == [(prctl.PR_SET_CHILD_SUBREAPER, 1)]
    assert known.adopting
    assert mark == f"{os.environ[VARIABLE]}.1"
    known.mark(False)
    assert len(asked) == 1
    del os.environ[VARIABLE]


def test_detached_programs_are_told_and_kept(known: Kin) -> None:
    heard: list[int] = []
    known.add(process(100), detached=True)
    known.heard = heard.append
    one = process(101)
    known.add(one, detached=True)
    assert heard == [101]
    known.remove(one)
    assert known.detached == {100, 101}
    assert list(known.live) == [100]
    assert known.groups == {}


def test_who_was_alone_since_when(known: Kin) -> None:
    first, beside, later = process(100), process(101, 100), process(102)
    known.add(first, detached=False)
    known.add(beside, detached=False)
    assert known.alone_since(first) == first.started
    known.add(later, detached=False)
    assert known.alone_since(first) is None
    assert known.alone_since(later) is None
    moment = now()
    known.remove(later)
    since = known.alone_since(first)
    assert since is not None
    assert since >= moment
    known.remove(beside)
    assert known.alone_since(first) == since
    known.remove(first)
    known.remove(first)
    assert known.groups == {}
    assert known.alone_since(first) == since


def test_a_group_is_known_until_its_last_has_ended(known: Kin) -> None:
    three = [process(100 + n, int("1000")) for n in range(3)]
    for one in three:
        known.add(one, detached=False)
    # by its number, whoever said it
    assert known.alone_since(three[2]) == three[2].started
    for left in (2, 1):
        known.remove(three[left])
        assert known.groups == {1000: left}
    known.remove(three[0])
    assert known.groups == {}


def test_nothing_is_known_or_reaped_where_nothing_is_adopted(known: Kin) -> None:
    known.linger(os.getpgrp())
    known.reap_orphans(os.getpgrp())
    assert known.lingering == []
    assert not known.childless()
    assert not known.guarded


def test_groups_linger_until_they_are_empty(known: Kin, monkeypatch: pytest.MonkeyPatch) -> None:
    known.adopting = True
    members = dict.fromkeys(range(1, 8), True)
    monkeypatch.setattr(kin, "is_group", lambda group: members[group])
    monkeypatch.setattr(known, "reap_orphans", lambda group: None)
    known.groups[9] = 1
    for group in [*members, 1, 9]:
        known.linger(group)
    assert known.lingering == [*members]
    members[1] = members[5] = False
    known.reap_some()
    known.reap_some()
    assert sorted(known.lingering) == [2, 3, 4, 6, 7]


def test_children_and_their_zombies(known: Kin) -> None:
    known.adopting = True
    # a server of other tests may be a child too
    alone = known.childless()
    pid = os.posix_spawn("/bin/true", ["true"], {}, setpgroup=0)
    registered = process(pid)
    known.live[pid] = registered
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert not known.childless()
    known.reap_orphans(pid)
    assert not known.childless()
    del known.live[pid]
    known.reap_orphans(pid)
    assert known.childless() == alone
    assert not kin.is_group(pid)


def test_who_lives_is_not_waited_for(known: Kin, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[int] = []
    wait = os.waitid

    def note(kind: int, number: int, options: int) -> object:
        waits.append(options)
        return wait(kind, number, options | os.WNOHANG)

    known.adopting = True
    pid = os.posix_spawn("/bin/sleep", ["sleep", "1000"], {}, setpgroup=0)
    try:
        monkeypatch.setattr(os, "waitid", note)
        assert not known.childless()
        known.reap_orphans(pid)
        assert waits == [os.WEXITED | os.WNOHANG | os.WNOWAIT] * 2
        assert kin.is_group(pid)
    finally:
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    # none of the looks was a signal
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert not kin.is_group(pid)


def test_without_any_child_nothing_is_left(known: Kin, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: int) -> None:
        raise ChildProcessError

    monkeypatch.setattr(os, "waitid", nobody)
    assert not known.childless()
    known.adopting = True
    assert known.childless()


def test_another_users_group_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(group: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "killpg", denied)
    assert kin.is_group(1)


def test_a_python_without_the_means(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not prctl.prctl(-1, 0)
    monkeypatch.setitem(sys.modules, "_ctypes", None)
    assert not prctl.prctl(prctl.PR_SET_CHILD_SUBREAPER, 0)


def test_a_system_without_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    import _ctypes

    def missing(*_: object) -> int:
        raise OSError("undefined symbol")

    monkeypatch.setattr(_ctypes, "dlsym", missing)
    assert not prctl.prctl(prctl.PR_SET_CHILD_SUBREAPER, 0)
