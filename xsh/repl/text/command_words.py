"""The words of a command line and the pieces they are made of: quotes, escapes, holes, expansions."""

from __future__ import annotations

import re

from xsh.repl.text.holes import hole_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Role = Literal["command", "argument", "assignment", "target", "reserved"]
    Kind = Literal["operator", "string", "escape", "variable", "hole", "comment"]
    Open = Literal["", "quote", "backslash", "operator", "hole", "parenthesis"]

_VARIABLE = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])")
_PLAIN = re.compile(r"[^\s'\"\\$`|&;()<>]+")
_DEEPEST = 40
_IN_QUOTES = {
    "'": re.compile(r"[^'$\\]+"),
    '"': re.compile(r"[^\"$\\`]+"),
}


class Word:
    """One word of a command line: its place, its text without quotes, its role and the quote it is left open in.

    `static` tells that the shell changes nothing in it: it holds no hole, variable, substitution or pattern.
    """

    __slots__ = ("end", "first", "parts", "quote", "role", "start", "static")

    def __init__(self, start: int, role: Role, first: int) -> None:
        self.start = start
        self.end = start
        self.role = role
        self.first = first
        self.parts: list[str] = []
        self.static = True
        self.quote = ""

    @property
    def value(self) -> str:
        """The word without its quotes; what is not static in it stands as it was written."""
        return "".join(self.parts)

    def __repr__(self) -> str:
        return f"Word({self.start}, {self.end}, {self.role!r}, {self.value!r})"


class WordReader:
    """A place in a command line, the words and spans found so far, and how the pieces of one word are read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at: int = 0
        self.words: list[Word] = []
        self.spans: list[tuple[int, int, Kind]] = []
        self.open: Open = ""
        self.open_at = 0
        self.role: Role = "command"
        self.first = 0
        self.joined = -1
        self.started = False
        self._depth = 0

    def span(self, start: int, kind: Kind) -> None:
        """Colours the text from `start` to here."""
        self.spans.append((start, self.at, kind))

    def leave_open(self, kind: Open, at: int) -> None:
        """Notes that what starts at `at` is unfinished, and goes to the end."""
        if not self.open:
            self.open, self.open_at = kind, at
        self.at = len(self.text)

    def commands(self, until: str) -> None:
        """Reads commands up to the closing character `until`; the level above knows how."""
        raise NotImplementedError

    def piece(self, word: Word, until: str) -> bool:
        """Reads the next piece of a word up to the character `until`; False where the word ends."""
        text, at = self.text, self.at
        char = text[at]
        if char == until or char in " \t\n|&;()<>":
            return char in "<>" and text.startswith("(", at + 1) and self._nested(word, 2, ")")
        if char in "'\"":
            return self._quoted(word, char, 1)
        if char == "\\":
            return self._escape(word)
        if char == "$":
            return self._dollar(word)
        if char == "`":
            return self._nested(word, 1, "`")
        found = _PLAIN.match(text, at)
        piece = found.group() if found else char
        self.at += len(piece)
        word.parts.append(piece)
        if not word.static or any(char in "*?[" for char in piece) or (at == word.start and char == "~"):
            word.static = False
        return True

    def _escape(self, word: Word) -> bool:
        start, following = self.at, self.text[self.at + 1 : self.at + 2]
        if not following:
            word.end = start
            self.leave_open("backslash", start)
            return False
        if self.text.startswith("${", start + 1):
            return self._shell_expansion(word)
        self.at += 2
        if following != "\n":
            word.parts.append(following)
            self.span(start, "escape")
        elif self.at == len(self.text):
            self.leave_open("backslash", start)
        return True

    def _shell_expansion(self, word: Word) -> bool:
        r"""Reads the shell's own `\${…}`."""
        start = self.at
        end = hole_end(self.text, start + 3)
        self.at = len(self.text) if end < 0 else end
        word.parts.append(self.text[start : self.at])
        word.static = False
        self.span(start, "variable")
        return True

    def _dollar(self, word: Word) -> bool:
        text, start = self.text, self.at
        following = text[start + 1 : start + 2]
        if following == "{":
            return self._hole(word)
        if following == "(":
            return self._nested(word, 2, ")")
        if following == "'":
            return self._quoted(word, "'", 2)
        found = _VARIABLE.match(text, start)
        self.at = found.end() if found else start + 1
        word.parts.append(text[start : self.at])
        if found:
            word.static = False
            self.span(start, "variable")
        return True

    def _hole(self, word: Word) -> bool:
        start = self.at
        end = hole_end(self.text, start + 2)
        word.static = False
        self.at = end
        if end < 0:
            self.leave_open("hole", start)
        word.parts.append(self.text[start : self.at])
        self.span(start, "hole")
        return True

    def _nested(self, word: Word, length: int, close: str) -> bool:
        """Reads the commands of a substitution up to its closing character."""
        start, role, first, started = self.at, self.role, self.first, self.started
        word.static = False
        self.at += length
        self.span(start, "operator")
        if self._depth >= _DEEPEST:
            word.parts.append(self.text[start : self.at])
            return True
        self._depth += 1
        self.commands(close)
        self._depth -= 1
        self.role, self.first, self.started = role, first, started
        if self.at >= len(self.text):
            self.leave_open("parenthesis", start)
            return False
        self.joined = -1
        self.at += 1
        self.spans.append((self.at - 1, self.at, "operator"))
        word.parts.append(self.text[start : self.at])
        return True

    def _quoted(self, word: Word, quote: str, length: int) -> bool:
        """Reads a quoted text, with the holes in it; `length` is that of its opening."""
        text, start, end = self.text, self.at, len(self.text)
        self.at += length
        mark = start
        while self.at < end:
            plain = _IN_QUOTES[quote].match(text, self.at)
            if plain:
                word.parts.append(plain.group())
                self.at = plain.end()
                continue
            if text[self.at] == quote:
                self.at += 1
                self.spans.append((mark, self.at, "string"))
                return True
            before = self.at
            going = self._in_quotes(word, quote, length)
            if self.spans and self.spans[-1][0] >= before:
                mark = self._cut_string(mark, before)
            if not going:
                break
        if mark < end:
            self.spans.append((mark, end, "string"))
        word.quote = "$'" if length == 2 else quote
        word.end = end
        self.leave_open("quote", start)
        return False

    def _cut_string(self, mark: int, before: int) -> int:
        """Colours the string up to what was found in it, and returns where it goes on."""
        if mark < before:
            self.spans.append((mark, before, "string"))
        return self.at

    def _in_quotes(self, word: Word, quote: str, length: int) -> bool:
        """Reads a backslash, a hole or an expansion inside quotes."""
        text, start = self.text, self.at
        char, following = text[start], text[start + 1 : start + 2]
        if char == "$" and following == "{":
            return self._hole(word) and not self.open
        if char == "\\" and text.startswith("${", start + 1):
            return self._shell_expansion(word)
        if quote == '"' and char == "`":
            return self._nested(word, 1, "`")
        if quote == '"' and char == "$":
            return self._dollar(word) if following != "'" else self._take(word, 1)
        if char == "\\" and (length == 2 or quote == '"') and following and (length == 2 or following in '\\"$`\n'):
            return self._take(word, 2)
        return self._take(word, 1)

    def _take(self, word: Word, length: int) -> bool:
        piece = self.text[self.at : self.at + length]
        self.at += length
        if length == 1:
            word.parts.append(piece)
            return True
        word.parts.append("" if piece == "\\\n" else piece[1:])
        self.spans.append((self.at - 2, self.at, "escape"))
        return True
