"""The lease of the terminal without one: jobs, signals and a terminal made by hand, every step seen."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from tests.session.desk import FD, OWN_GROUP, US, Desk, Gone
from xsh.reactor.signals import SIG_DFL, SIG_IGN, SIGCHLD, SIGCONT, SIGINT, SIGKILL, SIGTSTP, SIGTTIN, SIGTTOU
from xsh.session import terminal as lease
from xsh.session.terminal import open_terminal, processes, stopped_by


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A terminal made by hand."""
    return Desk(monkeypatch)


def test_it_hears_of_stops_until_it_is_closed(desk: Desk) -> None:
    desk.handlers[SIGCHLD] = "another"
    terminal = desk.terminal
    terminal.install()
    assert desk.handlers[SIGCHLD] == terminal._child
    assert desk.handlers[SIGTSTP] == terminal._stop_all
    assert desk.runner.listeners == [terminal._heard]
    terminal.close()
    assert (desk.handlers[SIGCHLD], desk.handlers[SIGTSTP]) == ("another", SIG_DFL)
    assert (desk.runner.listeners, terminal.saved, desk.closed, desk.happened()) == ([], {}, [FD], [])


def test_it_is_this_program_s_own_terminal_and_becomes_no_other_s(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, int]] = []
    monkeypatch.setattr(os, "open", lambda *how: opened.append(how) or FD)
    terminal = open_terminal(desk.runner)
    assert terminal is not None
    assert opened == [("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)]
    assert (terminal.fd, desk.runner.listeners) == (FD, [terminal._heard])


def test_without_a_terminal_there_is_nothing_to_lend(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> int:
        raise OSError

    monkeypatch.setattr(os, "open", none)
    assert open_terminal(desk.runner) is None
    assert desk.runner.listeners == []


def test_what_is_ignored_stays_ignored(desk: Desk) -> None:
    desk.handlers[SIGTSTP] = SIG_IGN
    desk.terminal.install()
    assert desk.handlers[SIGTSTP] is SIG_IGN
    assert desk.handlers[SIGCHLD] == desk.terminal._child


def test_a_handler_only_asks_for_a_look(desk: Desk) -> None:
    desk.terminal._child(SIGCHLD, None)
    assert desk.calls == []
    desk.job(901)
    desk.terminal._child(SIGCHLD, None)
    assert desk.calls == [desk.terminal._look]


@pytest.mark.parametrize("why", [SIGTTIN, SIGTTOU])
def test_who_was_stopped_for_want_of_it_gets_it_and_is_continued(why: int, desk: Desk) -> None:
    desk.job(900)
    job = desk.job(901, 902)
    desk.stop(902, why)
    assert desk.terminal.holder is job
    assert desk.happened() == [("front", 901), (901, SIGCONT), (902, SIGCONT)]
    desk.stop(901, why)
    assert desk.happened() == [(901, SIGCONT), (902, SIGCONT)]


def test_a_group_that_has_ended_is_passed_over(desk: Desk) -> None:
    desk.terminal._lend(desk.job(666))
    assert desk.happened() == [(666, SIGCONT)]
    # where there were several, for the next
    job = desk.job(666, 901)
    job.members[1].process.group = 901
    desk.terminal._give(job)
    assert desk.happened() == [("front", 901), (666, SIGCONT), (901, SIGCONT)]


def test_only_the_holder_s_stop_by_the_user_counts(desk: Desk) -> None:
    desk.job(901)
    desk.stop(901, SIGTSTP)
    desk.stop(666, SIGTTIN)
    assert desk.happened() == []
    assert desk.terminal.holder is None


def test_others_wait_in_the_order_in_which_they_came(desk: Desk) -> None:
    first, second, third = desk.job(901), desk.job(902), desk.job(903)
    for pid in (901, 902, 903, 902):
        desk.stop(pid, SIGTTIN)
    assert desk.notices == ["1 command waits for the terminal", "2 commands wait for the terminal"]
    assert desk.terminal.waiting == [second, third]
    assert desk.happened() == [("front", 901), (901, SIGCONT)]
    desk.modes = "raw"
    desk.end(first, argv=("vi", "stty"))
    assert desk.happened() == [("front", OWN_GROUP), ("modes", "cooked"), ("front", 902), (902, SIGCONT)]
    assert desk.terminal.holder is second
    desk.end(third)
    assert desk.terminal.waiting == desk.happened() == []
    desk.end(second)
    assert desk.terminal.holder is None
    assert desk.happened() == [("front", OWN_GROUP), ("modes", "cooked")]
    assert desk.handlers[SIGTTOU] == "before"


def test_what_is_no_end_changes_nothing(desk: Desk) -> None:
    job = desk.job(901)
    desk.terminal._lend(job)
    desk.terminal._heard(SimpleNamespace(job=job))
    desk.end(desk.job(902), died_of="SIGINT")
    assert desk.terminal.holder is job
    assert desk.happened() == [("front", 901), (901, SIGCONT)]


def test_stty_has_changed_the_modes_for_good(desk: Desk) -> None:
    job = desk.job(901)
    desk.terminal._lend(job)
    desk.modes = "raw"
    desk.end(job, argv=("stty", "raw"))
    assert desk.modes == "raw"
    assert desk.front == OWN_GROUP


@pytest.mark.parametrize(
    ("died_of", "killed", "ends"), [("SIGINT", False, True), ("SIGINT", True, False), ("SIGTERM", False, False)]
)
def test_a_holder_that_died_of_ctrl_c_ends_this_program_too(died_of: str, killed: bool, ends: bool, desk: Desk) -> None:
    job, other = desk.job(901), desk.job(902)
    desk.stop(901, SIGTTIN)
    desk.stop(902, SIGTTIN)
    desk.happened()
    job.killed = killed
    desk.end(job, died_of=died_of)
    rest = [(US, SIGINT)] if ends else [("front", 902), (902, SIGCONT)]
    assert desk.happened() == [("front", OWN_GROUP), ("modes", "cooked"), *rest]
    assert desk.terminal.holder is (None if ends else other)


def test_it_is_lent_only_by_who_is_in_front(desk: Desk) -> None:
    job = desk.job(901)
    for elsewhere in (300, 600):
        desk.front = elsewhere
        desk.terminal._lend(job)
        assert desk.happened() == [(-OWN_GROUP, SIGTTIN), ("front", 901), (901, SIGCONT)]


@pytest.mark.parametrize("error", [OSError, Gone])
def test_a_terminal_that_has_gone_is_nobody_s(error: type[Exception], desk: Desk) -> None:
    desk.terminal._lend(desk.job(901))
    desk.gone = error
    desk.runner.listeners.append(desk.terminal._heard)
    desk.terminal.close()
    assert desk.terminal.holder is None
    assert desk.handlers[SIGTTOU] == "before"
    assert desk.closed == [FD]


def test_ctrl_z_stops_every_job_then_this_program_and_goes_on_with_all(desk: Desk) -> None:
    desk.terminal.install()
    desk.job(901, 902)
    desk.job(903)
    desk.terminal._stop_all(SIGTSTP, None)
    stopped = [(901, SIGTSTP), (902, SIGTSTP), (903, SIGTSTP)]
    assert desk.happened() == [*stopped, (US, SIGTSTP), (901, SIGCONT), (902, SIGCONT), (903, SIGCONT)]
    assert desk.handlers[SIGTSTP] == desk.terminal._stop_all


def test_ctrl_z_while_a_program_is_being_started_is_for_the_moment_after(desk: Desk) -> None:
    desk.terminal.install()
    desk.job(901)
    desk.runner.connecting = True
    desk.terminal._stop_all(SIGTSTP, None)
    assert desk.happened() == []
    desk.runner.connecting = False
    desk.runner.postponed()
    assert desk.happened() == [(901, SIGTSTP), (US, SIGTSTP), (901, SIGCONT)]


def test_a_holder_that_the_user_stopped_goes_on_with_the_modes_it_had(desk: Desk) -> None:
    desk.terminal.install()
    job = desk.job(901)
    desk.terminal._lend(job)
    desk.happened()
    desk.modes = "raw"
    desk.stop(901, SIGTSTP)
    back = [("front", OWN_GROUP), ("modes", "cooked")]
    stopped = [(901, SIGTSTP), (US, SIGTSTP), (901, SIGCONT)]
    assert desk.happened() == [*back, *stopped, ("modes", "raw"), ("front", 901), (901, SIGCONT)]
    assert desk.terminal.holder is job
    assert desk.terminal.modes == "cooked"


def test_only_what_runs_here_is_looked_at_and_signalled(desk: Desk) -> None:
    job = desk.job(901, 902, 903)
    job.members.append(SimpleNamespace(process=None))
    job.members[0].process.host = "there"
    job.members[1].process.status = object()
    assert [process.pid for process in processes(job)] == [903]
    lease.process_group(job, SIGKILL)
    assert desk.happened() == [(903, SIGKILL)]


def test_behind_wrappers_the_outermost_process_is_signalled(desk: Desk) -> None:
    job = desk.job(901, 902)
    behind = SimpleNamespace(base=SimpleNamespace(base=job.members[0].process, host="web"), host="web in db")
    job.members[0].process = behind
    lease.process_group(job, SIGKILL)
    assert desk.happened() == [(901, SIGKILL), (902, SIGKILL)]


def test_another_user_s_program_goes_on_and_the_rest_is_signalled(desk: Desk) -> None:
    job = desk.job(901, 902)

    def refuse(number: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    job.members[0].process.signal = refuse
    lease.process_group(job, SIGKILL)
    assert desk.happened() == [(902, SIGKILL)]


def test_the_stop_since_the_last_look(desk: Desk) -> None:
    desk.stops = {901: SIGTTIN}
    asked = [SimpleNamespace(pid=pid) for pid in (901, 901, 666)]
    assert [stopped_by(process) for process in asked] == [SIGTTIN, None, None]
