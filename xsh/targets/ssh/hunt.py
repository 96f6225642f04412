"""What is left on a host of a program that was asked to end: the guard is asked again and again until it is nothing.

Twice nothing, since what is just calling execve(2) has no environment. Nothing while the session says that the program
runs means that it has no mark yet: its login shell reads start-up files, or sudo looks at a password. The signal has found
nobody then, and is sent again as soon as there is somebody.
"""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from xsh.targets.ssh.guard import Guard

FIRST_LOOK = 0.01
LAST_LOOK = 0.2
"""Seconds between two questions what is left of a program: the first, doubling up to the last."""


class Hunt:
    """The end of one program, by its mark; `left` says that something may still be there, `ended` is called when not."""

    __slots__ = ("due", "ended", "guard", "last", "left", "looking", "loop", "mark", "runs", "wanted")

    def __init__(self, guard: Guard, mark: str, *, runs: Callable[[], bool], ended: Callable[[], None]) -> None:
        self.guard = guard
        self.mark = mark
        self.runs = runs
        self.ended = ended
        self.loop = asyncio.get_running_loop()
        self.left = False
        self.looking = self.wanted = False
        self.last = self.due = ""

    def signal(self, name: str, *, ends: bool) -> None:
        """Send a signal to all of it; one that `ends` must find somebody, now or later."""
        if not ends:
            self.guard.signal(self.mark, name)
            return
        self.left = True
        self.last = name
        self.guard.end_by(self.mark, name, self._missed)
        self._ask()

    def _missed(self) -> None:
        # what is just calling execve(2) has no environment, and before that no mark
        if self.left and self.runs():
            self.due = self.last
            self._ask()

    def look(self) -> None:
        """Ask what is left, until it is nothing."""
        self.wanted = True
        self._ask()

    def _ask(self, wait: float = FIRST_LOOK, *, empty: bool = False) -> None:
        if self.looking:
            return
        self.looking = True

        def heard(pids: tuple[str, ...]) -> None:
            if pids:
                due = bool(self.due)
                if due:
                    self.guard.end_by(self.mark, self.due, self._missed)
                    self.due = ""
                if self.wanted or due:
                    self.loop.call_later(wait, again, False)
                else:
                    # it has heard the signal, and has time
                    self.looking = False
            elif not empty:
                self.loop.call_later(FIRST_LOOK, again, True)
            elif self.guard.alive and self.left and self.runs():
                self.due = self.last
                self.loop.call_later(wait, again, True)
            else:
                self.looking = self.left = False
                self.guard.end(self.mark)
                self.ended()

        def again(empty: bool) -> None:
            self.looking = False
            self._ask(min(wait * 2, LAST_LOOK), empty=empty)

        self.guard.ask(self.mark, heard)
