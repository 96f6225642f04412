"""Where a hole ends in text that may be half-typed; what is run is read by `xsh/script/source/scan.py`, which is exact."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"""'''|\"\"\"|['"`()\[\]{}\n]""")
_STRING_END = {
    quote: re.compile(r"\\.|" + quote + ("" if len(quote) == 3 else r"|\n"), re.DOTALL)
    for quote in ("'", '"', "'''", '"""', "`")
}


def hole_end(text: str, start: int) -> int:
    """The offset behind the `}` that closes the hole whose expression starts at `start`; -1 where it is open."""
    depth, at = 0, start
    while found := _TOKEN.search(text, at):
        char, at = found.group(), found.end()
        if char == "}" and depth == 0:
            return at
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth = max(0, depth - 1)
        elif char == "\n":
            if depth == 0:
                return -1
        else:
            at = _string_end(text, at, char)
            if at < 0:
                return -1
    return -1


def _string_end(text: str, at: int, quote: str) -> int:
    while found := _STRING_END[quote].search(text, at):
        if found.group() == quote:
            return found.end()
        if found.group() == "\n":
            return -1
        at = found.end()
    return -1
