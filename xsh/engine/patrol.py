"""Looks now and then at many running programs, in the place of a descriptor for each.

While a program's output is read, its end shows as the end of that. Only a program that ends while something else holds
its output is seen in no other way, and that may be seen a moment later. A descriptor for each would be one of three
that a captured command takes, and open descriptors make every spawn dearer.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FEW = 64
"""Jobs that run at the same time until which each is watched by a descriptor of its own."""
LOOK_FOR_EACH = 0.0001
"""Seconds between two rounds for each job in it: one percent of the time goes into looking."""
SHORTEST, LONGEST = 0.02, 0.25


class Patrol:
    """The jobs of one reactor that are looked at."""

    __slots__ = ("jobs", "reactor")

    def __init__(self) -> None:
        self.jobs: set[Any] = set()
        self.reactor: Any = None

    def takes(self, job: Any) -> bool:
        """Whether the job is looked at from now on, and needs no watch of its own."""
        if len(job.runner.jobs) <= FEW or not job.streams.open:
            return False
        if self.jobs and self.reactor is not job.reactor:
            return False
        if not self.jobs:
            self.reactor = job.reactor
            self._later(1)
        self.jobs.add(job)
        return True

    def _later(self, count: int) -> None:
        self.reactor.call_later(min(max(count * LOOK_FOR_EACH, SHORTEST), LONGEST), self._round)

    def _round(self) -> None:
        self.jobs = {job for job in self.jobs if job.running}
        for job in list(self.jobs):
            job.look()
        if self.jobs:
            self._later(len(self.jobs))
