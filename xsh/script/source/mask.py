"""Writes a source as valid Python of the same geometry: the same number of bytes in every line."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.script.source.marks import Field, Hole, Literal, Marks

# One letter for one `$`; no string prefix, so that it cannot join a quote behind it.
SHELL_LETTER = "S"
_BLANKS = bytes(0x0A if byte == 0x0A else 0x20 for byte in range(256))
_CONTINUATION = re.compile(rb"\\\n")


def mask(data: bytes, marks: Marks) -> bytes:
    """The source with every mark overwritten in place, so that each position in it is one in the source.

    `$` becomes a name; ``tag`text ${a} ${b}` `` becomes ``tag(     (a),(b) )``; the statement ``$ text ${a} ${b}``
    becomes ``S     @(a)@(b)``, because a statement has no closing byte that could be a parenthesis.
    """
    masked = bytearray(data)
    letter = ord(SHELL_LETTER)
    for name in marks.names:
        masked[name] = letter
    for literal in marks.literals:
        _blank(masked, literal.start, literal.holes, literal.end)
        masked[literal.start] = ord("(")
        masked[literal.end - 1] = ord(")")
        for index, hole in enumerate(literal.holes):
            masked[hole.opening] = ord("," if index else " ")
    for statement in marks.statements:
        _blank(masked, statement.start, statement.holes, statement.end)
        masked[statement.start] = letter
        _keep_continuations(masked, data, statement)
        for hole in statement.holes:
            masked[hole.opening] = ord("@")
    return bytes(masked)


def _blank(masked: bytearray, start: int, holes: list[Hole], end: int) -> None:
    """Blanks the text around the holes and turns the braces of each hole into parentheses."""
    for hole in holes:
        _erase(masked, start, hole.opening)
        masked[hole.opening + 1] = ord("(")
        _mask_format(masked, hole)
        masked[hole.stop - 1] = ord(")")
        start = hole.stop
    _erase(masked, start, end)


def _mask_format(masked: bytearray, hole: Hole) -> None:
    """Blanks conversion and format spec; fields in the spec make the hole a pair: ``(a, (w)(p))``."""
    position = hole.end
    for field in hole.fields:
        _erase(masked, position, field.start - 1)
        masked[field.start - 1] = ord("(")
        _close_field(masked, field)
        position = field.stop
    _erase(masked, position, hole.stop - 1)
    if hole.fields and hole.colon is not None:
        masked[hole.colon] = ord(",")


def _close_field(masked: bytearray, field: Field) -> None:
    _erase(masked, field.end, field.stop - 1)
    masked[field.stop - 1] = ord(")")


def _erase(masked: bytearray, start: int, end: int) -> None:
    masked[start:end] = masked[start:end].translate(_BLANKS)


def _keep_continuations(masked: bytearray, data: bytes, statement: Literal) -> None:
    for found in _CONTINUATION.finditer(data, statement.start, statement.end):
        masked[found.start()] = 0x5C
