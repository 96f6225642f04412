"""Lines of xsh's own on stderr, and the one door through which whole lines reach a terminal that has live rows."""

from __future__ import annotations

from xsh.engine.pump import Live
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from xsh.watch.secrets import Secrets

    class Rows(Protocol):
        """Live rows at the bottom of the terminal."""

        def above(self, stream: int, data: bytes) -> None:
            """Write whole lines over the rows."""
            ...

        def pause(self) -> None:
            """Take the rows away until something changes in them."""
            ...

        def close(self) -> None:
            """Take the rows away for good."""
            ...


class Bottom:
    """What is drawn at the bottom of the terminal now."""

    rows: Rows | None = None


def say(secrets: Secrets, text: str) -> None:
    """Write a line to stderr, secrets masked and control characters shown."""
    line = printable(secrets.mask(text)) + "\n"
    put(2, line.encode("utf-8", "backslashreplace"))


def put(stream: int, data: bytes) -> None:
    """Write whole lines to stdout (1) or stderr (2), above live rows if there are any; raises OSError."""
    if Bottom.rows is None:
        Live(stream).write(data)
    else:
        Bottom.rows.above(stream, data)


def make_room() -> None:
    """Take live rows away, because a command gets the terminal to itself."""
    if Bottom.rows is not None:
        Bottom.rows.pause()


def clear() -> None:
    """Take live rows away for good: the program ends."""
    if Bottom.rows is not None:
        try:
            Bottom.rows.close()
        except OSError:
            # the terminal is gone, and with it the line whose end was waited for
            return
