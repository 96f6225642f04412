"""Finds the literals, the holes and the `$` of a source in one pass over its bytes.

Of Python it knows what can hide a backtick or a dollar: strings, f-strings with their fields, comments and brackets.
All positions are byte offsets; every byte it looks for is ASCII and so never part of a longer UTF-8 character.
"""

from __future__ import annotations

import re
import sys

from xsh.script.source import mistakes
from xsh.script.source.expansions import expansion_error, is_expansion
from xsh.script.source.marks import Field, FString, Hole, Literal, Marks
from xsh.script.source.starts import StatementStarts
from xsh.script.source.strings import Opening, skip_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.script.source.source import Source

_TOKEN = re.compile(rb"""[#'"$`]""")
_EXPRESSION = re.compile(rb"""[#'"$`()\[\]{}!:]""")
_OPENING = {b")": b"(", b"]": b"[", b"}": b"{"}
_TEXT = {
    0: re.compile(rb"\\.|\$\{", re.DOTALL),
    1: re.compile(rb"\\.|\$\{|`", re.DOTALL),
    3: re.compile(rb"\\.|\$\{|```", re.DOTALL),
}
_HOLE_SPEC = re.compile(rb"[{}]")
_WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]")
_WORD_BEFORE = re.compile(rb"[A-Za-z0-9_\x80-\xff]{1,40}\Z")
_CONVERSION = re.compile(rb"!([rsa])[ \t]*(?=[:}])")
_ASSIGNMENT = re.compile(rb"[ \t]+(?:[-+*/%@&|^:]|\*\*|//|<<|>>)?=[ \t]")
_LAMBDA = re.compile(rb"(?:^|[^\w.])lambda\b[^()\[\]{}]*\Z")


class _Unfinished(Exception):
    """A string, field or bracket does not end as it should; outside of a hole the parser says it better."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


def scan(source: Source) -> Marks:
    """Every literal, `$`, `$ text` statement and marked f-string of a source.

    Raises SyntaxError for what only xsh can judge; all other mistakes are left to the parser.
    """
    return Scanner(source).run()


class Scanner:
    """One pass over one source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._data = source.data
        self._end: int = len(source.data)
        self._line = (0, -1)
        self._holes = 0
        self._quotes: list[bytes] = []
        self._starts = StatementStarts(source)
        self._marks = Marks()

    def run(self) -> Marks:
        """The marks of the whole source."""
        position = 0
        try:
            while found := _TOKEN.search(self._data, position):
                self._starts.passed(position, found.start())
                position = self._token(found.start())
        except _Unfinished:
            pass  # the parser stops at the same place and knows what to say
        except RecursionError:
            raise self._source.error("literals are nested too deeply", position, position) from None
        return self._marks

    def _token(self, at: int) -> int:
        """Reads the comment, string, `$` or literal at an offset and returns where it ends."""
        character = self._data[at : at + 1]
        if character == b"#":
            end = min(self._end_of_line(at), self._end)
            self._starts.passed_comment(end)
            return end
        if character == b"$":
            return self._dollar(at)
        if character == b"`":
            return self._literal(at)
        opening = Opening(self._data, at)
        if opening.formatted:
            end = self._fstring(at, opening)
        else:
            end = skip_string(self._data, at, opening.quote, self._end)
            if end < 0:
                raise _Unfinished("unterminated string literal in a hole", at, at + 1)
        if sys.version_info < (3, 12) and opening.quote in self._quotes:
            quote = opening.quote.decode()
            message = f"Python 3.11 allows no {quote} inside an f-string of the same quotes: use the other kind"
            raise self._source.error(message, at, at + len(quote))
        return end

    def _end_of_line(self, at: int) -> int:
        # Remembered, because many literals on one long line would each look for its end again.
        if not self._line[0] <= at <= self._line[1]:
            found = self._data.find(b"\n", at)
            self._line = (at, len(self._data) if found < 0 else found)
        return self._line[1]

    def _dollar(self, at: int) -> int:
        before = _WORD_BEFORE.search(self._data[max(0, at - 40) : at])
        if before:
            raise mistakes.name_before_dollar(self._source, at - len(before.group()), at)
        after = self._data[at + 1 : at + 2]
        nested = self._holes or self._quotes
        if after in (b" ", b"\t") and not nested and self._starts.includes(at):
            return self._statement(at)
        if after in (b"$", b"{") or _WORD.match(after):
            raise mistakes.name_behind_dollar(self._source, at)
        self._marks.names.append(at)
        return at + 1

    def _statement(self, at: int) -> int:
        limit = self._end_of_line(at)
        while self._continues(at, limit):
            if limit + 1 >= len(self._data):
                raise self._source.error("nothing follows the backslash that continues this line", limit - 1, limit)
            limit = self._end_of_line(limit + 1)
        if not self._data[at + 1 : limit].strip():
            raise self._source.error("empty command: write it behind `$ `", at, at + 1)
        if _ASSIGNMENT.match(self._data, at + 1, limit):
            raise self._source.error("cannot assign to `$`: give the shell object a name of its own", at, at + 1)
        self._end, outer = limit, self._end
        holes, _ = self._text(at + 2, 0)
        self._end = outer
        self._marks.statements.append(Literal(at, limit, 0, holes))
        return limit

    def _continues(self, start: int, limit: int) -> bool:
        edge = limit
        while edge > start and self._data[edge - 1] == 0x5C:
            edge -= 1
        return (limit - edge) % 2 == 1

    def _literal(self, at: int) -> int:
        before = self._data[at - 1 : at]
        if before not in (b"$", b")", b"]") and not _WORD.match(before):
            self._blame_hole(at)
            raise mistakes.literal_without_tag(self._source, at)
        fence = 3 if self._data.startswith(b"```", at) else 1
        outer = self._end
        if fence == 1:
            self._end = min(outer, self._end_of_line(at))
        holes, close = self._text(at + fence, fence)
        if close < 0:
            self._blame_hole(at)
            raise mistakes.unterminated_literal(self._source, at, fence, self._end)
        self._end = outer
        self._marks.literals.append(Literal(at, close + fence, fence, holes))
        return close + fence

    def _blame_hole(self, at: int) -> None:
        """A backtick that opens nothing inside a hole was meant to close the literal around it."""
        if self._holes:
            raise _Unfinished("", at, at)

    def _text(self, position: int, fence: int) -> tuple[list[Hole], int]:
        """The holes of a text, and where its closing fence starts (-1: nowhere)."""
        holes: list[Hole] = []
        while found := _TEXT[fence].search(self._data, position, self._end):
            token = found.group()
            if token == b"${":
                hole = self._hole(found.start(), fence)
                holes.append(hole)
                position = hole.stop
            elif token.startswith(b"\\"):
                position = found.end()
            else:
                return holes, found.start()
        return holes, -1

    def _hole(self, opening: int, fence: int) -> Hole:
        source, start = self._source, opening + 2
        if is_expansion(self._data, start):
            raise expansion_error(source, opening)
        hole = Hole(opening, start, start)
        self._holes += 1
        try:
            self._field(hole, _HOLE_SPEC)
        except _Unfinished as error:
            if error.message:
                raise source.error(error.message, error.start, error.end) from None
            raise mistakes.unterminated_hole(source, hole, fence) from None
        self._holes -= 1
        if not self._data[start : hole.end].strip():
            raise source.error("empty hole: write an expression in it, or \\${} for the shell", opening, hole.stop)
        if fence != 3 and b"\n" in self._data[opening : hole.stop]:
            raise source.error("a hole of a one-line command cannot contain a newline", opening, opening + 2)
        return hole

    def _field(self, field: Field, spec: re.Pattern[bytes], depth: int = 0) -> None:
        """Reads an expression, its conversion and its format spec up to the closing brace."""
        data = self._data
        field.end = stop = self._expression(field.start)
        text = data[field.start : field.end].rstrip()
        field.debug = text.endswith(b"=") and text[-2:-1] not in (b"=", b"!", b"<", b">")
        if data[stop] == 0x21:
            conversion = _CONVERSION.match(data, stop)
            if conversion is None:
                raise _Unfinished("a conversion is !r, !s or !a", stop, stop + 2)
            field.conversion = conversion.group(1).decode()
            stop = conversion.end()
        if data[stop] == 0x3A:
            self._refuse_colon(field, stop, spec, depth)
            field.colon = stop
            stop = self._spec(field, stop + 1, spec, depth)
        field.stop = stop + 1

    def _refuse_colon(self, field: Field, colon: int, spec: re.Pattern[bytes], depth: int) -> None:
        if spec is not _HOLE_SPEC:
            return
        if depth or not isinstance(field, Hole):
            raise _Unfinished("a format spec inside a format spec has none of its own", colon, colon + 1)
        if self._data[colon + 1 : colon + 2] in (b"-", b"=", b"?", b"+") and field.conversion is None:
            raise expansion_error(self._source, field.opening)
        if _LAMBDA.search(self._data[field.start : colon]):
            raise _Unfinished("a lambda in a hole needs parentheses: ${(lambda: …)}", field.start, colon)

    def _spec(self, field: Field, position: int, pattern: re.Pattern[bytes], depth: int) -> int:
        while found := pattern.search(self._data, position, self._end):
            token = found.group()
            if token == b"}":
                return found.start()
            if token == b"{":
                inner = Field(found.end(), found.end())
                self._field(inner, pattern, depth + 1)
                field.fields.append(inner)
                position = inner.stop
            elif token.startswith(b"\\"):
                position = found.end()
            else:
                break
        raise _Unfinished("", field.start, field.start)

    def _expression(self, start: int) -> int:
        """The offset of the `!`, `:` or `}` that ends the expression which starts at `start`."""
        data, opened, position = self._data, list[int](), start
        while found := _EXPRESSION.search(data, position, self._end):
            at, character = found.start(), found.group()
            position = at + 1
            if character in (b"(", b"[", b"{"):
                opened.append(at)
            elif character in _OPENING:
                if not opened and character == b"}":
                    return at
                self._close(opened, at, character)
            elif character == b"!" and data[position : position + 1] == b"=":
                position += 1
            elif character not in (b"!", b":"):
                position = self._token(at)
            elif not opened:
                return at
        raise _Unfinished("", start, start)

    def _close(self, opened: list[int], at: int, character: bytes) -> None:
        closing = character.decode()
        if not opened:
            raise _Unfinished(f"unmatched '{closing}'", at, at + 1)
        opening = self._data[opened[-1] : opened[-1] + 1]
        if opening != _OPENING[character]:
            message = f"closing parenthesis '{closing}' does not match opening parenthesis '{opening.decode()}'"
            raise _Unfinished(message, at, at + 1)
        opened.pop()

    def _fstring(self, at: int, opening: Opening) -> int:
        position, fields = at + len(opening.quote), list[Field]()
        self._quotes.append(opening.quote)
        while found := opening.text_pattern.search(self._data, position, self._end):
            token = found.group()
            position = found.end()
            if token == opening.quote:
                self._marks.fstrings.append(FString(at, position, fields))
                self._quotes.pop()
                return position
            if token == b"{":
                field = Field(position, position)
                self._field(field, opening.spec_pattern)
                fields.append(field)
                position = field.stop
            elif token == b"\n":
                break
        raise _Unfinished("unterminated f-string literal in a hole", at, at + 1)
