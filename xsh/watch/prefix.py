"""Output of several jobs at once: whole lines only, each behind its job's label."""

from __future__ import annotations

import os

from xsh.watch.notices import Bottom, put
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

    from xsh.command.target import Reactor, Timer

COLOURS = (36, 33, 35, 32, 34, 96, 93, 95)
"""SGR colours that can be read on dark and on light ground (ECMA-48 8.3.117)."""
PATIENCE = 0.1
"""Seconds between two looks at a line without an end; it is shown when nothing was added from one to the next."""
LONGEST = 1 << 20
"""Bytes of a line that are held back for its end."""


class _Shown:
    colours: ClassVar[dict[str, int]] = {}
    unfinished: ClassVar[dict[tuple[int, int], tuple[Prefixer, int]]] = {}
    """Where a line stands without its end, and whose it is; by the file that stdout or stderr is."""


class Prefixer:
    """Shows the lines of one job; what comes without a line's end waits a moment for the rest of it."""

    __slots__ = ("fresh", "held", "marks", "places", "reactor", "timer")

    def __init__(self, label: str, width: int = 0, reactor: Reactor | None = None) -> None:
        self.held = {1: b"", 2: b""}
        self.marks = {stream: mark(printable(label), width, stream) for stream in (1, 2)}
        self.places = {stream: place(stream) for stream in (1, 2)}
        self.reactor = reactor
        self.timer: Timer | None = None
        self.fresh = False

    def write(self, stream: int, data: bytes) -> None:
        """Show the lines that `data` completes; raises OSError when our own output is gone."""
        held = self.held[stream]
        rest = data[data.rfind(b"\n") + 1 :]
        if len(rest) == len(data):
            self.held[stream] = held + data
        else:
            self.held[stream] = rest
            if b"\r" in data or b"\r" in held:
                self._show(stream, held + data[: len(data) - len(rest)])
            else:
                self._show_many(stream, held, data, len(rest))
        if self.held[stream]:
            self._hold_back(stream)

    def _show_many(self, stream: int, held: bytes, data: bytes, rest: int) -> None:
        """Show `held` and the lines in `data` less its last `rest` bytes; copies twice, which is what its speed is made of."""
        start = self.marks[stream]
        marked = data.replace(b"\n", b"\n" + start)
        lines = memoryview(marked)[: len(marked) - rest - len(start)]
        put(stream, b"".join((self._finish_other(stream), held, lines)))

    def _hold_back(self, stream: int) -> None:
        self.fresh = True
        if len(self.held[stream]) > LONGEST:
            self._show_held(stream)
        elif self.timer is None and self.reactor is not None:
            self.timer = self.reactor.call_later(PATIENCE, self._look)

    def _look(self) -> None:
        self.timer = None
        if self.fresh and self.reactor is not None:
            self.fresh = False
            self.timer = self.reactor.call_later(PATIENCE, self._look)
            return
        for stream in (1, 2):
            try:
                self._show_held(stream)
            except OSError:
                # our own output is gone; whoever writes next is told
                continue

    def _show_held(self, stream: int) -> None:
        rest = self.held[stream]
        if not rest:
            return
        self.held[stream] = b""
        if Bottom.rows is not None:
            # live rows start on a line of their own
            rest += b"\n"
        self._show(stream, rest)

    def _show(self, stream: int, block: bytes) -> None:
        start = self.marks[stream]
        ends = block.endswith(b"\n")
        body = block[:-1] if ends else block
        if b"\r" in body:
            body = body.replace(b"\r\n", b"\n").removesuffix(b"\r").replace(b"\r", b"\r" + start)
        body = body.replace(b"\n", b"\n" + start)
        before = self._finish_other(stream)
        if not ends:
            _Shown.unfinished[self.places[stream]] = (self, stream)
        put(stream, before + body + b"\n" if ends else before + body)

    def _finish_other(self, stream: int) -> bytes:
        """What stands before the next piece: nothing where it goes on with its own line, else the label."""
        owner = _Shown.unfinished.pop(self.places[stream], None)
        if owner is None:
            return self.marks[stream]
        if owner == (self, stream):
            return b""
        return b"\n" + self.marks[stream]

    def close(self) -> None:
        """Show a last line that had no end."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        for stream, rest in self.held.items():
            if rest:
                self._show(stream, rest + b"\n")
            elif _Shown.unfinished.get(self.places[stream]) == (self, stream):
                del _Shown.unfinished[self.places[stream]]
                put(stream, b"\n")
        self.held = {1: b"", 2: b""}


def place(stream: int) -> tuple[int, int]:
    """What stdout or stderr is: a terminal that both are is one place."""
    try:
        found = os.fstat(stream)
    except OSError:
        return (-1, stream)
    return (found.st_dev, found.st_ino)


def mark(label: str, width: int, stream: int) -> bytes:
    """What stands before a job's lines: its label, in its colour where the stream is a terminal that wants it."""
    text = label.ljust(width)
    if not coloured(stream):
        return f"{text} | ".encode("utf-8", "surrogateescape")
    known = _Shown.colours
    colour = known.setdefault(label, COLOURS[len(known) % len(COLOURS)])
    return f"\x1b[0;{colour}m{text} |\x1b[0m ".encode("utf-8", "surrogateescape")


def coloured(stream: int) -> bool:
    """Whether a stream is a terminal that wants colour: NO_COLOR is not set to anything (no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and os.isatty(stream)
