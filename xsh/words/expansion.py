"""Reads shell text below the level of commands: quotes, `$…`, arithmetic, backticks and the holes in them.

The reader does not expand anything: it only finds out where each hole stands. What it gets wrong may spoil a word but
runs nothing, since values reach the shell as parameters, never as text.
"""

from __future__ import annotations

from xsh.errors import TemplateError
from xsh.words.shape import HOLE, Place, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from xsh.words.shape import Rule, Writing

    Piece = str | Place | Span

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_SPECIAL_PARAMETERS = "@*#?-$!"
_ARRAYS = ("bash", "zsh", "mksh", "ksh")


class Refusal(Exception):  # noqa: N818 - what a reader says of one hole; the caller makes the TemplateError
    """A hole stands where no reference can; `index` is its number from 0."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index
        self.reason = reason


class Expansions:
    """A reader at one character of shell text, and the pieces it has found so far."""

    def __init__(self, text: str, shell: str, first_hole: int = 0) -> None:
        self.text = text
        self.shell = shell
        self.at = 0
        self.end = len(text)
        self.mark = 0
        self.pieces: list[Piece] = []
        self.forced: Rule | None = None
        self.refusal: str | None = None
        self.depth = 0
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
        """A `$` and the expansion it opens, if it opens one."""
        following = self.peek(1)
        if following == HOLE:
            self.refuse("directly after a `$`", self.at + 1)
        if following == "(":
            if not (self.peek(2) == "(" and self.try_arithmetic(3, "))")):
                self.substitution(2)
        elif following == "{":
            self.braces(quoted=quoted)
        elif following == "[" and self.shell in ("bash", "zsh"):
            opening = self.at
            if not self.try_arithmetic(2, "]"):
                self.fail("`$[` is not closed", opening)
        elif following == "'" and not quoted:
            self.at += 1
            self.single(ansi=True)
        elif following in _NAME:
            self.at += 1
            self.name()
            if self.shell == "zsh" and self.peek() == "[":
                self.try_arithmetic(1, "]")
        else:
            self.at += 2 if following and following in _SPECIAL_PARAMETERS else 1

    def name(self) -> str:
        """Takes the letters, digits and underscores that stand here."""
        start = self.at
        while self.at < self.end and self.text[self.at] in _NAME:
            self.at += 1
        return self.text[start : self.at]

    def substitution(self, opening: int) -> None:
        """The commands of `$(…)`, `<(…)` or `>(…)`, whose opening is `opening` characters long."""
        start = self.at
        outer = self.open_span()
        self.at += opening
        forced, refusal = self.forced, self.refusal
        self.forced = self.refusal = None
        self.depth += 1
        if not self.commands(")"):
            self.fail(f"`{self.text[start : start + opening]}` is not closed", start)
        self.depth -= 1
        self.forced, self.refusal = forced, refusal
        self.close_span(outer, is_word=False)

    def commands(self, closing: str) -> bool:
        """Reads commands up to and with `closing`; False if the text ends before. The level above knows how."""
        raise NotImplementedError(closing)

    def try_arithmetic(self, opening: int, closing: str) -> bool:
        """Reads arithmetic after `opening` characters, up to and with `closing`; False, and nothing read, if it is none.

        `((` may also open two subshells; what tells them apart is that arithmetic ends with `))`, POSIX XCU 2.6.4.
        """
        start, mark, count = self.at, self.mark, len(self.pieces)
        outer, forced, refusal, depth = self.pieces, self.forced, self.refusal, self.depth
        self.at += opening
        self.forced = "int"
        try:
            found = self.arithmetic(closing)
        except TemplateError:
            found = False
        self.pieces, self.forced, self.refusal, self.depth = outer, forced, refusal, depth
        if not found:
            self.at, self.mark = start, mark
            del self.pieces[count:]
        return found

    def arithmetic(self, closing: str) -> bool:
        """Reads arithmetic up to and with `closing`; False if it does not end so."""
        last = closing[-1]
        opener = "(" if last == ")" else "["
        depth = 0
        while self.at < self.end:
            char = self.text[self.at]
            if char == opener:
                depth += 1
            elif char == last and depth:
                depth -= 1
            elif char == last:
                if not self.text.startswith(closing, self.at):
                    return False
                self.at += len(closing)
                return True
            if char == '"':
                self.double()
            elif char == "'":
                self.single()
            else:
                self.quoted_character(char, "arithmetic")
        return False

    def braces(self, *, quoted: bool) -> None:
        """The expansion `${…}`: holes may stand in the word after `:-`, `-`, `:=`, `=`, `:?`, `?`, `:+`, `+` only."""
        opening, refusal = self.at, self.refusal
        self.at += 2
        inside = "inside the shell's own `${…}`"
        self.refusal = refusal or inside
        if self.peek() in ("!", "#") and (self.peek(1) in _NAME or self.peek(1) in ("@", "*", "?")) and self.peek(1):
            self.at += 1
        if not self.name() and self.peek() and self.peek() in _SPECIAL_PARAMETERS:
            self.at += 1
        if self.peek() == "[":
            self.refusal = refusal
            if not self.try_arithmetic(1, "]"):
                self.fail("`[` is not closed", self.at)
            self.refusal = refusal or inside
        if self.peek() == ":" and self.peek(1) and self.peek(1) in "-=?+":
            self.at += 1
        takes_word = bool(self.peek()) and self.peek() in "-=?+"
        if takes_word:
            self.refusal = refusal
            self.at += 1
        self.brace_word(opening, quoted=quoted, takes_word=takes_word)
        self.refusal = refusal

    def brace_word(self, opening: int, *, quoted: bool, takes_word: bool) -> None:
        """The rest of a `${…}` that opened at `opening`; in quotes an apostrophe quotes in patterns only."""
        while self.at < self.end:
            char = self.text[self.at]
            if char == "}":
                self.at += 1
                return
            if char == "'" and not (quoted and takes_word):
                self.single()
            elif char == '"':
                self.double()
            elif char == HOLE:
                self.hole("text" if quoted else "bare", "joined")
            elif char == "$":
                self.dollar(quoted=quoted)
            elif char == "`":
                self.backticks(quoted=quoted)
            else:
                self.quoted_character(char)
        self.fail("`${` is not closed", opening)

    def backticks(self, *, quoted: bool) -> None:
        """The commands in backticks; with holes they are written as `$(…)`, which nests and needs no backslashes."""
        opening = self.at
        inner: list[str] = []
        self.at += 1
        special = '$`\\"' if quoted else "$`\\"
        while self.peek() not in ("`", ""):
            char = self.peek()
            if char == "\\":
                char = self.peek(1) if self.peek(1) and self.peek(1) in special else char + self.peek(1)
                self.backslash()
            else:
                self.at += 1
            inner.append(char)
        if not self.peek():
            self.fail("the backtick is not closed", opening)
        closing = self.at
        numbers = [self.holes[at] for at in range(opening, closing) if self.text[at] == HOLE]
        if numbers:
            self.at = opening
            self.flush()
            self.pieces.append(self.reread("".join(inner), numbers[0]))
            self.mark = closing + 1
        self.at = closing + 1

    def reread(self, text: str, first_hole: int) -> Span:
        """The commands `text` of backticks as `$(…)`; a newline ends a comment at their end, a blank parts `((`."""
        reader = type(self)(text, self.shell, first_hole)
        reader.commands("")
        reader.flush()
        return Span(False, ("$( ", *reader.pieces, "\n)"))


def _can_spread(piece: Piece) -> bool:
    """Whether a list in this hole gives several words."""
    return isinstance(piece, Place) and piece.writing == "bare" and piece.rule in ("words", "declare", "name")
