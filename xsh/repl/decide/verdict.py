"""What was decided about a line: what it is, what to run of it, what is wrong with it and why."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from xsh.errors import TemplateError
    from xsh.repl.decide.command_shape import Mode

    Kind = Literal["command", "python", "help", "empty", "incomplete"]


class Verdict:
    """The verdict on a text.

    `kind` is what to do with it, `mode` which way it goes even while it is incomplete. `text` is what to run, without
    marker; `rest` are the lines behind it, to be decided once it has run. `error` is to be shown instead of running,
    its line and offset are those of the decided text, and an incomplete command line has one too, for when no more comes; `reason` and `hint` are one line each. `marker` counts the
    characters of the decided text that stand before `text`.
    """

    __slots__ = ("error", "hint", "kind", "later", "marker", "mode", "reason", "rest", "text")

    def __init__(
        self,
        kind: Kind,
        mode: Mode,
        text: str,
        reason: str,
        *,
        error: SyntaxError | TemplateError | None = None,
        marker: int = 0,
        rest: str = "",
    ) -> None:
        self.kind = kind
        self.mode = mode
        self.text = text
        self.reason = reason
        self.error = error
        self.hint = ""
        self.marker = marker
        self.rest = rest
        self.later: tuple[Verdict, ...] = ()

    def __repr__(self) -> str:
        return f"Verdict({self.kind!r}, {self.mode!r}, {self.text!r}, {self.reason!r}, error={self.error!r})"


def glyph(verdict: Verdict | None) -> str:
    """One character for the prompt: `$` for a command line, `>` for Python, `?` for help."""
    if verdict is None or verdict.kind == "empty":
        return ">"
    if verdict.kind == "help":
        return "?"
    return "$" if verdict.mode == "command" else ">"
