"""A source text as UTF-8 bytes, with its lines, positions and errors."""

from __future__ import annotations

import re
from bisect import bisect_right

from xsh.errors import ScriptError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast

_BOM = b"\xef\xbb\xbf"
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:[#\r\n]|$)")


class Source:
    """A source text: `data` is UTF-8 with newlines only as line ends, and every offset is an offset into it.

    Raises SyntaxError for a text that has no UTF-8 form or holds a NUL.
    """

    __slots__ = ("_starts", "data", "filename")

    def __init__(self, text: str, filename: str) -> None:
        self.filename = filename
        text = text.removeprefix("\ufeff")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.data = text.encode("utf-8", "surrogatepass")
        self._starts = [0]
        self._starts += [match.end() for match in re.finditer(b"\n", self.data)]
        if "\0" in text:
            at = self.data.index(b"\0")
            raise self.error("source code cannot contain a NUL", at, at + 1)
        surrogate = None if text.isascii() else re.search("[\ud800-\udfff]", text)
        if surrogate is not None:
            at = len(text[: surrogate.start()].encode())
            raise self.error("source code must be UTF-8: this byte is not", at, at + 3)

    @property
    def text(self) -> str:
        """The whole text."""
        return self.data.decode("utf-8", "surrogatepass")

    def slice(self, start: int, end: int) -> str:
        """The text between two offsets."""
        return self.data[start:end].decode("utf-8", "replace")

    def position(self, offset: int) -> tuple[int, int]:
        """The line (from 1) and the column in bytes (from 0) of an offset, as the `ast` module counts them."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1]

    def offset(self, line: int, column: int) -> int:
        """The offset of a line (from 1) and a column in bytes (from 0)."""
        return self._starts[line - 1] + column

    def line(self, number: int) -> bytes:
        """One line (from 1) without its newline; empty beyond the last."""
        if not 0 < number <= len(self._starts):
            return b""
        start = self._starts[number - 1]
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.data)
        return self.data[start:end]

    def character(self, line: int, column: int) -> int:
        """The column in characters (from 1) of a column in bytes (from 0), as `SyntaxError.offset` counts them."""
        return len(self.line(line)[:column].decode("utf-8", "replace")) + 1

    def place(self, node: ast.expr, start: int, end: int) -> ast.expr:
        """The node itself, given the place between two offsets."""
        node.lineno, node.col_offset = self.position(start)
        node.end_lineno, node.end_col_offset = self.position(end)
        return node

    def error(self, message: str, start: int, end: int) -> SyntaxError:
        """A SyntaxError whose caret covers the text between two offsets."""
        first, last = self.position(start), self.position(end)
        return SyntaxError(
            message,
            (
                self.filename,
                first[0],
                self.character(*first),
                self.line(first[0]).decode("utf-8", "replace") + "\n",
                last[0],
                self.character(*last),
            ),
        )


def decode(path: str, data: bytes) -> str:
    """The text of a source file by its byte order mark, its `coding` comment (PEP 263) or UTF-8.

    Raises ScriptError for a file that is not text in that encoding.
    """
    body = data.removeprefix(_BOM)
    _refuse_binary(path, data)
    encoding = (_declared_encoding(body) if len(body) == len(data) else None) or "utf-8"
    try:
        return body.decode(encoding)
    except LookupError:
        raise ScriptError(f"{path}: unknown encoding {encoding!r}", hint="save the file as UTF-8") from None
    except UnicodeDecodeError as error:
        at = error.start + len(data) - len(body)
        line = data.count(b"\n", 0, at) + 1
        raise ScriptError(
            f"{path}: byte {at} (line {line}) is 0x{data[at]:02x}, which is not {encoding}",
            hint="save the file as UTF-8, or name its encoding in the first line: # coding: latin-1",
        ) from None


def _refuse_binary(path: str, data: bytes) -> None:
    at = data.find(b"\0")
    if at < 0:
        return
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise ScriptError(f"{path}: this file is UTF-16", hint="save the file as UTF-8")
    raise ScriptError(f"{path}: byte {at} is NUL: this is not a text file", hint="xsh runs source files only")


def _declared_encoding(data: bytes) -> str | None:
    for line in data.split(b"\n", 2)[:2]:
        found = _COOKIE.match(line)
        if found:
            return found.group(1).decode("ascii")
        if not _BLANK.match(line):
            return None
    return None
