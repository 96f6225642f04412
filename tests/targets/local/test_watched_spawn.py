"""The watch over spawns: who is continued and who is not, when its thread sleeps, that nothing of it is left."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import process_table
from xsh.command.target import SpawnRequest
from xsh.targets.local import posix_spawn, watched_spawn
from xsh.targets.local.kin import now
from xsh.targets.local.spawn import SPAWNING, LocalTarget
from xsh.targets.local.watched_spawn import SpawnWatch, children_of, proceed, stopped_before_its_program

PATIENCE = 40.0


def until(fact: Callable[[], object]) -> None:
    """Wait until a fact holds."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def threads() -> set[str]:
    """The threads of this process, those that `threading` does not know included."""
    return set(os.listdir("/proc/self/task"))


def state(pid: int) -> str:
    """The state of a process: T is stopped."""
    process = process_table.read_process(pid)
    return "gone" if process is None else process.state


@pytest.fixture
def watch() -> Iterator[SpawnWatch]:
    """A watch that is installed, and leaves no thread behind."""
    before = threads()
    watch = SpawnWatch()
    watch.install()
    assert SPAWNING.call == watch.spawn
    yield watch
    watch.remove()
    assert SPAWNING.call is None
    until(lambda: threads() <= before)


class Slow(threading.Thread):
    """A spawn that lasts until its FIFO is opened, before it a program that just sleeps, both from one thread."""

    def __init__(self, watch: SpawnWatch, fifo: Path) -> None:
        super().__init__()
        self.watch, self.fifo = watch, str(fifo)
        self.sleeper = self.pid = 0
        os.mkfifo(fifo)

    def run(self) -> None:
        """Spawn both."""
        self.sleeper = self.watch.spawn("/bin/sleep", ["sleep", "1000"], {}, [], 0, None)
        actions = [(os.POSIX_SPAWN_OPEN, 0, self.fifo, os.O_RDONLY, 0)]
        self.pid = self.watch.spawn("/bin/true", ["true"], {}, actions, 0, None)

    def child(self) -> int:
        """The child that waits for the FIFO, once it is there."""
        until(lambda: self.sleeper and self.native_id is not None and len(children_of(self.native_id)) == 2)
        (pid,) = {int(pid) for pid in children_of(self.native_id or 0)} - {self.sleeper}
        return pid

    def end(self) -> None:
        """Let the spawn come to its end; reap both."""
        with open(self.fifo, "wb"):
            self.join(PATIENCE)
        os.kill(self.sleeper, signal.SIGKILL)
        os.waitpid(self.sleeper, 0)
        assert os.waitpid(self.pid, 0)[1] == 0


def test_only_a_child_without_its_program_is_continued(watch: SpawnWatch, tmp_path: Path) -> None:
    slow = Slow(watch, tmp_path / "fifo")
    slow.start()
    child = slow.child()
    os.kill(slow.sleeper, signal.SIGSTOP)
    until(lambda: state(slow.sleeper) == "T")
    for _ in range(3):
        os.kill(child, signal.SIGSTOP)
        # both in one: that it stopped, and that it was continued
        until(lambda: os.waitid(os.P_PID, child, os.WCONTINUED | os.WNOHANG))
        until(lambda: state(child) != "T")
        assert state(slow.sleeper) == "T"
    slow.end()


def test_who_counts_as_stopped_before_its_program(
    watch: SpawnWatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched_spawn, "proceed", lambda _: None)
    began = now()
    slow = Slow(watch, tmp_path / "fifo")
    slow.start()
    child = slow.child()
    assert not stopped_before_its_program(str(child), began)
    for pid in (child, slow.sleeper):
        os.kill(pid, signal.SIGSTOP)
        until(lambda pid=pid: state(pid) == "T")
    assert stopped_before_its_program(str(child), began)
    # one that was there before this spawn is no child of it
    assert not stopped_before_its_program(str(child), now() + 1)
    assert not stopped_before_its_program(str(slow.sleeper), began)
    proceed(str(child))
    slow.end()
    assert not stopped_before_its_program(str(child), began)
    proceed(str(child))


def test_children_are_found_without_the_list_of_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    pid = os.posix_spawn("/bin/sleep", ["sleep", "1000"], {})
    no_thread = 2**22 + 1
    assert str(pid) in children_of(no_thread)
    assert str(os.getpid()) not in children_of(no_thread)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with monkeypatch.context() as patch:

        def none(_: str) -> list[str]:
            raise OSError

        patch.setattr(os, "listdir", none)
        assert children_of(no_thread) == []


def test_the_thread_sleeps_when_nothing_is_spawned(watch: SpawnWatch) -> None:
    before = threads()
    assert not watch.started
    for _ in range(2):
        process = LocalTarget().spawn(SpawnRequest(("true",), stdin=0, stdout=1, stderr=2))
        until(process.poll)
        assert watch.started
        assert len(threads() - before) == 1
        until(lambda: watch.parked)
        assert watch.running == {}


def test_a_burst_wakes_it_each_time_it_sleeps(watch: SpawnWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_spawn, "LOOK_SECONDS", 0.0001)
    monkeypatch.setattr(watched_spawn, "QUIET_LOOKS", 1)
    looks: list[int] = []
    monkeypatch.setattr(watch, "_look", lambda: looks.append(watch.count))
    for number in range(1, 51):
        pid = watch.spawn("/bin/true", ["true"], {}, [], 0, None)
        os.waitpid(pid, 0)
        until(lambda number=number: number in looks)


def test_a_fork_meets_no_thread_of_ours(watch: SpawnWatch) -> None:
    before = threads()
    for _ in range(3):
        os.waitpid(watch.spawn("/bin/true", ["true"], {}, [], 0, None), 0)
        assert len(threads() - before) == 1
        # that there are threads beside it is an error here, from Python 3.12 on
        child = os.fork()
        if not child:
            os._exit(len(threads()) + 40)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 41
        assert threads() <= before


def test_a_failed_spawn_is_not_watched_any_more(watch: SpawnWatch) -> None:
    with pytest.raises(FileNotFoundError):
        watch.spawn("/missing", ["missing"], {}, [], 0, None)
    assert watch.running == {}


def test_one_within_another(watch: SpawnWatch) -> None:
    inner = SpawnWatch()
    inner.install()
    assert SPAWNING.call == inner.spawn
    inner.remove()
    inner.remove()
    assert SPAWNING.call == watch.spawn


def test_python_spawns_where_it_cannot_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in (
        (posix_spawn, "NEEDED", ("no_such_function",)),
        (watched_spawn.sys, "platform", "other"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, value)
            watch = SpawnWatch()
            watch.install()
            assert SPAWNING.call is None
            watch.remove()


def test_without_another_thread_it_spawns_all_the_same(watch: SpawnWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> int:
        raise RuntimeError

    monkeypatch.setattr(watched_spawn, "start_new_thread", none)
    pid = watch.spawn("/bin/true", ["true"], {}, [], 0, None)
    assert os.waitpid(pid, 0)[1] == 0
    assert not watch.started


def test_its_thread_takes_no_signal_from_the_main_thread(watch: SpawnWatch) -> None:
    pid = watch.spawn("/bin/true", ["true"], {}, [], 0, None)
    assert os.waitpid(pid, 0) == (pid, 0)
    until(lambda: watch.thread)
    status = Path(f"/proc/self/task/{watch.thread}/status").read_text(encoding="ascii")
    blocked = int(status.split("SigBlk:")[1].split()[0], 16)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP, signal.SIGCHLD):
        assert blocked & 1 << number - 1
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
