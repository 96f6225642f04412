"""The table of all processes, the strays of a program, and signals that never hit a reused number."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EIO, EMFILE
from pathlib import Path

import pytest

from tests import process_table
from tests.faults.victims import is_held, kill_all, pids_in
from tests.script_runner import PROGRAMS
from xsh.command.target import SpawnRequest
from xsh.result import ExitStatus
from xsh.targets.local import tree
from xsh.targets.local.kin import KIN, VARIABLE, now
from xsh.targets.local.process import LocalProcess
from xsh.targets.local.spawn import LocalTarget
from xsh.targets.local.tree import (
    LOOKS,
    Row,
    Stray,
    Table,
    ancestors,
    find_strays,
    is_detached,
    mark_of,
    read_row,
    reap,
)

Spawn = Callable[..., LocalProcess]


@pytest.fixture
def pids(tmp_path: Path) -> Iterator[Path]:
    """Where the naps write their pids."""
    file = tmp_path / "pids"
    yield file
    kill_all(file)


@pytest.fixture
def spawn(pids: Path) -> Iterator[Spawn]:
    """`spawn("text", count)` starts shell text in which NAP is a program that stays, and waits for so many of them."""
    started: list[LocalProcess] = []

    def start(text: str, count: int = 1) -> LocalProcess:
        argv = ("sh", "-c", text.replace("NAP", f"{PROGRAMS}/nap {pids}"))
        process = LocalTarget().spawn(SpawnRequest(argv, stdin=0, stdout=1, stderr=2))
        started.append(process)
        while len(pids_in(pids)) < count:
            os.sched_yield()
        return process

    yield start
    for process in started:
        process.signal(signal.SIGKILL)
        while not process.poll():
            os.sched_yield()


def test_the_table_knows_everybody() -> None:
    child = subprocess.Popen(["sleep", "1000"])
    try:
        table = Table()
        row = table.rows[child.pid]
        assert (row.parent, row.group, row.session) == (os.getpid(), os.getpgrp(), os.getsid(0))
        assert row.alive
        assert row in table.children[os.getpid()]
        assert {1, os.getpid(), os.getppid()} <= ancestors(table)
        assert child.pid not in ancestors(table)
        assert abs(row.started / tree.TICKS - now()) < 60
        assert set(table.below([row], set())) == {child.pid}
        assert table.below([row], {child.pid}) == {}
    finally:
        child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    ended = read_row(child.pid)
    assert ended is not None
    assert not ended.alive
    child.wait()
    assert read_row(child.pid) is None


def test_a_name_that_looks_like_the_fields_after_it(tmp_path: Path) -> None:
    program = tmp_path / ") R 1 (1"
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([program, "1000"]) as child:
        row = read_row(child.pid)
        assert row is not None
        assert row.parent == os.getpid()
        child.kill()


def test_a_process_that_ends_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> bytes:
        raise ProcessLookupError

    monkeypatch.setattr(os, "read", gone)
    assert read_row(os.getpid()) is None


def find(process: LocalProcess) -> set[int]:
    return {row.pid for row in find_strays(process, Table()) if row.alive}


def test_below_and_outside_of_the_group(spawn: Spawn, pids: Path) -> None:
    process = spawn("setsid NAP & NAP & wait", 2)
    outside = {pid for pid in pids_in(pids) if os.getpgid(pid) != process.group}
    assert len(outside) == 1
    assert find(process) == outside
    assert set(process.members()) == {process.pid, *pids_in(pids)} - outside


def test_an_orphan_is_known_by_its_mark(spawn: Spawn, pids: Path) -> None:
    process = spawn("setsid -f NAP")
    other = spawn("exec NAP", 2)
    assert find(process) == {pids_in(pids)[0]}
    assert find(other) == set()


def test_an_orphan_of_an_xsh_below_bears_a_mark_that_begins_with_ours(spawn: Spawn, pids: Path) -> None:
    process = spawn(f"{VARIABLE}=${VARIABLE}/abc.1 setsid -f NAP")
    assert find(process) == set(pids_in(pids))
    other = spawn(f"{VARIABLE}=${VARIABLE}1 setsid -f NAP", 2)
    assert find(other) == set()


def test_an_orphan_is_known_from_an_earlier_look(spawn: Spawn, pids: Path) -> None:
    process = spawn("env -i setsid NAP & exec sleep 1000")
    assert find(process) == set(pids_in(pids))
    process.signal(signal.SIGKILL)
    assert process_table.wait_gone(process.pid)
    assert find(process) == set(pids_in(pids))
    assert process.mark in tree.KNOWN
    kill_all(pids)
    while process.mark in tree.KNOWN:
        assert find(process) == set()


def test_what_was_detached_is_no_stray(spawn: Spawn, pids: Path) -> None:
    process = spawn(f"{VARIABLE}=${VARIABLE}/abc.2- setsid NAP & wait")
    assert find(process) == set()
    assert is_held(pids)


def test_the_group_and_session_of_a_reused_number_are_nobodys(spawn: Spawn, pids: Path) -> None:
    spawn("setsid NAP & wait")
    number = pids_in(pids)[0]
    stranger = LocalProcess(number, number)
    stranger.mark = "stranger.1"
    stranger.status = process_status()
    assert find(stranger) == set()


def process_status() -> ExitStatus:
    """Any status: that of a program that was reaped."""
    return ExitStatus(0)


def test_looks_are_shared_and_rationed(spawn: Spawn, monkeypatch: pytest.MonkeyPatch) -> None:
    process = spawn("exec NAP")
    first = LOOKS.get(now())
    assert LOOKS.get(now() - 1) is first
    assert process.strays(now() - 1) == []
    monkeypatch.setattr(LOOKS, "budget", -10.0)
    monkeypatch.setattr(LOOKS, "counted", now())
    assert LOOKS.get(now()) is None
    assert process.strays(now()) is None


def test_strays_are_held_and_ended(spawn: Spawn, pids: Path) -> None:
    process = spawn("setsid NAP & wait")
    strays = process.strays(now())
    assert strays is not None
    (stray,) = strays
    assert stray.alive
    stray.signal(signal.SIGKILL)
    assert process_table.wait_gone(stray.pid)
    assert not stray.alive
    stray.signal(signal.SIGKILL)  # one that has ended is no error
    stray.close()
    stray.close()
    assert not stray.open()


@pytest.mark.parametrize("descriptors", [True, False], ids=["a descriptor", "no descriptor left"])
def test_a_reused_number_is_not_signalled(descriptors: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_: int) -> int:
        raise OSError(EMFILE, "too many")

    if not descriptors:
        monkeypatch.setattr(os, "pidfd_open", none_left)
    with subprocess.Popen(["sleep", "1000"]) as child:
        row = read_row(child.pid)
        assert row is not None
        wrong, right = Stray(child.pid, row.started + 1), Stray(child.pid, row.started)
        assert not wrong.open()
        wrong.signal(signal.SIGKILL)
        assert not wrong.alive
        assert right.open()
        assert right.alive
        right.signal(signal.SIGTERM)
        assert child.wait() == -signal.SIGTERM
        assert not right.alive
        right.close()
    gone = Stray(child.pid, row.started)
    assert not gone.open()


@contextmanager
def sleeper(env: dict[str, str]) -> Iterator[int]:
    """The number of a program that was started with exactly this environment; it is killed in the end."""
    with subprocess.Popen(["sleep", "1000"], env=env) as child:
        try:
            # its execve(2) may not be over yet, and until then it shows no environment
            deadline = time.monotonic() + 30
            while Path(f"/proc/{child.pid}/cmdline").read_bytes() != b"sleep\0001000\0":
                assert time.monotonic() < deadline
                os.sched_yield()
            yield child.pid
        finally:
            child.kill()


def test_marks() -> None:
    assert mark_of(2**22 + 1) == ""
    with sleeper({VARIABLE: "abc.7"}) as pid:
        assert mark_of(pid) == "abc.7"
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert mark_of(pid) == ""
    with sleeper({"A": "b"}) as pid:
        assert mark_of(pid) == ""
    with sleeper({}) as pid:
        assert mark_of(pid) == ""


def test_a_detached_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KIN, "program", "ab.3-/cd")
    assert not is_detached("ab.3-/cd.1")
    assert is_detached("ab.3-/cd.1-")
    assert is_detached("ab.3-/cd.1/ef.2-/gh.1")
    assert is_detached("other.1-")
    assert not is_detached("")
    monkeypatch.setattr(KIN, "program", "")
    assert is_detached("ab.3-/cd.1")


def test_everything_is_looked_at_where_nothing_is_adopted() -> None:
    assert not KIN.adopting
    table = Table()
    rows: list[Row] = tree.orphans(table)
    pids = {row.pid for row in rows}
    assert os.getpid() not in pids
    assert os.getppid() not in pids
    assert sys.platform == "linux"


def test_a_look_without_a_descriptor_to_spare_is_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LOOKS, "table", None)
    monkeypatch.setattr(LOOKS, "budget", 1.0)

    def refuse(number: int) -> Callable[[str], list[str]]:
        def list_nothing(path: str) -> list[str]:
            raise OSError(number, os.strerror(number), path)

        return list_nothing

    monkeypatch.setattr(os, "listdir", refuse(EMFILE))
    assert LOOKS.get(now()) is None
    monkeypatch.setattr(os, "listdir", refuse(EIO))
    with pytest.raises(OSError, match="Input/output error"):
        LOOKS.get(now())


def test_a_zombie_bears_no_mark_and_a_stranger_is_not_reaped() -> None:
    child = os.posix_spawn("/bin/true", ["true"], {VARIABLE: "1.1"})
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert mark_of(child) == ""
    reap(child)
    assert read_row(child) is None
    reap(child)


def test_what_shows_neither_environment_nor_arguments_bears_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    monkeypatch.setattr(tree, "open", lambda path, _: looks.append(path) or io.BytesIO(), raising=False)
    assert (mark_of(os.getpid()), len(looks)) == ("", 2 * tree.LOOKS_AT_NAME)
