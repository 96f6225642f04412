"""One program behind a wrapper: its status told apart from the wrapper's own failure, its signals sent to the inside.

A wrapper that fails says so by an exit code that the program could have given too: docker 1, 125, 126 and 127, sudo 1. So
after such a code the wrapper is asked once more, whether the directory and the program are there; the answer, or its
failing again, tells which of the three it was.

Killing `docker exec` leaves what it started running, and the client of podman then even exits 0. So there the processes
inside have a mark in their environment, and a second `exec` sends them the signals.
"""

from __future__ import annotations

import signal as names

from xsh.errors import ProgramNotExecutable, ProgramNotFound, SpawnError, WorkingDirectoryError, XshError
from xsh.reactor.reactor import current_reactor
from xsh.result import SIGNAL_BASE, ExitStatus
from xsh.targets.via.inside import FINE, NO_DIRECTORY, NO_PROGRAM, NOT_A_DIRECTORY, NOT_EXECUTABLE
from xsh.targets.via.question import Question
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.command.target import Process, Reactor, SpawnRequest
    from xsh.result import Usage

HOLDING = frozenset((names.SIGSTOP, names.SIGTSTP, names.SIGCONT))
"""Signals for the wrapper as well: while it is stopped, as a reader of the terminal may be, it hears of no end inside."""
ASKED = frozenset((names.SIGINT, names.SIGTERM, names.SIGHUP, names.SIGQUIT))
"""Signals that ask a program to end; what a wrapper has died of is passed on inside if it is one of these, else TERM."""
LEFT_GRACE = 1.0
"""Seconds that what a dead wrapper has left inside is given to end."""

HANGS_AFTER = 0.5
"""Seconds that what has asked for an end is given to see that there is nothing left, before its wrapper is killed."""


class ViaProcess:
    """A program that was started through a wrapper; `base` is the wrapper's own process."""

    __slots__ = (
        "base",
        "ended",
        "error",
        "host",
        "killer",
        "mark",
        "pending",
        "question",
        "reactor",
        "request",
        "sent",
        "status",
        "stops",
        "target",
        "usage",
    )

    def __init__(self, target: Any, request: SpawnRequest, base: Process, mark: str) -> None:
        self.target = target
        self.request = request
        self.base = base
        self.mark = mark
        self.usage: Usage | None = None
        self.host: str | None = target.name
        self.status: ExitStatus | None = None
        self.error: XshError | None = None
        self.question: Question | None = None
        self.stops: list[Question] = []
        self.killer: Question | None = None
        self.pending: list[str] = []
        self.sent: set[int] = set()
        self.reactor: Reactor | None = None
        self.ended: Callable[[], None] | None = None

    @property
    def pid(self) -> int | None:
        """The wrapper's process number where the wrapper runs."""
        return self.base.pid

    # -- the end -------------------------------------------------------------------------------------------------

    def poll(self) -> bool:
        """Whether it has ended and it is known whose exit code it was."""
        if self.status is not None:
            return True
        if not self.base.poll():
            return False
        assert self.base.status is not None
        self._end_what_is_left(self.base.status)
        self._reap_stops()
        if self.stops or self.pending:
            return False
        if self.question is None:
            base_error: XshError | None = getattr(self.base, "error", None)
            if base_error is not None or not self._doubtful(self.base.status):
                self._settle(self._told(self.base.status), base_error)
                return True
            self.question = self._asked()
            if self.question is None:
                self._settle(self.base.status, None)
                return True
            if self.reactor is not None:
                # whoever has asked: that the base has ended is told once, to the one that looked first
                self._follow()
        if not self.question.process.poll():
            return False
        self._settle(self.base.status, self._reason(*self.question.answer()))
        return True

    def _end_what_is_left(self, status: ExitStatus) -> None:
        """A client that was killed, by Ctrl-C say, leaves what it has started in the container; that ends too, once."""
        if not (self.mark and self.target.wrapper.own_files) or status.signal is None or self.sent:
            return
        number = status.code - SIGNAL_BASE
        self.sent.add(number)
        name = names.Signals(number).name if number in ASKED else "SIGTERM"
        self._stop([name.removeprefix("SIG"), "CONT"])
        reactor = running_reactor()
        if reactor is not None:
            reactor.call_later(LEFT_GRACE, self._kill_what_is_left)

    def _kill_what_is_left(self) -> None:
        if self.stops:
            self._kill()

    def _settle(self, status: ExitStatus, error: XshError | None) -> None:
        self.status = status
        self.usage = self.base.usage
        self.error = self.error or error

    def _doubtful(self, status: ExitStatus) -> bool:
        return status.signal is None and not self.sent and status.code in self.target.wrapper.exit_codes

    def _asked(self) -> Question | None:
        try:
            return Question(lambda stderr: self.target.ask(self.request, stderr))
        except (OSError, SpawnError):
            # it cannot be asked now; the code it gave stands
            return None

    def _told(self, status: ExitStatus) -> ExitStatus:
        """The status; after a signal of ours the code by which a wrapper repeats it, or hides it, is that signal."""
        number = status.code - SIGNAL_BASE
        if self.mark and status.signal is None:
            if number in self.sent:
                return ExitStatus(status.code, names.Signals(number).name)
            if names.SIGKILL in self.sent:
                return ExitStatus(SIGNAL_BASE + names.SIGKILL, "SIGKILL")
        return status

    def _reason(self, code: int, said: str) -> XshError | None:
        program, place = self.request.argv[0], self.target.name
        if code == FINE:
            return None
        if code == NO_PROGRAM:
            return ProgramNotFound(f"{printable(program)}: command not found in {place}", program=program)
        if code == NOT_EXECUTABLE:
            return ProgramNotExecutable(f"{printable(program)}: cannot be executed in {place}", program=program)
        if code in (NO_DIRECTORY, NOT_A_DIRECTORY):
            directory = self.request.cwd or ""
            what = "not a directory" if code == NOT_A_DIRECTORY else "no such directory, or it is closed to us,"
            why = f"cannot run in {directory!r}: {what} in {place}"
            return WorkingDirectoryError(why, program=directory)
        failure: XshError = self.target.wrapper.failure(f"{place}: {said or f'exit {code}'}", host=place)
        return failure

    def watch(self, reactor: Reactor, ended: Callable[[], None]) -> None:
        """Call `ended` once when it has ended."""
        self.reactor = reactor
        if self.ended is None and self.status is None:
            self.ended = ended
            self._follow()

    def _follow(self) -> None:
        assert self.reactor is not None
        watched = self.base if self.question is None else self.question.process
        if watched.status is None:
            watched.watch(self.reactor, self._stepped)
        else:
            self.reactor.call_later(0, self._stepped)

    def _stepped(self) -> None:
        if self.poll():
            ended, self.ended = self.ended, None
            if ended is not None:
                ended()

    # -- signals -------------------------------------------------------------------------------------------------

    def signal(self, number: int) -> None:
        """Send a signal to everything it started: to the wrapper's group, or by mark where that does not reach inside."""
        if self.question is not None:
            self.question.process.signal(number)
            return
        self.sent.add(number)
        if not self.mark or number in HOLDING:
            self.base.signal(number)
        if not self.mark:
            return
        if number == names.SIGKILL:
            self._kill()
            return
        self.pending.append(names.Signals(number).name.removeprefix("SIG"))
        reactor = running_reactor()
        if reactor is None:
            self._send_pending()
        elif len(self.pending) == 1:
            # a stop is TERM and CONT in one breath, which is one `exec`
            reactor.call_later(0, self._send_pending)

    def _kill(self) -> None:
        self.pending.clear()
        if self.killer is None or self.killer not in self.stops:
            if running_reactor() is None:
                self._end_stops()
            self.killer = self._stop(["KILL"])
        try:
            self.base.signal(names.SIGKILL)
        except PermissionError:
            # sudo is root's: it ends by itself once the killer has ended what it waits for
            return

    def _end_stops(self) -> None:
        for stop in self.stops:
            if stop is not self.killer:
                stop.process.signal(names.SIGKILL)

    def _send_pending(self) -> None:
        signals, self.pending = self.pending, []
        if signals and self._stop(signals) is None:
            self._stopped()

    def _stop(self, signals: list[str]) -> Question | None:
        try:
            stop = Question(lambda stderr: self.target.stop(self.request, self.mark, signals, stderr))
        except (OSError, SpawnError) as error:
            self.error = self._may_run(str(error))
            return None
        self.stops.append(stop)
        reactor = running_reactor()
        if reactor is not None:
            stop.process.watch(reactor, self._stopped)
        return stop

    def _may_run(self, why: str) -> XshError:
        place = self.target.name
        what = printable(" ".join(self.request.argv)[:60])
        failure: XshError = self.target.wrapper.failure(f"{place}: {what} may still run there: {why}", host=place)
        return failure

    def members_left(self) -> bool:
        """Whether something of it may still run: members of the wrapper's group, or what is being stopped inside."""
        self._reap_stops()
        return bool(self.pending or self.stops) or self.base.members_left()

    def strays(self, newer_than: float) -> Any:
        """What has left the wrapper's group, where the wrapper's own place can tell."""
        find = getattr(self.base, "strays", None)
        return [] if find is None else find(newer_than)

    def members(self) -> list[int]:
        """The living members of the wrapper's group, where its place can tell."""
        members = getattr(self.base, "members", None)
        return [] if members is None else members()

    def _stopped(self) -> None:
        self._reap_stops()
        if not self.stops and self.base.status is not None and self.status is None:
            self._stepped()

    def _reap_stops(self) -> None:
        for stop in list(self.stops):
            if not stop.process.poll():
                continue
            self.stops.remove(stop)
            code, said = stop.answer()
            if stop is not self.killer:
                continue
            if code and not self.error:
                self.error = self._may_run(said or f"exit {code}")
            reactor = running_reactor()
            if reactor is not None and self.stops:
                # those that only asked find nothing any more and end inside too, unless their wrapper hangs
                reactor.call_later(HANGS_AFTER, self._end_stops)


def running_reactor() -> Any:
    """What calls back later; None when the loop is over, at the end of the script."""
    try:
        return current_reactor()
    except RuntimeError:
        return None
