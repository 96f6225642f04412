"""Whether a `$` stands where a statement starts; only sources that may hold a `$ text` pay for it."""

from __future__ import annotations

import re

from xsh.script.source import mistakes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.script.source.source import Source

_CANDIDATE = re.compile(rb"\$[ \t]")
_BRACKET = re.compile(rb"[()\[\]{}]")
# After an operand these go on with the expression; anything else behind a `$` and a blank is the text of a command.
_INFIX = re.compile(rb"[ \t]+(?:(?:if|else|for|async|and|or|is|in|not|as)\b|[^\w\"'$\x80-\xff]|\Z)")


class StatementStarts:
    """Knows the brackets open at each point of the code that the scanner has passed."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._gaps: list[tuple[int, int]] | None = [] if _CANDIDATE.search(source.data) else None
        self._open: list[int] = []
        self._comment_end = -1

    def passed(self, start: int, end: int) -> None:
        """Notes that the bytes from `start` to `end` are code without strings, comments and literals."""
        if self._gaps is not None:
            self._gaps.append((start, end))

    def passed_comment(self, end: int) -> None:
        """Notes where a comment ended: a backslash at its end continues nothing."""
        self._comment_end = end

    def includes(self, at: int) -> bool:
        """Whether a statement starts at the `$` at `at`, which has a blank behind it.

        A statement starts a line, or follows the `:` of a compound statement or a `;`, outside of brackets. Raises
        SyntaxError for a command on a line of its own inside brackets.
        """
        data, edge = self._source.data, at
        while edge and data[edge - 1] in b" \t\f":
            edge -= 1
        before = data[edge - 1 : edge] if edge else b"\n"
        if before not in (b"\n", b":", b";"):
            return False
        if before == b"\n" and data[edge - 2 : edge - 1] == b"\\" and edge - 1 != self._comment_end:
            return False
        self._count_brackets()
        if self._open and before == b"\n" and not _INFIX.match(data, at + 1):
            raise mistakes.statement_in_brackets(self._source, at, self._open[-1])
        return not self._open

    def _count_brackets(self) -> None:
        for start, end in self._gaps or ():
            for found in _BRACKET.finditer(self._source.data, start, end):
                if found.group() in (b"(", b"[", b"{"):
                    self._open.append(found.start())
                elif self._open:
                    self._open.pop()
        if self._gaps:
            self._gaps.clear()
