"""Reads shell text below the level of expansions: quotes, backslashes and holes.

The reader does not expand anything: it only finds out where each hole stands. What it gets wrong may spoil a word but
runs nothing, since values reach the shell as parameters, never as text.
"""

from __future__ import annotations

from xsh.errors import TemplateError
from xsh.words.shape import HOLE, Place, Refusal, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from xsh.words.shape import Rule, Writing

    Piece = str | Place | Span
    SeenWord = tuple[str, tuple[int, ...]]


class Reader:
    """A reader at one character of shell text, and the pieces it has found so far."""

    def __init__(self, text: str, shell: str, first_hole: int = 0) -> None:
        self.text = text
        self.shell = shell
        self.at: int = 0
        self.end: int = len(text)
        self.mark: int = 0
        self.pieces: list[Piece] = []
        self.forced: Rule | None = None
        self.refusal: str | None = None
        self.depth: int = 0
        self.no_arithmetic: set[int] = set()  # where arithmetic was tried in vain; else nesting takes exponential time
        self.seen: list[list[SeenWord]] = []  # the words of every simple command, with the numbers of their holes
        spots = [at for at, char in enumerate(text) if char == HOLE] if HOLE in text else []
        self.holes = {at: first_hole + number for number, at in enumerate(spots)}

    def fail(self, message: str, at: int) -> NoReturn:
        """Refuses the whole text for a fault at `at`."""
        shown = self.text[at : at + 12].split("\n", 1)[0].replace(HOLE, "${…}")
        raise TemplateError(f"{message} (character {at + 1}: `{shown}`)")

    def peek(self, ahead: int = 0) -> str:
        """The character `ahead` of this one, empty past the end."""
        at = self.at + ahead
        return self.text[at] if at < self.end else ""

    def flush(self) -> None:
        """Makes a piece of the static text since the last one."""
        if self.mark < self.at:
            self.pieces.append(self.text[self.mark : self.at])
        self.mark = self.at

    def open_span(self) -> list[Piece]:
        """Starts a list of pieces; the outer list is given back to `close_span`."""
        self.flush()
        outer, self.pieces = self.pieces, []
        return outer

    def close_span(self, outer: list[Piece], *, is_word: bool) -> None:
        """Adds the pieces since `open_span` to the `outer` ones; as a span if a list can repeat them as a word."""
        self.flush()
        inner, self.pieces = self.pieces, outer
        if (
            any(_can_spread(piece) for piece in inner)
            if is_word
            else any(not isinstance(piece, str) for piece in inner)
        ):
            self.pieces.append(Span(is_word, tuple(inner)))
        else:
            self.pieces.extend(inner)

    def refuse(self, reason: str, at: int) -> NoReturn:
        """Refuses the hole at `at`."""
        raise Refusal(self.holes[at], reason)

    def hole(self, writing: Writing, rule: Rule) -> None:
        """Takes the hole that stands here."""
        if self.refusal is not None:
            self.refuse(self.refusal, self.at)
        self.flush()
        self.pieces.append(Place(self.holes[self.at], self.forced or rule, writing))
        self.at += 1
        self.mark = self.at

    def backslash(self) -> None:
        """A backslash and what it quotes."""
        if self.peek(1) == HOLE:
            self.refuse("directly after a backslash", self.at + 1)
        if not self.peek(1):
            self.fail("the backslash at the end quotes nothing", self.at)
        self.at += 2

    def single(self, *, ansi: bool = False) -> None:
        """The text in `'…'`, or in `$'…'`, where a backslash can quote the apostrophe."""
        opening = self.at
        self.at += 1
        while self.at < self.end:
            char = self.text[self.at]
            if char == "'":
                self.at += 1
                return
            if char == HOLE:
                if ansi and self.shell in ("sh", "dash"):
                    self.refuse(f"in $'…', which {self.shell} does not know", self.at)
                self.hole("ansi" if ansi else "single", "joined")
            elif ansi and char == "\\":
                self.backslash()
            else:
                self.at += 1
        self.fail("the single quote is not closed", opening)

    def double(self) -> None:
        """The text in `"…"`."""
        opening = self.at
        self.at += 1
        while self.at < self.end:
            char = self.text[self.at]
            if char == '"':
                self.at += 1
                return
            self.quoted_character(char)
        self.fail("the double quote is not closed", opening)

    def quoted_character(self, char: str, writing: Writing = "double") -> None:
        """One character, hole or expansion in `"…"` or in a here-document."""
        if char == HOLE:
            self.hole(writing, "joined")
        elif char == "\\":
            self.backslash()
        elif char == "$":
            self.dollar(quoted=True)
        elif char == "`":
            self.backticks(quoted=True)
        else:
            self.at += 1

    def dollar(self, *, quoted: bool) -> None:
        """A `$` and what it expands; the level above knows what."""
        raise NotImplementedError

    def backticks(self, *, quoted: bool) -> None:
        """The commands in backticks; the level above knows how."""
        raise NotImplementedError


def _can_spread(piece: Piece) -> bool:
    """Whether a list in this hole gives several words."""
    return isinstance(piece, Place) and piece.writing == "bare" and piece.rule in ("words", "declare", "name")
