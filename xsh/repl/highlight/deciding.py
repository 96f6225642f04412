"""The verdict on the line that is being typed, asked many times for each key and worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xsh.repl.decide.decide import decide
from xsh.repl.decide.known import Known, is_runnable_path
from xsh.repl.highlight.existing import Existing

if TYPE_CHECKING:
    from collections.abc import Callable

    from xsh.repl.decide.verdict import Verdict
    from xsh.repl.highlight.programs import Programs
    from xsh.repl.shell import Shell


class Deciding:
    """What a line is for this shell; `flipped` says that the user wants it the other way, until the next line."""

    def __init__(self, shell: Shell, programs: Programs | None = None) -> None:
        self.shell = shell
        self.programs = programs
        self.flipped = False
        self.changed: Callable[[], None] = lambda: None
        """Called by a thread when more is known of the paths in the line."""
        self._paths = Existing(self._learn, is_runnable_path)
        self._learnt = 0
        self._last: tuple[tuple[str, bool, int], Verdict] | None = None

    def verdict(self, text: str) -> Verdict:
        """The verdict on a text, from the last time if nothing has changed since."""
        asked = (text, self.flipped, self._learnt)
        if self._last is None or self._last[0] != asked:
            self._last = (asked, decide(text, self.known(), flipped=self.flipped))
        return self._last[1]

    def entered(self, text: str) -> Verdict:
        """The verdict on a text as it will run, for which the disk is asked as the program itself will be."""
        known = Known(self.shell.bound(), self.shell.aliases, self._is_program)
        return decide(text, known, flipped=self.flipped)

    def known(self) -> Known:
        """What is known now, without waiting for a disk."""
        return Known(self.shell.bound(), self.shell.aliases, self._is_program, is_path=self._paths.__contains__)

    def _learn(self) -> None:
        self._learnt += 1
        self.changed()

    def _is_program(self, name: str) -> bool:
        """Whether it is a program, as far as is known without waiting for a disk once PATH has been read."""
        if self.programs is None or not self.programs.is_ready:
            return self.shell.find(name)
        return name in self.programs

    def flip(self) -> None:
        """Take the line the other way: a command line as Python, Python as a command line."""
        self.flipped = not self.flipped

    def reset(self) -> None:
        """Begin a new line: names, aliases and programs may have changed."""
        self.flipped = False
        self._last = None
        self._paths.forget()
