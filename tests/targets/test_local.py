"""Programs on this machine: how they ended, what is left of their group, where they are found."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.script_runner import PROGRAMS
from xsh import sh
from xsh.command.target import SpawnRequest
from xsh.result import ExitStatus
from xsh.targets.local import which as which_module
from xsh.targets.local.group import has_members, living_members, stat_fields
from xsh.targets.local.process import exit_status, signal_name
from xsh.targets.local.spawn import LocalTarget
from xsh.targets.local.which import ProgramCache, nearest


def request(*argv: str) -> SpawnRequest:
    return SpawnRequest(argv, stdin=0, stdout=1, stderr=2)


def test_every_status_has_a_meaning() -> None:
    for code in range(256):
        assert exit_status(code << 8) == ExitStatus(code)
    for number in range(1, 65):
        status = exit_status(number)
        assert (status.code, status.ok) == (128 + number, False)
        assert status.signal == signal_name(number)
    assert signal_name(signal.SIGKILL) == "SIGKILL"
    assert signal_name(35) == "SIG35"
    assert repr(ExitStatus(3)) == "ExitStatus(3)"
    assert repr(ExitStatus(137, "SIGKILL")) == "ExitStatus(137, 'SIGKILL')"
    assert ExitStatus(137) != ExitStatus(137, "SIGKILL")


def test_a_program_that_somebody_else_reaped_is_no_success() -> None:
    process = LocalTarget().spawn(request("true"))
    os.waitpid(process.pid, 0)
    assert process.poll()
    assert process.status == ExitStatus(255)
    assert process.poll()
    process.signal(signal.SIGTERM)  # a group that is gone is no error


async def test_a_reaped_program_in_a_job_ends_it() -> None:
    job = sh.argv(PROGRAMS / "exit-with", 3).nothrow().start()
    assert job.pid is not None
    os.waitpid(job.pid, 0)  # noqa: ASYNC222  the point is that nobody else did
    assert (await job.wait()).exit_code == 255


def test_members_of_a_group() -> None:
    read_end, write_end = os.pipe()
    asked = SpawnRequest((str(PROGRAMS / "fork-child"),), stdin=0, stdout=write_end, stderr=2)
    process = LocalTarget().spawn(asked)
    os.close(write_end)
    pids = {int(word) for word in os.read(read_end, 100).split()[1:]}
    os.close(read_end)
    assert process.group == process.pid
    assert has_members(process.group)
    assert set(living_members(process.group) or ()) == pids
    assert process.members_left()
    process.signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    while process.members_left():
        os.sched_yield()
    # it waits to be reaped, and is no living member
    assert stat_fields(str(process.pid))[0] == b"Z"
    assert process.poll()
    assert process.status == ExitStatus(137, "SIGKILL")
    assert not has_members(process.group)
    assert stat_fields(str(process.pid)) == []


def make(path: Path, mode: int = 0o755) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def test_a_found_program_is_looked_for_again_when_a_directory_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(which_module, "FRESH", 0)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    path = f"relative:{first}:{second}"
    later = make(second / "tool")
    cache = ProgramCache()
    assert cache.find("tool", path) == cache.find("tool", path) == str(later)
    os.utime(first, ns=(0, 0))
    earlier = make(first / "tool")
    assert cache.find("tool", path) == str(earlier)
    earlier.unlink()
    assert cache.find("tool", path) == str(later)
    later.unlink()
    assert cache.find("tool", path) is None


def test_what_is_no_program_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a" / "tool").mkdir(parents=True)
    make(tmp_path / "b" / "tool", 0o644)
    good = make(tmp_path / "c" / "tool")
    assert ProgramCache().find("tool", f"{tmp_path}/a:{tmp_path}/b:{tmp_path}/c:") == str(good)


def test_the_nearest_names(tmp_path: Path) -> None:
    for name in ("deploy", "deplay", "deplox", "deployment", "other"):
        make(tmp_path / name)
    assert nearest("deploi", str(tmp_path))[0] in {"deploy", "deplay", "deplox"}
    assert len(nearest("deploi", str(tmp_path), limit=2)) == 2
    assert nearest("zzzzzz", f"{tmp_path}:/no/such") == []


@pytest.mark.parametrize("number", [0, 1, 2])
async def test_a_descriptor_below_three_goes_where_it_should(number: int, tmp_path: Path) -> None:
    # the ends of a pipe take the numbers of closed standard streams
    saved = os.dup(number)
    os.close(number)
    try:
        result = await (sh("seq 3") | sh("sh -c 'cat; echo err >&2'"))
        await sh("echo file").stdout(tmp_path / "out")
    finally:
        os.dup2(saved, number)
        os.close(saved)
    assert (result.stdout, result.stderr) == ("1\n2\n3\n", "err\n")
    assert (tmp_path / "out").read_text() == "file\n"


async def test_a_program_that_was_moved_since_it_was_found_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    monkeypatch.setenv("PATH", f"{first}:{second}:{os.environ['PATH']}")
    monkeypatch.setattr(which_module, "FRESH", 60)
    tool = make(first / "moving-tool")
    tool.write_text("#!/bin/sh\necho here\n")
    assert await sh("moving-tool").text() == "here"
    tool.rename(second / "moving-tool")
    assert await sh("moving-tool").text() == "here"
