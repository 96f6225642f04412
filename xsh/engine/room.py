"""Commands that could not start because something had run out, and start as soon as there is room.

Two hundred captures at once need more descriptors than `ulimit -n 64` allows; every one of them would fit when others
have ended. So a command that is awaited, and of which nothing has started, waits while commands of ours that end by
themselves still run. Those that may wait for us are not counted: what somebody holds by a handle or iterates, and what
has a Python stage.

Descriptors are ours alone, so with nothing of ours running it is an error at once. Processes belong to everybody of this
user: for those it goes on trying for up to PATIENCE seconds (fork(2), EAGAIN). Memory is never waited for.
"""

from __future__ import annotations

import resource as _  # noqa: F401 - the message names a limit by it, and later there may be no descriptor to load it
import time
from errno import EAGAIN, EMFILE, ENFILE

from xsh.errors import ResourceExhausted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PATIENCE = 5.0
"""Seconds of trying while nothing of ours runs that could make room."""
FIRST_WAIT, LAST_WAIT = 0.01, 0.25
"""Seconds between two attempts when nothing of ours has ended meanwhile."""
SAY_AFTER = 1.0
"""Seconds without room until the user is told what is waited for."""
OURS = (EMFILE,)
EVERYBODYS = (EAGAIN, ENFILE)


class Waiting:
    """A job of which nothing has started; it counts as one of the job's workers until it is let go."""

    __slots__ = ("connect", "job", "room")

    def __init__(self, room: Room, job: Any, connect: Callable[[], None]) -> None:
        self.room = room
        self.job = job
        self.connect = connect

    def cancel(self) -> None:
        """The job is stopped before it has begun."""
        if self in self.room.queue:
            self.room.queue.remove(self)
            # not in the middle of being stopped
            self.job.after(0, self._over)

    kill = cancel

    def _over(self) -> None:
        self.job.workers.remove(self)
        self.job.ended()


class Room:
    """The jobs of one reactor that wait, the first to come first."""

    __slots__ = ("alone_since", "queue", "reactor", "runner", "said", "since", "timer", "wait")

    def __init__(self, runner: Any, reactor: Any) -> None:
        self.runner = runner
        self.reactor = reactor
        self.queue: list[Waiting] = []
        self.timer: Any = None
        self.wait = FIRST_WAIT
        self.since = time.monotonic()
        self.alone_since: float | None = None
        self.said = False

    def takes(self, job: Any, error: ResourceExhausted, connect: Callable[[], None]) -> bool:
        """Whether the job waits from now on, to be connected later; False when there is nothing to wait for."""
        if not self._worth(error):
            if not self.queue:
                self.runner.rooms.pop(self.reactor, None)
            return False
        self._enter(Waiting(self, job, connect), len(self.queue))
        self._later(self.wait)
        return True

    def _enter(self, waiting: Waiting, place: int) -> None:
        self.queue.insert(place, waiting)
        waiting.job.workers.append(waiting)
        waiting.job.expect()

    def _worth(self, error: ResourceExhausted) -> bool:
        number = getattr(error.__cause__, "errno", None)
        if number not in OURS + EVERYBODYS:
            return False
        if any(ends_by_itself(job) for job in self.runner.jobs):
            self.alone_since = None
            return True
        if number in OURS:
            return False
        if self.alone_since is None:
            self.alone_since = time.monotonic()
        return time.monotonic() - self.alone_since < PATIENCE

    def freed(self) -> None:
        """Something of ours has ended: try again at once."""
        self.wait = FIRST_WAIT
        self._later(0)

    def _later(self, delay: float) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = self.reactor.call_later(delay, self._try)

    def _try(self) -> None:
        self.timer = None
        while self.queue:
            first = self.queue.pop(0)
            first.job.workers.remove(first)
            first.job.forget()
            try:
                first.connect()
            except ResourceExhausted as error:
                if self._worth(error):
                    self._enter(first, 0)
                    self._again(error)
                    return
                first.job.fail(error)
            except BaseException as error:  # noqa: BLE001 - raised by the verdict of the job
                first.job.fail(error)
            else:
                self.since, self.wait = time.monotonic(), FIRST_WAIT
        self.runner.rooms.pop(self.reactor, None)

    def _again(self, error: ResourceExhausted) -> None:
        if not self.said and time.monotonic() - self.since > SAY_AFTER:
            self.said = True
            count = len(self.queue)
            what = "a command waits" if count == 1 else f"{count} commands wait"
            hint = f" ({error.hint})" if error.hint else ""
            self.runner.notice(f"{what} until others have ended: {error}{hint}")
        self._later(self.wait)
        self.wait = min(self.wait * 2, LAST_WAIT)


def ends_by_itself(job: Any) -> bool:
    """Whether a job runs that needs nobody of us to end."""
    return bool(job.members) and not (job.is_handle or job.workers or job.mode == "iterate")
