"""A control group around a process, where we may make one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import process_table
from xsh.targets.local import contain as module
from xsh.targets.local.contain import Container, contain, forget_the_dead, own_group, write


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A shell whose child is in a session of its own."""
    with subprocess.Popen(["sh", "-c", "setsid sleep 1000 & echo $!; wait"], stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.fixture
def container(child: subprocess.Popen[bytes]) -> Container:
    """The control group around that shell; the child was there before and is outside."""
    made = contain(child.pid)
    if made is None:
        pytest.skip("no control group of version 2 that we may write")
    return made


def daemon_of(child: subprocess.Popen[bytes]) -> int:
    """The number of the shell's child."""
    assert child.stdout is not None
    return int(child.stdout.readline())


def test_all_in_it_are_killed_at_once(child: subprocess.Popen[bytes], container: Container) -> None:
    daemon = daemon_of(child)
    write(f"{container.path}/cgroup.procs", str(daemon))
    assert {child.pid, daemon} <= set(container.members())
    container.kill(lambda pid: False)
    assert child.wait() == -9
    assert process_table.wait_gone(daemon)
    while container.members():
        os.sched_yield()
    container.remove()
    assert not Path(container.path).exists()


def test_the_spared_are_moved_out(child: subprocess.Popen[bytes], container: Container) -> None:
    daemon = daemon_of(child)
    write(f"{container.path}/cgroup.procs", str(daemon))
    container.kill(lambda pid: pid == daemon)
    assert child.wait() == -9
    assert not process_table.wait_gone(daemon, 0)
    os.kill(daemon, 9)
    assert process_table.wait_gone(daemon)
    container.remove()
    assert not Path(container.path).exists()


def test_the_living_are_moved_out_before_it_is_removed(child: subprocess.Popen[bytes], container: Container) -> None:
    daemon = daemon_of(child)
    container.remove()
    assert not Path(container.path).exists()
    assert container.members() == []
    container.remove()
    os.kill(daemon, 9)


def test_what_goes_on_forking_is_left_to_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cgroup.procs").write_text("1\n2\n")
    Container(str(tmp_path / "outer"), str(tmp_path)).kill(lambda pid: False)
    assert (tmp_path / "cgroup.kill").read_text() == "1"
    (tmp_path / "cgroup.kill").unlink()
    (tmp_path / "outer").mkdir()
    Container(str(tmp_path / "outer"), str(tmp_path)).kill(lambda pid: True)
    assert not (tmp_path / "cgroup.kill").exists()


def test_the_groups_of_killed_supervisors_are_taken_away(tmp_path: Path) -> None:
    for name in ("xsh-1", "xsh-2", "xsh-3", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "xsh-2" / "in use").touch()
    forget_the_dead(str(tmp_path), str(tmp_path / "xsh-3"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "xsh-2", "xsh-3"]


def test_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "own_group", lambda: None)
    assert contain(1) is None
    monkeypatch.setattr(module, "own_group", lambda: str(tmp_path / "missing"))
    assert contain(1) is None
    monkeypatch.setattr(module, "own_group", lambda: str(tmp_path))
    assert contain(os.getpid()) is None
    assert list(tmp_path.iterdir()) == []


def test_our_own() -> None:
    own = own_group()
    assert own is None or os.path.exists(f"{own}/cgroup.procs")


def test_a_system_without_control_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", missing)
    assert own_group() is None
