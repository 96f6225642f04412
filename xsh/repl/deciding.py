"""The verdict on the line that is being typed, asked many times for each key and worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xsh.repl.decide import decide
from xsh.repl.known import Known

if TYPE_CHECKING:
    from xsh.repl.programs import Programs
    from xsh.repl.shell import Shell
    from xsh.repl.verdict import Verdict


class Deciding:
    """What a line is for this shell; `flipped` says that the user wants it the other way, until the next line."""

    def __init__(self, shell: Shell, programs: Programs | None = None) -> None:
        self.shell = shell
        self.programs = programs
        self.flipped = False
        self._last: tuple[str, bool, Verdict] | None = None

    def verdict(self, text: str) -> Verdict:
        """The verdict on a text, from the last time if nothing has changed since."""
        if self._last is None or self._last[:2] != (text, self.flipped):
            known = Known(self.shell.bound(), self.shell.aliases, self._is_program)
            self._last = (text, self.flipped, decide(text, known, flipped=self.flipped))
        return self._last[2]

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
