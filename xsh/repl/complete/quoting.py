r"""A file's name as text of a command line, which gives exactly that name as one argument.

Beside the shell's quotes the literal's own escapes count: `\`` is a backtick there, and `\${` the shell's `${`.
"""

from __future__ import annotations

import re

_LIKE_ASSIGNMENT = re.compile(r"[-+*/%@]{0,2}=")
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.,:@%+-=")


def escaped(name: str, *, is_first: bool = False) -> str:
    """`name` with a backslash before what is special; `is_first` where a command starts, since `a=b` is special there.

    What would make a line look like Python is special too: `=` and the like behind the first word.
    """
    pieces: list[str] = []
    is_first = is_first or bool(_LIKE_ASSIGNMENT.match(name))
    if name[:1] in (",", ":"):
        pieces.append("\\")
    for char in name:
        if char == "`":
            pieces.append("'\\`'")
        elif _is_control(char):
            pieces.append(_ansi(char))
        elif (char in _SAFE and not (is_first and char == "=")) or not char.isascii():
            pieces.append(char)
        else:
            pieces.append("\\" + char)
    return "".join(pieces)


def quoted(name: str, quote: str, *, is_open: bool = False) -> str:
    """`name` within the quotes `'`, `"` or `$'` that stand before it already; left open if `is_open`."""
    if quote == "'":
        body = "".join(_in_single(char) for char in name)
    elif quote == '"':
        body = "".join(_in_double(char, name[at + 1 : at + 2]) for at, char in enumerate(name))
    else:
        body = "".join(_in_ansi(char) for char in name)
    return quote + body + ("" if is_open else quote[-1])


def can_be_typed(name: str) -> bool:
    """Whether a name is text: one with bytes that are no UTF-8 cannot stand in a line."""
    return bool(name) and "\0" not in name and not any("\ud800" <= char <= "\udfff" for char in name)


def _is_control(char: str) -> bool:
    return char < " " or char == "\x7f"


def _ansi(char: str) -> str:
    return f"$'\\x{ord(char):02x}'"


def _in_single(char: str) -> str:
    if char == "'":
        return "'\\''"
    if char == "\\":
        return "'\\\\'"
    if char == "`":
        return "\\`"
    if char == "$":
        return "'\\$'"
    return f"'{_ansi(char)}'" if _is_control(char) else char


def _in_double(char: str, following: str) -> str:
    if char == "`":
        return "\"'\\`'\""
    if char == "$":
        return "\"'$'\"" if following == "{" else "\\$"
    if char in '"\\':
        return "\\" + char
    return f'"{_ansi(char)}"' if _is_control(char) else char


def _in_ansi(char: str) -> str:
    if char.isalnum() or char in "_/.,:@%+-= ":
        return char
    if char.isascii():
        return f"\\x{ord(char):02x}"
    return char
