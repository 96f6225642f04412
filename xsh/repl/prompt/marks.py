r"""What terminals are told besides text: the directory (OSC 7), where prompts and outputs are (OSC 133), the title (OSC 2).

OSC 7: https://gitlab.freedesktop.org/terminal-wg/specifications; OSC 133: the FinalTerm marks, as kitty and VTE have them.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import quote

from xsh.words.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN = (
    "xterm",
    "tmux",
    "screen",
    "rxvt",
    "foot",
    "alacritty",
    "kitty",
    "wezterm",
    "ghostty",
    "st-",
    "vte",
    "konsole",
    "contour",
)
"""How TERM begins for terminals that understand these or swallow them whole."""
BELL = "\a"
TITLE_WIDTH = 80
"""Characters of a title."""


def understood(env: Mapping[str, str], is_terminal: bool) -> bool:
    """Whether the terminal may be told: it is one, and its TERM is known not to print what it does not understand."""
    term = env.get("TERM", "")
    return is_terminal and (term == "st" or term.startswith(KNOWN))


def before_prompt(cwd: str, status: int | None) -> str:
    """Written before a prompt: the end of the last output with its exit status, the directory, the title, the prompt's start."""
    ended = "" if status is None else _osc(f"133;D;{status}")
    return ended + _osc(f"7;{file_url(cwd)}") + title(shortened(cwd)) + _osc("133;A")


def after_prompt() -> str:
    """Stands at the prompt's end, where typing starts."""
    return _osc("133;B")


def before_output(line: str) -> str:
    """Written when a line is run: what comes now is its output."""
    return title(line) + _osc("133;C")


def title(text: str) -> str:
    """What sets the terminal's title to the first line of a text; no control character of it gets through."""
    first = text.strip().split("\n", 1)[0].replace("\t", " ")
    return _osc(f"2;{printable(first)[:TITLE_WIDTH]}")


def file_url(path: str) -> str:
    """The directory as a URL with this machine's name, so that a terminal can tell it from one elsewhere."""
    return f"file://{socket.gethostname()}{quote(os.fsencode(path))}"


def shortened(path: str) -> str:
    """A path with `~` for home."""
    home = os.path.expanduser("~")
    if path == home:
        return "~"
    return f"~{path[len(home) :]}" if home != "/" and path.startswith(home + "/") else path


def _osc(text: str) -> str:
    return f"\x1b]{text}{BELL}"
