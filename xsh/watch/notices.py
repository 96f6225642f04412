"""Lines of xsh's own on stderr: what a run wants the user to know while it happens."""

from __future__ import annotations

import os

from xsh.run.events import Notice
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Notices:
    """Writes each notice of a run."""

    __slots__ = ("session",)

    def __init__(self, session: Any) -> None:
        self.session = session

    def __call__(self, event: Any) -> None:
        """Take an event of the run."""
        if isinstance(event, Notice):
            say(self.session, f"xsh: {event.text}")


def say(session: Any, text: str) -> None:
    """Write a line to stderr, secrets masked and control characters shown."""
    line = printable(session.secrets.mask(text)) + "\n"
    os.write(2, line.encode("utf-8", "backslashreplace"))
