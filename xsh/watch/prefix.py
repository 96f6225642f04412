"""Output of several jobs at once: whole lines only, each behind its job's label."""

from __future__ import annotations

import os

from xsh.run.pump import Live

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

COLOURS = (36, 33, 35, 32, 34, 96, 93, 95)
"""SGR colours that can be read on dark and on light ground (ECMA-48 8.3.117)."""


class _Labels:
    colours: ClassVar[dict[str, int]] = {}


class Prefixer:
    """Shows the lines of one job; what comes without a line's end waits for the rest of it."""

    __slots__ = ("held", "marks")

    def __init__(self, label: str, width: int = 0) -> None:
        self.held = {1: b"", 2: b""}
        self.marks = {stream: mark(label, width, stream) for stream in (1, 2)}

    def write(self, stream: int, data: bytes) -> None:
        """Show the lines that `data` completes; raises OSError when our own output is gone."""
        data = self.held[stream] + data
        end = data.rfind(b"\n") + 1
        self.held[stream] = data[end:]
        if end:
            self._show(stream, data[:end])

    def _show(self, stream: int, block: bytes) -> None:
        start = self.marks[stream]
        Live(stream).write(start + block[:-1].replace(b"\n", b"\n" + start) + b"\n")

    def close(self) -> None:
        """Show a last line that had no end."""
        for stream, rest in self.held.items():
            if rest:
                self._show(stream, rest + b"\n")
        self.held = {1: b"", 2: b""}


def mark(label: str, width: int, stream: int) -> bytes:
    """What stands before a job's lines: its label, in its colour where the stream is a terminal that wants it."""
    text = label.ljust(width)
    if not coloured(stream):
        return f"{text} | ".encode("utf-8", "surrogateescape")
    known: dict[str, Any] = _Labels.colours
    colour = known.setdefault(label, COLOURS[len(known) % len(COLOURS)])
    return f"\x1b[{colour}m{text} |\x1b[0m ".encode("utf-8", "surrogateescape")


def coloured(stream: int) -> bool:
    """Whether a stream is a terminal that wants colour (no-color.org)."""
    return "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb" and os.isatty(stream)
