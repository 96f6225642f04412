"""The steps of stopping one by one: signals that are refused, members that tell nothing, how a process is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.engine.victims import Victim
from tests.script_runner import PROGRAMS
from xsh import CommandFailed, CommandTimedOut, sh
from xsh.engine.stop import Ladder, describe_process, group_members, signal_number
from xsh.reactor.signals import SIGCONT, SIGINT, SIGKILL, SIGTERM
from xsh.session.session import Session
from xsh.targets.local.process import LocalProcess
from xsh.targets.local.tree import Stray

BY_EACH_ENGINE = pytest.mark.usefixtures("engine")


@BY_EACH_ENGINE
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


@BY_EACH_ENGINE
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


@BY_EACH_ENGINE
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


class Timers:
    """A reactor that only notes what is to happen when."""

    def __init__(self) -> None:
        self.set: list[tuple[float, Callable[[], None]]] = []
        self.cancelled: list[float] = []

    def call_later(self, seconds: float, callback: Callable[[], None]) -> SimpleNamespace:
        self.set.append((seconds, callback))
        return SimpleNamespace(cancel=lambda: self.cancelled.append(seconds))

    @property
    def delays(self) -> list[float]:
        """After how many seconds each of them comes, in the order in which they were set."""
        return [seconds for seconds, _ in self.set]

    def go_off(self, number: int) -> None:
        """Let one of them happen."""
        self.set[number][1]()


class Asked:
    """A job of one program that never ends, and every signal it was sent."""

    def __init__(self, own_grace: float | None = None, stage_grace: float | None = None) -> None:
        self.signals: list[int] = []
        self.notices: list[str] = []
        self.timers = Timers()
        self.background = True
        process = SimpleNamespace(signal=self.signals.append, pid=10**8, members=lambda: [10**8, 10**8 + 1])
        stage = SimpleNamespace(options=SimpleNamespace(grace=stage_grace), display="victim")
        self.job = SimpleNamespace(
            running=True, streams=SimpleNamespace(stop_input=lambda: None), workers=[], reactor=self.timers, stage=stage,
            members=[SimpleNamespace(process=process, stage=stage, duration=None)], check=lambda: None, finish=lambda: None,
            watch=lambda: None, options=SimpleNamespace(grace=own_grace), background_left=lambda: self.background,
            runner=SimpleNamespace(grace=7.0, notice=self.notices.append),
        )  # fmt: skip
        self.ladder = Ladder(self.job)


def test_after_ctrl_c_the_asking_is_firmer_at_half_the_grace_and_then_it_is_killed() -> None:
    asked = Asked()
    asked.ladder.stop(SIGINT, 3.0)
    assert asked.signals == [SIGINT, SIGCONT]
    assert asked.timers.delays == [1.5, 3.0]
    asked.timers.go_off(0)
    assert asked.signals[2:] == [SIGTERM, SIGCONT]
    asked.timers.go_off(0)
    assert len(asked.signals) == 4
    asked.timers.go_off(1)
    assert asked.signals[4:] == [SIGKILL]
    assert asked.ladder.facts == {"had_to_kill": True}
    asked.ladder.kill()
    assert len(asked.signals) == 5


def test_a_sigterm_is_firm_from_the_start() -> None:
    asked = Asked()
    asked.ladder.stop(SIGTERM, 3.0)
    asked.ladder.stop(SIGINT, 9.0)
    assert (asked.signals, asked.timers.delays) == ([SIGTERM, SIGCONT], [3.0])
    asked.ladder._insist()
    assert len(asked.signals) == 2


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_without_a_grace_it_is_killed_at_once_and_given_up_two_seconds_later(seconds: float) -> None:
    asked = Asked()
    asked.ladder.stop(SIGTERM, seconds)
    assert (asked.signals, asked.timers.delays) == ([SIGKILL], [2.0])
    asked.ladder._insist()
    assert asked.signals == [SIGKILL]
    asked.timers.go_off(0)
    assert asked.notices == ["victim: cannot be killed: pid 100000000, pid 100000001"]
    assert asked.ladder.facts["unkillable"] == [10**8, 10**8 + 1]
    assert not asked.ladder.holds()


def test_a_second_stop_without_a_grace_kills_what_was_asked_before() -> None:
    asked = Asked()
    asked.ladder.stop(SIGTERM, 3.0)
    asked.ladder.stop(SIGTERM, 0)
    assert asked.signals == [SIGTERM, SIGCONT, SIGKILL]


@pytest.mark.parametrize(
    ("own", "stages", "grace"), [(None, None, 7.0), (2, None, 2.0), (2, 4, 2.0), (None, 4, 4.0), (0.5, 0, 0.5)]
)
def test_the_grace_is_the_whole_s_else_a_stage_s_else_the_engine_s(
    own: float | None, stages: float | None, grace: float
) -> None:
    asked = Asked(own, stages)
    asked.ladder.stop(SIGTERM, None)
    assert asked.timers.delays == [grace]


def test_what_is_still_ending_is_looked_at_ever_more_rarely() -> None:
    asked = Asked()
    assert not asked.ladder.holds()
    asked.ladder.stop(SIGTERM, 3.0)
    assert asked.ladder.holds()
    for number in range(1, 9):
        assert asked.ladder.holds()
        asked.timers.go_off(number)
    assert asked.timers.delays[1:] == [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.05, 0.05, 0.05]
    assert asked.signals == [SIGTERM, SIGCONT]
    asked.background = False
    asked.timers.go_off(9)
    assert not asked.ladder.holds()
    assert len(asked.timers.set) == 10


def test_what_comes_after_the_kill_is_killed_at_every_look() -> None:
    asked = Asked()
    asked.ladder.stop(SIGTERM, 0)
    assert asked.ladder.holds()
    asked.timers.go_off(1)
    assert asked.signals == [SIGKILL, SIGKILL]


def test_python_stages_are_cancelled_and_then_killed() -> None:
    asked = Asked()
    heard: list[str] = []
    asked.job.workers.append(
        SimpleNamespace(cancel=lambda: heard.append("cancel"), kill=lambda: heard.append("kill")),
    )
    asked.ladder.stop(SIGTERM, 3.0)
    assert heard == ["cancel"]
    asked.ladder.kill()
    assert heard == ["cancel", "kill"]


def test_a_member_without_a_program_hides_none_behind_it() -> None:
    asked = Asked()
    asked.job.members.insert(0, SimpleNamespace(process=None, stage=asked.job.stage, duration=None))
    asked.ladder.stop(SIGTERM, 3.0)
    assert asked.signals == [SIGTERM, SIGCONT]


def test_only_what_has_not_ended_is_named_as_unkillable() -> None:
    asked = Asked()
    stage = asked.job.stage
    gone = SimpleNamespace(pid=5, signal=lambda _: None)
    elsewhere = SimpleNamespace(pid=None, signal=lambda _: None)
    asked.job.members += [
        SimpleNamespace(process=None, stage=stage, duration=None),
        SimpleNamespace(process=gone, stage=stage, duration=0.5),
        SimpleNamespace(process=elsewhere, stage=stage, duration=None),
    ]
    asked.ladder.stop(SIGTERM, 0)
    asked.timers.go_off(0)
    assert asked.ladder.facts["unkillable"] == [10**8, 10**8 + 1]


def test_where_all_have_ended_meanwhile_nobody_is_named() -> None:
    asked = Asked()
    asked.job.members[0].duration = 0.5
    asked.job.members[0].process.members = list
    asked.ladder.stop(SIGTERM, 0)
    asked.timers.go_off(0)
    assert asked.notices == []


def test_at_the_end_every_pending_step_is_taken_back() -> None:
    asked = Asked()
    asked.ladder.stop(SIGINT, 3.0)
    asked.ladder.holds()
    asked.ladder.close()
    assert asked.timers.cancelled == asked.timers.delays == [1.5, 3.0, 0.001]


@pytest.mark.parametrize("signal", ["HUP", "SIGHUP", "hup", "Sighup", 1])
def test_a_signal_has_names_and_a_number(signal: str | int) -> None:
    assert signal_number(signal) == 1


@pytest.mark.parametrize("signal", ["NOPE", "SIGNOPE", "", 4711])
def test_what_is_no_signal_is_refused(signal: str | int) -> None:
    with pytest.raises(ValueError, match="signal|valid"):
        signal_number(signal)


def test_what_has_ended_is_not_stopped() -> None:
    asked = Asked()
    asked.job.running = False
    asked.ladder.stop(SIGTERM, 3.0)
    asked.ladder.kill()
    assert (asked.signals, asked.timers.delays, asked.ladder.asked) == ([], [], False)


def test_members_of_a_place_that_tells_nothing_are_none() -> None:
    silent = SimpleNamespace(process=object())
    telling = SimpleNamespace(process=SimpleNamespace(members=lambda: [3, 2]))
    assert group_members(SimpleNamespace(members=[silent, telling])) == [2, 3]


def test_a_process_is_named_by_state_and_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    us = os.getpid()
    assert describe_process(us) == f"pid {us} (state R)"
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 4711)
    assert describe_process(us) == f"pid {us} (state R, another user's)"
    with monkeypatch.context() as root:
        # who may signal anybody's
        root.setattr(os, "fstat", lambda _: SimpleNamespace(st_uid=4711))
        root.setattr(os, "geteuid", lambda: 0)
        named = describe_process(us)
    assert named == f"pid {us} (state R)"


def test_a_process_that_has_gone_is_named_by_its_number() -> None:
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    assert describe_process(child) == f"pid {child}"
