"""What a job's programs have started that has left their groups, as the place where they run finds it.

A place that can tell (this machine, on Linux) gives its processes a method `strays`; of others nothing is known. A look
that finds nothing is enough for a job that never had any. Where there were some, or where it came to killing, a process
may have started another in the moment of the look: there it takes two empty looks, some time apart.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BETWEEN_LOOKS = 0.01
"""Seconds between the two empty looks that end the search."""
STALE = 0.02
"""Seconds that the first look may lie back when many jobs are stopped at once."""


class Strays:
    """The strays of one job."""

    __slots__ = ("empty_since", "ended_at", "found", "job", "seen")

    def __init__(self, job: Any) -> None:
        self.job = job
        self.found: dict[int, Any] = {}
        self.seen = False
        self.ended_at: float | None = None
        self.empty_since: float | None = None

    def find(self) -> None:
        """Look for them before the job is asked to end, or killed."""
        self._gather(clock() - STALE)

    def _gather(self, newer_than: float) -> list[Any] | None:
        """Those not known before; None when it is too early for another look."""
        new: list[Any] = []
        for member in self.job.members:
            find = getattr(member.process, "strays", None)
            if find is None:
                continue
            strays = find(newer_than)
            if strays is None:
                return None
            for stray in strays:
                if stray.pid in self.found and self.found[stray.pid].alive:
                    stray.close()
                else:
                    self.found[stray.pid] = stray
                    new.append(stray)
        self.seen = self.seen or bool(new)
        return new

    def look(self, *, thorough: bool) -> tuple[list[Any], bool]:
        """After the job's own programs have ended: the strays not known before, and whether any may be left."""
        if self.ended_at is None:
            self.ended_at = clock()
        if any(stray.alive for stray in self.found.values()) and not thorough:
            self.empty_since = None
            return [], True
        if self.childless():
            return [], False
        new = self._gather(self.ended_at if self.empty_since is None else self.empty_since + BETWEEN_LOOKS)
        if new is None:
            return [], True
        if any(stray.alive for stray in self.found.values()):
            self.empty_since = None
            self.ended_at = clock()
            return new, True
        if self.empty_since is None and (self.seen or thorough):
            self.empty_since = clock()
            return new, True
        return new, False

    def childless(self) -> bool:
        """Whether the place knows that nothing at all is left below this program."""
        asked = (getattr(member.process, "childless", None) for member in self.job.members)
        return any(ask is not None and ask() for ask in asked)

    def signal(self, number: int, only: Any = None) -> bool:
        """Send a signal to one or all; whether one of them is another user's."""
        denied = False
        for stray in [only] if only is not None else list(self.found.values()):
            try:
                stray.signal(number)
            except PermissionError:
                denied = True
        return denied

    def pids(self) -> list[int]:
        """The numbers of those that still run."""
        return [pid for pid, stray in self.found.items() if stray.alive]

    def close(self) -> None:
        """Let go of all."""
        for stray in self.found.values():
            stray.close()
        self.found.clear()


def clock() -> float:
    """Seconds since the machine was started, as the places count."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
