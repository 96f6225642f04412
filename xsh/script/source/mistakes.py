"""What the scanner says about a misplaced `$`, backtick or hole: each names the place and the fix."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.script.source.marks import Hole
    from xsh.script.source.source import Source

_WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]+")


def name_before_dollar(source: Source, start: int, at: int) -> SyntaxError:
    """A name or keyword touches the `$` at `at`."""
    message = f"`{source.slice(start, at + 1)}` is not a name: put a space before `$`"
    return source.error(message, start, at + 1)


def name_behind_dollar(source: Source, at: int) -> SyntaxError:
    """A name, a number, a brace or another `$` touches the `$` at `at`."""
    word = _WORD.match(source.data, at + 1)
    if word is None:
        if source.data[at + 1 : at + 2] == b"{":
            return source.error("a hole stands in a literal only: $`echo ${…}`", at, at + 2)
        return source.error("`$$` is not a name: `$` stands alone", at, at + 2)
    name = source.slice(*word.span())
    if name.isdigit():
        message = f"`${name}` is not Python: the arguments of a script are in `argv`"
    else:
        message = f'`${name}` is not Python: a command is `$ {name}`, a variable is $.env["{name}"]'
    return source.error(message, at, word.end())


def statement_in_brackets(source: Source, at: int, bracket: int) -> SyntaxError:
    """A `$ text` stands on a line on which the bracket at `bracket` is still open."""
    opening = source.slice(bracket, bracket + 1)
    line = source.position(bracket)[0]
    message = f"`$ …` is a statement, but '{opening}' on line {line} is still open: close it, or write await $`…`"
    return source.error(message, at, line_end(source.data, at))


def literal_without_tag(source: Source, at: int) -> SyntaxError:
    """No tag stands before the backtick at `at`."""
    line = source.data[at : line_end(source.data, at)]
    close = line.find(b"`", 1) + 1 or len(line)
    text = line[:close].decode("utf-8", "replace")
    if source.data[:at].rstrip(b" \t").endswith(b"$"):
        message = "no space may stand between `$` and its backtick"
    else:
        message = "a backtick literal needs a tag directly before it"
    example = f"write ${text}" if close <= 40 and text.count("`") == 2 else "write $`…`"
    return source.error(f"{message}: {example}", at, at + close)


def unterminated_literal(source: Source, at: int, fence: int, end: int) -> SyntaxError:
    """The literal that opens at `at` has no closing fence before `end`."""
    if fence == 3:
        return source.error("unterminated literal: its closing ``` is missing", at, at + 3)
    message = "unterminated literal: close it with ` on the same line, or write it between ``` and ```"
    return source.error(message, at, end)


def unterminated_hole(source: Source, hole: Hole, fence: int) -> SyntaxError:
    """A hole has no closing brace."""
    message = "unterminated hole: its closing } is missing"
    if fence != 3:
        message += " on this line"
    return source.error(message, hole.opening, hole.opening + 2)


def line_end(data: bytes, at: int) -> int:
    """The offset of the newline that ends the line of `at`, or of the end."""
    found = data.find(b"\n", at)
    return len(data) if found < 0 else found
