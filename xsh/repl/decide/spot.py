"""Where the cursor stands in a text: in Python, in a string of it, or in a word of a command line."""

from __future__ import annotations

import re

from xsh.repl.decide.decide import decide
from xsh.repl.text.command_line import CommandLine
from xsh.repl.text.command_words import Word
from xsh.repl.text.holes import hole_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from xsh.repl.decide.known import Known

_TOKEN = re.compile(r"""'''|\"\"\"|['"#`]|(?:^|(?<=[:;]))[ \t]*\$[ \t]""", re.MULTILINE)
_TEXT = re.compile(r"\\.|\$\{|```|`|\n", re.DOTALL)
_BARE = re.compile(r"[ \t]*([^\s'\"`$!|&;<>(){}\[\]=,?]*)\Z")
_PREFIXED = re.compile(r"[ \t]*(?:[A-Za-z_]\w*\+?=[^\s'\"`$;&|<>(){}\[\]]*[ \t]+)+[\w./~+-]*\Z")
_DEEPEST = 20


class Spot:
    """Where the cursor stands: `kind`, the offset `start` of the Python code or command line, and the text up to there.

    In a command line `line` is the line and `word` the word at the cursor, which may be empty. `first` says that the
    cursor is in the first word of a line, which may yet become either.
    """

    __slots__ = ("first", "kind", "line", "start", "text", "word")

    def __init__(self, kind: Literal["python", "string", "word"], text: str, start: int) -> None:
        self.kind = kind
        self.text = text
        self.start = start
        self.first = False
        self.line: CommandLine | None = None
        self.word: Word | None = None


def find_spot(text: str, known: Known) -> Spot:
    """Where the cursor stands at the end of `text`."""
    verdict = decide(text, known)
    at = 0
    for following in verdict.later:
        at = len(text) - len(verdict.rest)
        verdict = following
    if verdict.rest:
        at = len(text) - len(verdict.rest)
        verdict = decide(text[at:], known)
    item = text[at:]
    bare = _BARE.match(item)
    if bare and "\n" not in item.strip("\n"):
        spot = _in_command(item, bare.start(1), at)
        spot.first = True
        return spot
    if _PREFIXED.match(item):
        return _in_command(item, 0, at)
    if verdict.mode == "command" and verdict.kind != "empty":
        return _in_command(item, verdict.marker, at)
    return _in_python(item, at)


def _in_command(text: str, marker: int, offset: int, depth: int = 0) -> Spot:
    body = text[marker:]
    line = CommandLine(body)
    if line.open == "hole" and depth < _DEEPEST:
        hole = line.open_at
        return _in_python(body[hole + 2 :], offset + marker + hole + 2, depth + 1)
    spot = Spot("word", body, offset + marker)
    spot.line = line
    last = line.words[-1] if line.words else None
    if last is not None and (last.quote or last.end == len(body)) and line.open in ("", "quote", "parenthesis"):
        spot.word = last
    else:
        spot.word = Word(len(body), line.role, line.first)
        spot.word.end = len(body)
    return spot


def _in_python(text: str, offset: int, depth: int = 0) -> Spot:
    """The spot at the end of Python code: in the code, in an open string, in an open literal or a hole of it."""
    at = 0
    while found := _TOKEN.search(text, at):
        mark, at = found.group(), found.end()
        if mark == "#":
            at = _line_end(text, at)
            if at == len(text):
                return Spot("string", "", offset + at)
        elif mark.endswith((" ", "\t")):
            end = _line_end(text, at)
            if end == len(text):
                return _in_command(text, at, offset, depth)
            at = end
        elif mark == "`":
            fence = 3 if text.startswith("``", at) else 1
            start = at + fence - 1
            at = _literal_end(text, start, fence)
            if at < 0:
                return _in_command(text, start, offset, depth)
        else:
            end = _string_end(text, at, mark)
            if end < 0:
                return Spot("string", text, offset)
            at = end
    return Spot("python", text, offset)


def _literal_end(text: str, at: int, fence: int) -> int:
    while found := _TEXT.search(text, at):
        mark, at = found.group(), found.end()
        if mark == "${":
            at = hole_end(text, at)
            if at < 0:
                return -1
        elif mark.startswith("`"):
            if fence == 1:
                return found.start() + 1
            if len(mark) == fence:
                return at
        elif mark == "\n" and fence == 1:
            return at
    return -1


def _string_end(text: str, at: int, quote: str) -> int:
    """Where a string ends; at its newline if it is left open on its line, -1 if it is open at the end."""
    while at < len(text):
        if text.startswith(quote, at):
            return at + len(quote)
        if text[at] == "\\":
            at += 1
        elif text[at] == "\n" and len(quote) == 1:
            return at
        at += 1
    return -1


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found
