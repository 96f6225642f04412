"""Live rows at the bottom of the terminal, one for each meter, running job and running step; all other lines go above them.

Every row ends with a newline, so the cursor always rests at the start of the line below: whoever prints without asking
starts on a clean line, no mode of the terminal is ever changed, and a program that is killed leaves nothing to repair.
"""

from __future__ import annotations

import os
import sys
import time

from xsh.engine.pump import Live
from xsh.watch.bars import Painter
from xsh.watch.meter import reactor_or_none
from xsh.watch.notices import Bottom

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.target import Reactor, Timer
    from xsh.watch.meter import Meter

FRAME = 0.1
"""Seconds between two pictures."""


class Screen:
    """The rows of all meters of this program, on stderr."""

    def __init__(self) -> None:
        self.meters: list[Meter] = []
        self.painter = Painter()
        self.height = 0
        self.picture = b""
        self.drawn_at = 0.0
        self.paused = False
        self.reactor: Reactor | None = None
        self.timer: Timer | None = None
        self.terminals = {stream for stream in (1, 2) if os.isatty(stream)}
        self.covered: list[Above] = []

    # -- what meters ask for ---------------------------------------------------------------------------------------

    def add(self, meter: Meter) -> None:
        """Show one more meter."""
        self.meters.append(meter)
        if Bottom.rows is None:
            Bottom.rows = self
            self._cover()
        if self.timer is None:
            self.reactor = reactor_or_none()
            self._arm()
        self.draw()

    def changed(self) -> None:
        """Draw what has changed, but no more often than people can see."""
        if self.paused or time.monotonic() - self.drawn_at >= FRAME:
            self.paused = False
            self.draw()

    def remove(self, meter: Meter, last: str) -> None:
        """Show one meter less and leave a last line of it."""
        if meter not in self.meters:
            return
        self.meters.remove(meter)
        try:
            self.above(2, f"{last}\n".encode("utf-8", "backslashreplace"))
        finally:
            if self.meters:
                self.draw()
            else:
                self.close()

    # -- what everybody else asks for ------------------------------------------------------------------------------

    def above(self, stream: int, data: bytes) -> None:
        """Write whole lines over the rows, or elsewhere if that is where the stream goes."""
        if stream not in self.terminals:
            Live(stream).write(data)
            return
        rows = self.picture if self.meters else b""
        Live(stream).write(self._wiped() + data + rows)
        self.height = rows.count(b"\n")
        self.paused = False

    def pause(self) -> None:
        """Take the rows away until something changes in them, and show the begin of a line that was held back."""
        self.paused = True
        self._wipe()
        for cover in self.covered:
            cover.release()

    def close(self) -> None:
        """Take the rows away for good."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        self._wipe()
        self.meters.clear()
        if Bottom.rows is self:
            Bottom.rows = None
        for cover in self.covered:
            cover.uncover()
        self.covered.clear()

    # -- drawing ---------------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw every row anew."""
        self.drawn_at = time.monotonic()
        self.picture = self.painter.paint(self.meters)
        Live(2).write((self._wiped() or self.painter.fresh_line()) + self.picture)
        self.height = self.picture.count(b"\n")

    def _wiped(self) -> bytes:
        """What takes the rows away: to the first of them (CUU), and clear to the end of the screen (ED)."""
        return b"\r\x1b[%dA\x1b[J" % self.height if self.height else b""

    def _wipe(self) -> None:
        wiped = self._wiped()
        self.height = 0
        try:
            Live(2).write(wiped)
        except OSError:
            # the terminal is gone, and the rows with it
            return

    def _arm(self) -> None:
        if self.reactor is not None:
            self.timer = self.reactor.call_later(FRAME, self._tick)

    def _tick(self) -> None:
        if not self.paused:
            try:
                self.draw()
            except OSError:
                # the terminal is gone, which whoever writes there is told
                return
        self._arm()

    def _cover(self) -> None:
        for name, stream in (("stdout", 1), ("stderr", 2)):
            file = getattr(sys, name)
            if file is not None and stream in self.terminals and is_on(file, stream):
                self.covered.append(Above(name, stream, file, self))


def is_on(file: Any, stream: int) -> bool:
    """Whether a Python file writes to that descriptor."""
    try:
        return bool(file.fileno() == stream)
    except (AttributeError, OSError, ValueError):
        # a file of the program's own, such as io.StringIO
        return False


class Above:
    """Stands for sys.stdout or sys.stderr while rows are drawn: whole lines are written above them."""

    def __init__(self, name: str, stream: int, file: Any, screen: Screen) -> None:
        file.flush()
        self.name = name
        self.stream = stream
        self.file = file
        self.screen = screen
        self.held = ""
        setattr(sys, name, self)

    def write(self, text: str) -> int:
        """Write the lines that `text` completes."""
        whole, newline, rest = (self.held + text).rpartition("\n")
        self.held = rest
        if newline:
            self.screen.above(self.stream, (whole + newline).encode(self.file.encoding, "backslashreplace"))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for text in lines:
            self.write(text)

    def flush(self) -> None:
        """Write out what others have given to the file itself; the begin of a line is held back."""
        self.file.flush()

    def uncover(self) -> None:
        """Put the former file back and write what was held."""
        if getattr(sys, self.name) is self:
            setattr(sys, self.name, self.file)
        self.release()

    def release(self) -> None:
        """Write what was held."""
        if self.held:
            self.file.write(self.held)
            self.file.flush()
            self.held = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)
