"""What a literal is, as found in its static text alone: words, stages or shell text, and where its holes stand."""

from __future__ import annotations

from xsh.words.frozen import Frozen, set_field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal["argv", "pipeline", "shell", "hole"]
    Writing = Literal["bare", "double", "single", "ansi", "text", "braces", "arithmetic"]
    Rule = Literal["words", "joined", "one", "int", "name", "declare"]

HOLE = "\0"
"""Stands for a hole in the joined static strings of a literal, which themselves hold no NUL."""


class Refusal(Exception):
    """A hole stands where no reference can; `index` is its number from 0."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index
        self.reason = reason


class Hole(Frozen):
    """A hole in a word of an argv: its number from 0, and in which quotes it stands, in words; empty if in none."""

    __slots__ = ("index", "where")

    index: int
    where: str

    def __init__(self, index: int, where: str = "") -> None:
        set_field(self, "index", index)
        set_field(self, "where", where)

    @property
    def quoted(self) -> bool:
        """Whether it stands in quotes: a list there is one text."""
        return bool(self.where)


class Place(Frozen):
    """Where a hole stands in shell text.

    `writing` says how its reference is written there: `bare`, in `double`, `single` or `ansi` (`$'…'`) quotes, as
    `text` where quotes would be text too (here-documents), in the word of a quoted
    `${…}` (`braces`), or in `arithmetic`. `rule` says which values fit: `words`
    (a list gives several), `joined` (a list is joined with spaces), `one` (a list of one), `int`, `name` (of a
    variable), `declare` (a name, or a name and `=` and a value).
    """

    __slots__ = ("index", "rule", "writing")

    index: int
    rule: Rule
    writing: Writing

    def __init__(self, index: int, rule: Rule, writing: Writing) -> None:
        set_field(self, "index", index)
        set_field(self, "rule", rule)
        set_field(self, "writing", writing)


class Span(Frozen):
    """A part of shell text that holds places: one word, repeated for each item of a list, or a nested command."""

    __slots__ = ("is_word", "pieces")

    is_word: bool
    pieces: tuple[str | Place | Span, ...]

    def __init__(self, is_word: bool, pieces: tuple[str | Place | Span, ...]) -> None:
        set_field(self, "is_word", is_word)
        set_field(self, "pieces", pieces)


class Shape(Frozen):
    """What a literal is.

    `kind` is `argv` (`words` is filled), `pipeline` (`stages`), `shell` (`pieces`), or, as a stage only, `hole`: the
    stage is one bare hole. A `shell` shape that is one top-level pipeline with a bare hole as a stage has `stages`
    too; one that is plain but for its first word, a builtin, has `words` too. `single_pipeline` says that a shell text
    is exactly one pipeline, `has_pipe` that one has more than one stage; `first_word` is the first word where it is static. `text` is the joined static text,
    `first_hole` the number of its first hole in the whole literal.
    """

    __slots__ = ("first_hole", "first_word", "has_pipe", "kind", "pieces", "single_pipeline", "stages", "text", "words")

    first_hole: int
    first_word: str | None
    has_pipe: bool
    kind: Kind
    pieces: tuple[str | Place | Span, ...]
    single_pipeline: bool
    stages: tuple[Shape, ...]
    text: str
    words: tuple[tuple[str | Hole, ...], ...]

    def __init__(
        self,
        kind: Kind,
        text: str,
        first_hole: int = 0,
        *,
        words: tuple[tuple[str | Hole, ...], ...] = (),
        stages: tuple[Shape, ...] = (),
        pieces: tuple[str | Place | Span, ...] = (),
        single_pipeline: bool = False,
        has_pipe: bool = False,
        first_word: str | None = None,
    ) -> None:
        set_field(self, "kind", kind)
        set_field(self, "text", text)
        set_field(self, "first_hole", first_hole)
        set_field(self, "words", words)
        set_field(self, "stages", stages)
        set_field(self, "pieces", pieces)
        set_field(self, "single_pipeline", single_pipeline)
        set_field(self, "has_pipe", has_pipe)
        set_field(self, "first_word", first_word)

    def places(self) -> tuple[Place, ...]:
        """Every place of a shell text, in order."""
        return tuple(_places(self.pieces))

    def __reduce__(self) -> tuple[object, ...]:
        state = {name: getattr(self, name) for name in self.__slots__}
        return _restored, (state,)


def _restored(state: dict[str, object]) -> Shape:
    """A shape from the fields of another, for pickle and copy."""
    shape = Shape.__new__(Shape)
    for name, value in state.items():
        set_field(shape, name, value)
    return shape


def _places(pieces: tuple[str | Place | Span, ...]) -> list[Place]:
    found: list[Place] = []
    for piece in pieces:
        if isinstance(piece, Place):
            found.append(piece)
        elif isinstance(piece, Span):
            found.extend(_places(piece.pieces))
    return found
