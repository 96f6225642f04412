"""What a scan finds in a source: names, literals, holes, statements, f-strings, by byte offset."""

from __future__ import annotations


class Field:
    """A replacement field of an f-string or of a hole's format spec.

    `start` to `end` is its expression, `colon` where its format spec starts, `stop` lies behind its closing brace, and
    `debug` tells that the expression ends in the `=` that shows it.
    """

    __slots__ = ("colon", "conversion", "debug", "end", "fields", "start", "stop")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.stop = end
        self.conversion: str | None = None
        self.colon: int | None = None
        self.debug = False
        self.fields: list[Field] = []


class FString:
    """An f-string: `start` is its opening quote, `end` lies behind the closing one."""

    __slots__ = ("end", "fields", "start")

    def __init__(self, start: int, end: int, fields: list[Field]) -> None:
        self.start = start
        self.end = end
        self.fields = fields


class Hole(Field):
    """A `${…}`; `opening` is its dollar."""

    __slots__ = ("opening",)

    def __init__(self, opening: int, start: int, end: int) -> None:
        super().__init__(start, end)
        self.opening = opening


class Literal:
    """A backtick literal; `fence` is the number of backticks on either side, 0 for the text of a statement.

    `start` and `end` take the fences in; for a statement `start` is its dollar and the text starts two bytes later.
    """

    __slots__ = ("end", "fence", "holes", "start")

    def __init__(self, start: int, end: int, fence: int, holes: list[Hole]) -> None:
        self.start = start
        self.end = end
        self.fence = fence
        self.holes = holes

    @property
    def text_start(self) -> int:
        """The offset of the first byte of the text."""
        return self.start + (self.fence or 2)

    @property
    def text_end(self) -> int:
        """The offset behind the last byte of the text."""
        return self.end - self.fence


class Marks:
    """Everything found in one source, each list in the order of the source; nested literals are listed too."""

    __slots__ = ("fstrings", "literals", "names", "statements")

    def __init__(self) -> None:
        self.names: list[int] = []
        self.literals: list[Literal] = []
        self.statements: list[Literal] = []
        self.fstrings: list[FString] = []

    def __len__(self) -> int:
        return len(self.names) + len(self.literals) + len(self.statements)
