"""What keys do to a text, as functions of texts: indentation, markers of pasted lines, abbreviations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

STEP = 4
"""Columns of one level of indentation."""
LEAVES = re.compile(r"\s*(?:return|raise|pass|break|continue)\b")
STRING_OR_COMMENT = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|#.*")
PYTHON_MARKER = re.compile(r"(?:>>>|\.\.\.)(?: |$)")
SHELL_MARKER = "$ "
COMMAND_START = re.compile(r"(?:^|[|;&(]|\bawait \$`)\s*\Z", re.MULTILINE)
WORD_AT_END = re.compile(r"[^\s|;&()<>'\"`]+\Z")


def indentation(before: str) -> str:
    """The blanks that a new line behind the text begins with, in Python."""
    line = before.rsplit("\n", 1)[-1]
    own = line[: len(line) - len(line.lstrip())]
    code = STRING_OR_COMMENT.sub(lambda found: "" if found.group()[0] == "#" else "s", line).rstrip()
    if code.endswith((":", "(", "[", "{")):
        return own + " " * STEP
    if LEAVES.match(line) and len(own) >= STEP:
        return own[:-STEP]
    return own


def finished(text: str) -> str:
    """The text as it is judged and run: a last line of blanks is an empty one, which ends a block."""
    return re.sub(r"\n[ \t]+\Z", "\n", text)


def without_markers(text: str) -> str:
    r"""A pasted text without the markers of the session it was copied from.

    A text that begins with `>>> ` gives its input lines only, as doctest reads them; one whose every line begins with
    `$ ` gives them without it. Lines end with `\n`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.strip("\n").split("\n")
    first = lines[0].lstrip()
    if PYTHON_MARKER.match(first) and first.startswith(">>>"):
        stripped = [line.lstrip() for line in lines]
        return "\n".join(line[4:] for line in stripped if PYTHON_MARKER.match(line))
    if first.startswith(SHELL_MARKER) and all(line.startswith(SHELL_MARKER) for line in lines if line.strip()):
        return "\n".join(line.removeprefix(SHELL_MARKER) for line in lines)
    return text


def expansion(before: str, abbreviations: Mapping[str, str], bound: Container[str]) -> tuple[str, str] | None:
    """The abbreviation that ends the text where a command's first word stands, and what it stands for.

    None where there is none; a name that the user bound in Python stays as it is.
    """
    found = WORD_AT_END.search(before)
    if found is None or found.group() not in abbreviations or found.group() in bound:
        return None
    if not COMMAND_START.search(before[: found.start()]):
        return None
    return found.group(), abbreviations[found.group()]


def place_of(error: SyntaxError, text: str) -> int:
    """Where in the text a syntax error stands, as a number of characters; its end when the error does not say."""
    if error.lineno is None:
        return len(text)
    lines = text.split("\n")
    row = min(max(error.lineno, 1), len(lines)) - 1
    column = min(max((error.offset or 1) - 1, 0), len(lines[row]))
    return sum(len(line) + 1 for line in lines[:row]) + column
