"""The end of a whole program: every process below it is asked, given a grace, killed; what was detached is spared.

Nothing waits here on an event loop, since the one there was has ended. A look at all processes may miss one that starts
another in that moment. Where orphans are adopted and nobody is spared the system knows better: it is the end when there
is no child any more. Elsewhere the last two looks have to find nothing, 10 ms apart.
"""

from __future__ import annotations

import os
import select

from xsh.reactor.signals import SIGCONT, SIGKILL, SIGTERM
from xsh.targets.local.hunt import DEAD, hunt, traces
from xsh.targets.local.kin import KIN, now
from xsh.targets.local.tree import Stray, Table, ancestors, is_detached, mark_of, reap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from xsh.targets.local.tree import Row

BETWEEN_LOOKS = 0.01
"""Seconds between the two empty looks that end the sweep."""
LOOKS_WHEN_MOVING = 4
"""How many looks in a row have to find nothing where something moves faster than a look."""
GIVE_UP_AFTER = 2.0
"""Seconds after the first SIGKILL until what is left counts as unkillable."""
AGAIN = 0.05
"""Seconds after which those that have not ended are looked at again, for what they may have started."""


class Sweep:
    """One end of everything; `own_too` takes also what was started by Python's means instead of a command."""

    def __init__(self, *, own_too: bool, groups: set[int], hurry: Callable[[], bool]) -> None:
        self.own_too = own_too
        self.groups = groups
        self.hurry = hurry
        self.targets: dict[int, Stray] = {}
        self.denied: set[int] = set()
        """Those that are another user's: no grace makes them hear what they were not allowed to be told."""
        self.expected: set[tuple[int, int]] = set()
        """All that were targets, by number and start: their ends are no trace of others."""
        self.empty = 0
        self.needed = 2
        """How many looks have found nothing since one found something; and how many have to."""
        self.met = self.moving = False
        self.sparing = False
        """Whether the latest look found somebody who is to live on."""
        self.hidden = False
        """Whether there is a child that the latest look has not found."""
        self.reaped = 0
        """The number of the latest dead child that was reaped: a moving process had it."""
        self.unsure = False
        """Whether there were dead children of which nobody knows how they ended: something may move slowly."""

    def run(self, grace: float) -> list[int]:
        """End everything; the numbers of those that could not be ended."""
        kill_at = now() + grace
        killed_at: float | None = None
        try:
            while True:
                if killed_at is None and (now() >= kill_at or self.hurry() or self._all_denied()):
                    killed_at = now()
                new = self._look()
                if not self.targets:
                    if self._is_over() or (killed_at is not None and now() > killed_at + 2 * GIVE_UP_AFTER):
                        return [self.reaped] if self.hidden and self.reaped else []
                    continue
                self.empty, self.met = 0, True
                if killed_at is not None and now() > killed_at + GIVE_UP_AFTER:
                    return sorted(self.targets)
                self._signal(new, killing=killed_at is not None)
                self._wait(AGAIN if killed_at is not None else min(AGAIN, max(0.0, kill_at - now())))
        finally:
            self._forget(list(self.targets))

    def _look(self) -> list[Stray]:
        """Learn what is there; those not known before."""
        self._forget([pid for pid, stray in self.targets.items() if not stray.alive])
        new: list[Stray] = []
        table = Table()
        self.moving = traces(table, (), self.expected) or self.hidden
        self.unsure = self.unsure or bool(DEAD.seen)
        if self.moving:
            self.empty, self.needed, self.met = 0, LOOKS_WHEN_MOVING, True
            hunt(lambda row: not self._is_spared(row))
            table = Table()
        for row in self._victims(table):
            if row.pid not in self.targets:
                stray = Stray(row.pid, row.started)
                if stray.open():
                    self.targets[row.pid] = stray
                    self.expected.add((row.pid, row.started))
                    new.append(stray)
        return new

    def _victims(self, table: Table) -> list[Row]:
        us = os.getpid()
        spared = {us}
        if KIN.adopting:
            roots = table.children.get(us, [])
        else:
            passed = ancestors(table)
            roots = [row for row in table.rows.values() if row.pid not in passed and self._is_ours(row)]
        for row in table.below(roots, spared).values():
            if row.alive and self._is_spared(row):
                spared.add(row.pid)
        self.sparing = len(spared) > 1
        return [row for row in table.below(roots, spared).values() if row.alive]

    def _is_over(self) -> bool:
        """Whether nothing is left, after a look that has found nothing; where only looks can tell, after a wait."""
        childless = self._is_childless()
        self.hidden = childless is False
        if childless is not None:
            return childless
        self.empty += 1
        if self.empty >= self.needed or not (self.met or self.unsure):
            return True
        select.select([], [], [], BETWEEN_LOOKS)
        return False

    def _is_childless(self) -> bool | None:
        """Whether the system knows of no child any more; None where that tells nothing. The dead are reaped."""
        if not KIN.adopting or self.sparing:
            return None
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return True
            if found is None:
                return False
            try:
                if found.si_pid in KIN.live or os.getpgid(found.si_pid) == os.getpgrp():
                    # its status is another's to take
                    return None
            except ProcessLookupError:
                # a thread of the program has taken it just now
                continue
            reap(found.si_pid)
            self.reaped = found.si_pid

    def _is_ours(self, row: Row) -> bool:
        """Whether a process that may be anybody's was started by a command of ours."""
        if row.group in self.groups or row.pid in KIN.live:
            return True
        return row.parent not in (0, 2) and bool(KIN.program) and mark_of(row.pid).startswith(KIN.program + ".")

    def _is_spared(self, row: Row) -> bool:
        if row.pid in KIN.detached or row.session in KIN.detached:
            return True
        if not self.own_too and row.parent == os.getpid() and row.group == os.getpgrp():
            return True
        mark = mark_of(row.pid)
        if is_detached(mark) or mark in KIN.disowned:
            return True
        return not self.own_too and mark == KIN.program and row.parent == os.getpid() and bool(mark)

    def _signal(self, new: list[Stray], *, killing: bool) -> None:
        for stray in self.targets.values() if killing else new:
            try:
                for number in (SIGKILL,) if killing else (SIGTERM, SIGCONT):
                    stray.signal(number)
            except PermissionError:
                # another user's: it is named when it is still there at the end
                self.denied.add(stray.pid)

    def _all_denied(self) -> bool:
        return bool(self.targets) and self.denied.issuperset(self.targets)

    def _wait(self, seconds: float) -> None:
        """Return when one of them has ended, or after a time."""
        poll = select.poll()
        for stray in self.targets.values():
            if stray.descriptor is not None:
                poll.register(stray.descriptor, select.POLLIN)
        # a little longer, so that those who end together are seen together
        if poll.poll(seconds * 1000):
            select.select([], [], [], 0.001)

    def _forget(self, pids: list[int]) -> None:
        for pid in pids:
            self.targets.pop(pid).close()
            self.denied.discard(pid)


def end_below(grace: float, groups: set[int], hurry: Callable[[], bool], *, own_too: bool = False) -> list[int]:
    """End every process that this program has started, directly or not; `grace` in seconds.

    Processes of a group of `groups` count as started by it where their parent does not tell. Gives the numbers of
    those that could not be ended.
    """
    return Sweep(own_too=own_too, groups=groups, hurry=hurry).run(grace)
