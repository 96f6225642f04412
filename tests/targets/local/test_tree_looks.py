"""The ration of looks, what a look tells of each process, how one is held on to, what its mark is read from."""

from __future__ import annotations

import io
import os
import signal
from errno import EMFILE, ENFILE, EPERM, ESRCH

import pytest

from tests.targets.local.world import row_of, table_of
from xsh.targets.local import tree
from xsh.targets.local.tree import Looks, Stray, Table, mark_of, read_row, reap

US = os.getpid()


def test_who_is_alive() -> None:
    assert [row_of(9, state=state).alive for state in "RSDTZX"] == [True] * 4 + [False] * 2
    # its first thread has ended, others run
    headless = row_of(9, state="Z")
    headless.threads = 2
    assert headless.alive


def test_what_is_below() -> None:
    rows = row_of(10, 1), row_of(11, 10), row_of(12, 11), row_of(13, 10), row_of(14, 1)
    table = table_of(*rows)
    assert table.below(rows[:1], set()) == {row.pid: row for row in rows[:4]}
    assert set(table.below(rows[:1], {11})) == {10, 13}
    assert set(table.below([rows[4], rows[1], rows[2]], {10})) == {11, 12, 14}


def test_a_quarter_of_the_time_is_for_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [64.0]

    def look() -> Table:
        clock[0] += 0.5
        return table_of(taken=clock[0] - 0.5)

    monkeypatch.setattr(tree, "BUDGET", 0.25)
    monkeypatch.setattr(tree, "now", lambda: clock[0])
    monkeypatch.setattr(tree, "Table", look)
    looks = Looks()
    for _ in range(2):
        # however long ago the last was, not more than the budget is saved up
        first = looks.get(clock[0])
        assert first is not None
        assert looks.get(first.taken) is looks.get(first.taken - 1) is first
        assert looks.get(first.taken + 0.5) is None
        # what was used beyond the budget has just been made up for: there is nothing to spend yet
        clock[0] += 0.5
        assert looks.get(clock[0]) is None
        clock[0] += 0.03125
        second = looks.get(clock[0])
        assert second is not None
        assert second.taken == clock[0] - 0.5
        clock[0] += 100


@pytest.mark.parametrize("number", [EMFILE, ENFILE])
def test_a_look_without_a_descriptor_to_spare_gives_no_table(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> Table:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tree, "Table", refused)
    assert Looks().get(0.0) is None


@pytest.mark.parametrize(("number", "opened"), [(ESRCH, False), (EMFILE, True), (EPERM, True)])
def test_without_a_descriptor_the_number_has_to_do(number: int, opened: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: int) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "pidfd_open", refused)
    row = read_row(US)
    assert row is not None
    stray = Stray(US, row.started)
    assert stray.open() is opened
    assert stray.descriptor is None
    assert stray.alive
    stray.signal(0)
    for other in (Stray(US, row.started + 1), Stray(US, row.started - 1)):
        assert not other.open()
        assert not other.alive
        other.signal(signal.SIGKILL)


def test_a_number_that_is_anothers_by_now_is_let_go_of() -> None:
    row = read_row(US)
    assert row is not None
    for stray in (Stray(US, row.started + 1), Stray(US, row.started - 1)):
        assert not stray.open()
        assert stray.descriptor is None


def test_a_zombie_is_not_held() -> None:
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    row = read_row(child)
    assert row is not None
    assert (row.state, row.parent, row.group, row.session) == (b"Z", US, os.getpgrp(), os.getsid(0))
    assert not Stray(child, row.started).open()
    reap(child)
    assert read_row(child) is None


def test_one_that_was_reaped_is_sent_nothing_and_that_is_no_error() -> None:
    child = os.posix_spawn("/bin/sleep", ["sleep", "1000"], {})
    row = read_row(child)
    assert row is not None
    stray = Stray(child, row.started)
    try:
        assert stray.open()
        assert stray.alive
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    stray.signal(signal.SIGTERM)
    assert not stray.alive
    stray.close()


def show(monkeypatch: pytest.MonkeyPatch, *contents: bytes) -> list[str]:
    """From now on these are read, one file after the other; the files that were."""
    opened: list[str] = []

    def file(path: str, mode: str) -> io.BytesIO:
        assert mode == "rb"
        opened.append(path)
        return io.BytesIO(contents[len(opened) - 1])

    monkeypatch.setattr(tree, "open", file, raising=False)
    return opened


@pytest.mark.parametrize(
    ("contents", "mark", "looks"),
    [
        ([b"A=b\0XSH_JOB=us.1\0"], "us.1", 1),
        ([b"XSH_JOBS=us.1\0XXSH_JOB=us.2\0A=XSH_JOB=us.3\0"], "", 1),
        ([b"XSH_JOB=a=b\xff\0XSH_JOB=c"], "a=b\N{REPLACEMENT CHARACTER}", 1),
        ([b"", b"sleep"], "", 2),
        ([b"", b"", b"", b"", b"XSH_JOB=us.1"], "us.1", 5),
    ],
)
def test_what_a_mark_is_read_from(
    contents: list[bytes], mark: str, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = show(monkeypatch, *contents)
    assert mark_of(5) == mark
    assert (
        opened
        == ["/proc/5/environ", "/proc/5/cmdline", "/proc/5/environ", "/proc/5/cmdline", "/proc/5/environ"][:looks]
    )
