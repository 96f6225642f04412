"""Whether a script asks for the supervisor: in its `#!` line, or by `$.guard = True` as its first statement.

That is read from the text, since the fork has to come before anything of the script has run.
"""

from __future__ import annotations

import re

BLANK = rb"(?:[ \t\f]*+(?:\#[^\n]*+)?\r?\n)*+"
"""Lines of nothing, and of comments."""
DOCSTRING = rb"""
    (?:[rRuU]?(?:
        \"{3}(?:[^\\]|\\.)*?\"{3} | '{3}(?:[^\\]|\\.)*?'{3} | "(?:[^"\\\n]|\\.)*+" | '(?:[^'\\\n]|\\.)*+'
    )[ \t]*+(?:\#[^\n]*+)?\r?\n)?+
"""
FUTURE = rb"(?:from[ ]__future__[ ]import[ ][\w, ]++(?:\#[^\n]*+)?\r?\n" + BLANK + rb")*+"
FIRST_STATEMENT = re.compile(
    rb"(?:\xef\xbb\xbf)?" + BLANK + DOCSTRING + BLANK + FUTURE
    + rb"(?:\$|sh\b)[ ]?\.guard[ \t]*+=[ \t]*+True[ \t]*+(?:[;\#\r\n]|\Z)",
    re.VERBOSE | re.DOTALL,
)  # fmt: skip


def asks_for_guard(data: bytes) -> bool:
    """Whether a script's text asks for the supervisor; a docstring, comments and `from __future__` may stand before."""
    if data.startswith(b"#!") and b" --guard" in data.split(b"\n", 1)[0]:
        return True
    return FIRST_STATEMENT.match(data) is not None
