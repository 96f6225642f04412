"""The steps of stopping one by one: signals that are refused, members that tell nothing, how a process is named."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.engine.victims import Victim
from tests.script_runner import PROGRAMS
from xsh import CommandFailed, CommandTimedOut, sh
from xsh.engine.stop import Ladder, describe_process, group_members
from xsh.reactor.signals import SIGKILL, SIGTERM
from xsh.session.session import Session
from xsh.targets.local.process import LocalProcess
from xsh.targets.local.tree import Stray

pytestmark = pytest.mark.usefixtures("engine")


@pytest.mark.parametrize("kind", [LocalProcess, Stray], ids=["the program", "a stray"])
async def test_a_refused_signal_is_told_and_the_rest_goes_on(
    kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = kind.signal

    def refuse_to_ask(self: object, number: int) -> None:
        if number == SIGTERM:
            raise PermissionError(1, "Operation not permitted")
        sent(self, number)

    monkeypatch.setattr(kind, "signal", refuse_to_ask)
    victim = Victim(tmp_path, "polite")
    victim.command = sh("setsid -f nap ${file}.naps; exec tell-signal", file=victim.file).stdout(victim.file)
    path = f"{PROGRAMS}:{os.environ['PATH']}"
    with pytest.raises(CommandTimedOut) as raised:
        await victim.command.env(PATH=path).grace("100ms").timeout("1s")
    assert raised.value.hint == "some of its processes belong to another user and could not be signalled"
    victim.assert_gone()


async def test_a_stray_that_comes_while_the_rest_is_ending_is_asked_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    sent = Stray.signal

    def refuse(self: Stray, number: int) -> None:
        asked.append(number)
        if number == SIGTERM:
            raise PermissionError(1, "Operation not permitted")
        sent(self, number)

    monkeypatch.setattr(Stray, "signal", refuse)
    late = f"""trap 'setsid -f {PROGRAMS}/nap {tmp_path}/naps; sleep 0.05; exit 0' TERM; sleep 1000 & wait"""
    with pytest.raises(CommandTimedOut) as raised:
        await sh.argv("sh", "-c", late).grace("1s").timeout("300ms")
    assert asked[0] == SIGTERM
    assert SIGKILL in asked
    assert raised.value.hint == "some of its processes belong to another user and could not be signalled"


async def test_a_program_that_is_started_while_its_job_is_being_stopped_is_stopped_too(fresh_session: Session) -> None:
    fresh_session.runner.spawned = lambda job, _: job.stop()
    with pytest.raises(CommandFailed, match="sleep 1000: killed by SIGTERM"):
        await sh("sleep 1000")


def test_a_program_that_two_stages_share_is_signalled_once() -> None:
    asked: list[int] = []
    process = SimpleNamespace(signal=asked.append)
    members = [SimpleNamespace(process=process), SimpleNamespace(process=process), SimpleNamespace(process=None)]
    Ladder(SimpleNamespace(members=members))._send(SIGTERM)
    assert asked == [SIGTERM]


def test_members_of_a_place_that_tells_nothing_are_none() -> None:
    silent = SimpleNamespace(process=object())
    telling = SimpleNamespace(process=SimpleNamespace(members=lambda: [3, 2]))
    assert group_members(SimpleNamespace(members=[silent, telling])) == [2, 3]


def test_a_process_is_named_by_state_and_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    us = os.getpid()
    assert describe_process(us) == f"pid {us} (state R)"
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 4711)
    assert describe_process(us) == f"pid {us} (state R, another user's)"


def test_a_process_that_has_gone_is_named_by_its_number() -> None:
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    assert describe_process(child) == f"pid {child}"
