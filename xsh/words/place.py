"""Where each hole of a literal stands, and which way the literal runs; decided from its static text alone."""

from __future__ import annotations

from xsh.errors import TemplateError
from xsh.words.plain import parse_plain
from xsh.words.shape import HOLE, Hole, Refusal, Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_BLANK = " \t\n"
_NOT_STATIC = frozenset("'\"`$\\*?[~") | {HOLE}


def parse_literal(strings: tuple[str, ...], shell: str = "bash", expressions: tuple[str, ...] = ()) -> Shape:
    """The shape of the literal with these static strings, to be run by `shell`; `expressions` name its holes.

    Raises TemplateError for an empty literal, a NUL or a lone surrogate, an open quote or bracket, and a hole where no
    value can stand.
    """
    return _parsed(literal_shape, strings, shell, expressions)


def parse_shell(strings: tuple[str, ...], shell: str = "bash", expressions: tuple[str, ...] = ()) -> Shape:
    """The shape of the literal as shell text, also where it needs no shell; raises as `parse_literal`."""
    return _parsed(shell_shape, strings, shell, expressions)


def shell_name(shell: str) -> str:
    """The name of a shell from its path or name: `/bin/dash` is `dash`."""
    return shell.rpartition("/")[2]


def literal_shape(text: str, shell: str, first_hole: int = 0) -> Shape:
    """The shape of joined static text for the shell of that name; raises TemplateError or Refusal."""
    plain = parse_plain(text, shell, first_hole)
    if plain is not None and plain.kind != "shell":
        return plain
    words = plain.words if plain is not None else ()
    return shell_shape(text, shell, first_hole, words)


def shell_shape(text: str, shell: str, first_hole: int = 0, words: tuple[tuple[str | Hole, ...], ...] = ()) -> Shape:
    """The `shell` shape of joined static text; raises TemplateError or Refusal."""
    from xsh.words.grammar import Grammar  # most literals need no shell, and its reader costs 2 ms at start-up

    reader = Grammar(text, shell, first_hole)
    reader.commands("")
    reader.flush()
    single = reader.pipelines == 1 and not reader.compounds
    stages: tuple[Shape, ...] = ()
    if single and reader.pipes and HOLE in text and not (reader.merges or reader.has_documents):
        stages = _stages(text, shell, first_hole, reader.pipes)
    first = reader.first_word
    return Shape(
        "shell",
        text,
        first_hole,
        words=words,
        pieces=tuple(reader.pieces),
        single_pipeline=single,
        stages=stages,
        has_pipe=bool(reader.pipes),
        first_word=first if first and _NOT_STATIC.isdisjoint(first) else None,
    )


def _stages(text: str, shell: str, first_hole: int, pipes: list[int]) -> tuple[Shape, ...]:
    """The parts of a pipeline, cut at `pipes`; none unless one of them is exactly one bare hole."""
    starts, ends = [0, *(at + 1 for at in pipes)], [*pipes, len(text)]
    parts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    if all(part.strip(_BLANK) != HOLE for part in parts):
        return ()
    stages: list[Shape] = []
    for part in parts:
        is_hole = part.strip(_BLANK) == HOLE
        stages.append(Shape("hole", part, first_hole) if is_hole else literal_shape(part, shell, first_hole))
        first_hole += part.count(HOLE)
    return tuple(stages)


def _parsed(
    shape_of: Callable[[str, str], Shape], strings: tuple[str, ...], shell: str, expressions: tuple[str, ...]
) -> Shape:
    """The shape that `shape_of` finds, with refused holes as TemplateError."""
    text = HOLE.join(strings)
    if text.count(HOLE) != len(strings) - 1:
        raise TemplateError("no command can hold a NUL character")
    if not text.isascii():
        check_encodable(text, "the command")
    if not text.strip(_BLANK):
        raise TemplateError("empty command")
    try:
        return shape_of(text, shell_name(shell))
    except Refusal as refusal:
        raise TemplateError(
            f"{hole_name(refusal.index, expressions)} stands {refusal.reason}, where no value can stand",
            hint=_HINTS.get(refusal.reason),
        ) from None
    except RecursionError:
        raise TemplateError("the command is nested too deeply") from None


_HINTS = {
    "directly after a backslash": "a value needs no quoting: leave the backslash out",
    "directly after a `$`": "a value needs no `$` before its `${…}`",
    "in a here-document whose delimiter is quoted": "leave the quotes of the delimiter out",
    "inside the shell's own `${…}`": "give the value to a variable of the shell first: `v=${x}`",
    "in a shell comment": "take the comment out of the command",
}


def hole_name(index: int, expressions: tuple[str, ...]) -> str:
    """How an error names a hole: ``hole 2, `${x}`,``."""
    expression = expressions[index] if index < len(expressions) else ""
    if not expression:
        return f"hole {index + 1}"
    if len(expression) > 60:
        expression = expression[:59] + "…"
    return f"hole {index + 1}, `${{{expression}}}`,"


def check_encodable(text: str, name: str) -> None:
    """Raises TemplateError if `text` holds a surrogate that stands for no byte; `name` says what `text` is."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise TemplateError(f"{name} holds the lone surrogate U+{code:04X}, which no program can be given") from None
