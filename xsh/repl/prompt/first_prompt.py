"""The prompt's first look, drawn before anything heavy is imported; keys typed meanwhile wait in the terminal."""

from __future__ import annotations

import os
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OWN_PROMPT = (b"def prompt", b"prompt =", b"prompt=")
"""What an rc file says that makes a prompt of its own, for which the usual one would only be a flicker."""


class FirstPrompt:
    """A prompt without its keys: drawn at once, and taken away when the real one is there.

    `modes` are those that the terminal had before (termios(3)), None where they were not changed.
    """

    def __init__(self) -> None:
        self.modes: Any = None
        self.drawn = False

    def draw(self) -> None:
        """Draw it and stop the terminal's echo, so that what is typed does not show twice; nothing where it cannot be."""
        if os.environ.get("TERM", "dumb") == "dumb" or not in_front() or rc_has_prompt():
            return
        try:
            self.modes = termios.tcgetattr(0)
            quiet = termios.tcgetattr(0)
            quiet[3] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(0, termios.TCSANOW, quiet)
            os.write(1, text().encode("utf-8", "replace"))
            self.drawn = True
        except (OSError, termios.error):
            # a terminal that takes no prompt is told by whoever draws the real one
            return

    def erase(self) -> None:
        """Take it away; the terminal's modes stay as they are."""
        if self.drawn:
            os.write(1, b"\r\x1b[K")
            self.drawn = False

    def end(self) -> None:
        """Take it away and give the terminal its modes back, for what is not a prompt."""
        try:
            self.erase()
            if self.modes is not None:
                termios.tcsetattr(0, termios.TCSANOW, self.modes)
        except (OSError, termios.error):
            # the terminal is gone: a hangup follows
            pass
        self.modes = None


def in_front() -> bool:
    """Whether the terminal is ours to write on."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def text() -> str:
    """The directory and the glyph, as the real prompt shows them; a directory that would not fit is left out."""
    home = os.environ.get("HOME", "").rstrip("/")
    try:
        path = os.getcwd()
    except OSError:
        path = ""
    if home and (path == home or path.startswith(home + "/")):
        path = "~" + path[len(home) :]
    if not path.isprintable() or len(path) > os.get_terminal_size(1).columns // 3:
        path = ""
    if "NO_COLOR" in os.environ:
        return f"{path} > "
    return f"\x1b[34;1m{path}\x1b[0m \x1b[1m>\x1b[0m "


def rc_has_prompt() -> bool:
    """Whether the rc file seems to make a prompt of its own."""
    from xsh.repl.rc import rc_path

    path = rc_path(os.environ)
    try:
        with open(path or "", "rb") as file:
            data = file.read()
    except OSError:
        return False
    return any(sign in data for sign in OWN_PROMPT)
