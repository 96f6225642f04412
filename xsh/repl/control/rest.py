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

BETWEEN_LOOKS = 0.02
"""Seconds between two looks at all processes while what is left is being killed."""
EMPTY_LOOKS = 2
"""How many looks in a row have to find nothing, since a process may start another in the moment of a look."""
GIVE_UP_AFTER = 2.0
"""Seconds after which what is still there counts as unkillable."""


class Rest:
    """The rest of one job's tree; ends by itself and keeps nobody waiting."""

    def __init__(self, job: Job) -> None:
        self.reactor = job.reactor
        self.processes: list[Any] = [member.process for member in job.members if member.process is not None]
        self.grace: float = job.runner.grace if job.options.grace is None else job.options.grace

    def end(self) -> None:
        """Ask everything that is left, and kill it when the grace is over."""
        if self._signal(SIGTERM, SIGCONT) is None:
            self.reactor.call_later(BETWEEN_LOOKS, self.end)
        else:
            self.reactor.call_later(self.grace, lambda: self._kill(now() + GIVE_UP_AFTER, EMPTY_LOOKS))

    def _kill(self, until: float, looks: int) -> None:
        found = self._signal(SIGKILL)
        looks = looks - 1 if found == 0 else EMPTY_LOOKS
        if looks and now() < until:
            self.reactor.call_later(BETWEEN_LOOKS, lambda: self._kill(until, looks))

    def _signal(self, *numbers: int) -> int | None:
        """Send signals to all that is left; how much that was, None where it was too early to look."""
        count = 0
        for process in self.processes:
            if process.members_left():
                self._send(process, numbers)
                count += 1
            find = getattr(process, "strays", None)
            strays: list[Any] | None = [] if find is None else find(now())
            if strays is None:
                return None
            for stray in strays:
                self._send(stray, numbers)
                stray.close()
                count += 1
        return count

    @staticmethod
    def _send(one: Any, numbers: tuple[int, ...]) -> None:
        for number in numbers:
            try:
                one.signal(number)
            except PermissionError:
                # another user's program cannot be ended by us; `ps` shows it
                return
