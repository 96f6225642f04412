"""Reads the expansions of shell text: `$…`, arithmetic, commands in parentheses and in backticks."""

from __future__ import annotations

from xsh.errors import TemplateError
from xsh.words.reader import Reader
from xsh.words.shape import HOLE, Span

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_SPECIAL_PARAMETERS = "@*#?-$!"


class Expansions(Reader):
    """A reader of expansions; the commands in them are read by a level above."""

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
        if self.at in self.no_arithmetic:
            return False
        start, mark, count, seen = self.at, self.mark, len(self.pieces), len(self.seen)
        outer, forced, refusal, depth = self.pieces, self.forced, self.refusal, self.depth
        self.at += opening
        self.forced = "int"
        try:
            found = self.arithmetic(closing)
        except TemplateError:
            found = False
        self.pieces, self.forced, self.refusal, self.depth = outer, forced, refusal, depth
        if not found:
            self.no_arithmetic.add(start)
            self.at, self.mark = start, mark
            del self.pieces[count:]
            del self.seen[seen:]
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
                self.hole("braces" if quoted else "bare", "joined")
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
        self.seen.extend(reader.seen)
        return Span(False, ("$( ", *reader.pieces, "\n)"))
