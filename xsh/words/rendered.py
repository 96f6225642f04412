"""What a literal becomes when its values are known: an argv, or a text for a shell with the values beside it."""

from __future__ import annotations

from xsh.words.frozen import Frozen, set_field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.words.shape import Place, Span


class Argv(Frozen):
    """A program and its arguments, executed directly."""

    __slots__ = ("words",)

    words: tuple[str, ...]

    def __init__(self, words: tuple[str, ...]) -> None:
        set_field(self, "words", words)


class ShellText(Frozen):
    """A script for a shell and its positional parameters, which are the only place where values are.

    `single_pipeline` says that it is exactly one pipeline. `pieces` and `values` are what `display` shows: the text as
    the user wrote it, and what stood in its holes by number.
    """

    __slots__ = ("text", "params", "single_pipeline", "pieces", "values")  # noqa: RUF023 - the order of `__init__`

    text: str
    params: tuple[str, ...]
    single_pipeline: bool
    pieces: tuple[str | Place | Span, ...]
    values: tuple[tuple[int, str | tuple[str, ...]], ...]

    def __init__(
        self,
        text: str,
        params: tuple[str, ...] = (),
        single_pipeline: bool = False,
        pieces: tuple[str | Place | Span, ...] = (),
        values: tuple[tuple[int, str | tuple[str, ...]], ...] = (),
    ) -> None:
        set_field(self, "text", text)
        set_field(self, "params", params)
        set_field(self, "single_pipeline", single_pipeline)
        set_field(self, "pieces", pieces)
        set_field(self, "values", values)


class Function(Frozen):
    """A stage of a pipeline that is a Python value: a callable, or an object whose `is_stage` is true."""

    __slots__ = ("value",)

    value: object

    def __init__(self, value: object) -> None:
        set_field(self, "value", value)


if TYPE_CHECKING:
    Stage = Argv | ShellText | Function
    Rendered = Argv | ShellText | tuple[Stage, ...]
