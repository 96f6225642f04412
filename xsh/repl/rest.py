"""What Ctrl-C has left of a command's tree: asked to end, and killed after the grace.

The terminal sends its signal to the foreground group alone. Members that ignore it, as the `&` commands of a shell do
(POSIX XCU 2.11), and what has left the group would live on, with the prompt back and nobody to see them.
"""

from __future__ import annotations

from xsh.reactor.signals import SIGCONT, SIGKILL, SIGTERM
from xsh.targets.local.kin import now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.engine.job import Job

AGAIN = 0.02
"""Seconds until the next look where it is too early for one at all processes."""


class Rest:
    """The rest of one job's tree; ends by itself and keeps nobody waiting."""

    def __init__(self, job: Job) -> None:
        self.reactor = job.reactor
        self.processes: list[Any] = [member.process for member in job.members if member.process is not None]
        self.grace: float = job.runner.grace if job.options.grace is None else job.options.grace

    def end(self) -> None:
        """Ask everything that is left, and kill it when the grace is over."""
        self._signal(SIGTERM, SIGCONT)
        self.reactor.call_later(self.grace, lambda: self._signal(SIGKILL))

    def _signal(self, *numbers: int) -> None:
        for process in self.processes:
            if process.members_left():
                self._send(process, numbers)
            find = getattr(process, "strays", None)
            strays = [] if find is None else find(now())
            if strays is None:
                self.reactor.call_later(AGAIN, lambda: self._signal(*numbers))
                continue
            for stray in strays:
                self._send(stray, numbers)
                stray.close()

    @staticmethod
    def _send(one: Any, numbers: tuple[int, ...]) -> None:
        for number in numbers:
            try:
                one.signal(number)
            except PermissionError:
                # another user's program cannot be ended by us; `ps` shows it
                return
