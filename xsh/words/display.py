"""How what runs is shown to people: text that a shell would read back, with the values in place."""

from __future__ import annotations

from xsh.words.quote import quote, quote_always, quote_argv
from xsh.words.rendered import Argv, Function, ShellText
from xsh.words.shape import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.words.rendered import Rendered
    from xsh.words.shape import Span, Writing

_ESCAPED = {"double": '\\$`"', "braces": '\\$`"}', "text": "\\$`"}

LONGEST = 200
"""Values of more characters are shortened."""


def display(rendered: Rendered) -> str:
    """A command line for people; values of more than 200 characters are shortened with `…`."""
    if isinstance(rendered, Argv):
        return quote_argv([_short(word) for word in rendered.words])
    if isinstance(rendered, ShellText):
        if not rendered.pieces:
            return rendered.text
        return _written(rendered.pieces, dict(rendered.values)).strip(" \t\n")
    return " | ".join([_stage(stage) for stage in rendered])


def _stage(stage: Argv | ShellText | Function) -> str:
    """One stage of a pipeline; a Python one by its name."""
    if isinstance(stage, Function):
        name = getattr(stage.value, "__name__", None) or type(stage.value).__name__
        return f"${{{name}}}"
    return display(stage)


def _written(pieces: tuple[str | Place | Span, ...], values: dict[int, str | tuple[str, ...]]) -> str:
    """Shell text as the user wrote it, with the values quoted for the place where they stand."""
    written: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            written.append(piece)
        elif isinstance(piece, Place):
            value = values.get(piece.index, "")
            follows = bool(written) and _ends_in_name(written[-1])
            written.append(_value(piece.writing, value if isinstance(value, str) else " ".join(value), follows=follows))
        else:
            written.append(_word(piece, values) if piece.is_word else _commands(piece, values))
    return "".join(written)


def _commands(span: Span, values: dict[int, str | tuple[str, ...]]) -> str:
    """A nested command; what was written in backticks is shown as `$(…)`."""
    text = _written(span.pieces, values)
    return f"$({text[3:-2]})" if span.pieces[0] == "$( " and span.pieces[-1] == "\n)" else text


def _word(span: Span, values: dict[int, str | tuple[str, ...]]) -> str:
    """A word, once for each item of the lists in it."""
    words = [""]
    for piece in span.pieces:
        value = values.get(piece.index, "") if isinstance(piece, Place) else ""
        if isinstance(value, tuple) and isinstance(piece, Place) and piece.writing == "bare":
            parts = _listed(value)
        elif isinstance(piece, Place):
            text = value if isinstance(value, str) else " ".join(value)
            parts = [_value(piece.writing, text, follows=bool(words) and _ends_in_name(words[-1]))]
        else:
            parts = [_written((piece,), values)]
        words = [word + part for word in words for part in parts]
    return " ".join(words)


def _ends_in_name(text: str) -> bool:
    """Whether what follows `text` could be read as part of the name of a `$variable`."""
    before = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
    return before.endswith("$") and before != text


def _value(writing: Writing, text: str, *, follows: bool) -> str:
    """A value as the user would have had to write it there; `follows` if it stands after a `$variable`."""
    text = _short(text)
    if writing == "bare":
        return quote_always(text) if follows else quote(text)
    if writing == "single":
        return text.replace("'", "'\\''")
    if writing == "ansi":
        return text.replace("\\", "\\\\").replace("'", "\\'")
    if writing == "arithmetic":
        return f"({text})" if text.startswith("-") else text
    for char in _ESCAPED[writing]:
        text = text.replace(char, "\\" + char)
    return '""' + text if follows and writing == "double" else text


def _listed(items: tuple[str, ...]) -> list[str]:
    """The quoted items of a list, up to the longest that is shown."""
    shown: list[str] = []
    room = LONGEST
    for item in items:
        if room < 0:
            return [*shown, "…"]
        shown.append(quote(_short(item)))
        room -= len(shown[-1]) + 1
    return shown


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
