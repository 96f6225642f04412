"""Lines of xsh's own on stderr."""

from __future__ import annotations

import os

from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.watch.secrets import Secrets


def say(secrets: Secrets, text: str) -> None:
    """Write a line to stderr, secrets masked and control characters shown."""
    line = printable(secrets.mask(text)) + "\n"
    os.write(2, line.encode("utf-8", "backslashreplace"))
