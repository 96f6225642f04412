"""Source text that a program shows of itself, in `f"{…=}"` and in the fields of t-strings, unmasked again."""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.script.source.marks import Field, Marks
    from xsh.script.source.source import Source


class ShownTexts:
    """The places of one source where the mask would be seen at run time."""

    def __init__(self, source: Source, masked: bytes, marks: Marks) -> None:
        self._source = source
        self._masked = masked
        self._holes = {hole.opening for literal in marks.literals + marks.statements for hole in literal.holes}
        self._debugs: dict[int, list[tuple[str, str]]] = {}
        for fstring in marks.fstrings:
            self._add_debugs(fstring.fields)

    def _add_debugs(self, fields: list[Field]) -> None:
        """Notes, by line, the masked and the real text of each field that shows itself."""
        for field in fields:
            hidden = self._masked[field.start : field.end].decode()
            shown = self._source.slice(field.start, field.end)
            if field.debug and hidden != shown:
                self._debugs.setdefault(self._source.position(field.start)[0], []).append((hidden, shown))
            self._add_debugs(field.fields)

    def restore(self, node: ast.expr) -> None:
        """Puts the user's own text into an f-string, or into a field of a t-string (Python 3.14 and later)."""
        if isinstance(node, ast.JoinedStr):
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1) if self._debugs else ():
                self._debugs[line] = [pair for pair in self._debugs.get(line, []) if not _restored(node, *pair)]
        elif type(node).__name__ == "Interpolation":
            self._restore_expression(node)

    def _restore_expression(self, node: ast.expr) -> None:
        hidden: str = vars(node)["str"]
        start = self._source.offset(node.lineno, node.col_offset)
        at = self._masked.find(hidden.encode(), start)
        if at >= 0 and start not in self._holes:
            vars(node)["str"] = self._source.slice(at, at + len(hidden.encode()))


def _restored(node: ast.JoinedStr, hidden: str, shown: str) -> bool:
    """Puts the real text of a field into the constant that holds the masked one; whether there is one."""
    for part in node.values:
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and hidden in part.value:
            part.value = part.value.replace(hidden, shown, 1)
            return True
    return False
