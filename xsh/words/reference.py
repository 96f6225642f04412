"""Writes shell text whose holes are references to positional parameters, each written for the place where it stands.

The text is run as `SHELL -c TEXT xsh v1 v2 …`. Its first statements copy the parameters into variables of a name that
occurs nowhere in the text, and forget the parameters, so that `set --`, functions and `$#` mean what the user wrote.
The variables are not exported.
"""

from __future__ import annotations

from xsh.errors import TemplateError
from xsh.words.shape import Place, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.words.shape import Writing
    from xsh.words.value import Values

    Piece = str | Place | Span

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_WHERE = {
    "bare": "",
    "double": "in double quotes",
    "single": "in single quotes",
    "ansi": "in $'…'",
    "text": "in a here-document",
    "braces": "in the word of `${…}`",
    "arithmetic": "in arithmetic",
}
_MANY = 500
"""From this many items on, a list in a shell without arrays stays in `$@`, since a script is at most 128 KiB."""


class Writer:
    """Writes the pieces of a shell text once; `params` are the values in the order of their references."""

    def __init__(self, values: Values, shell: str, text: str) -> None:
        self.values = values
        self.shell = shell
        self.has_arrays = shell in ("bash", "zsh")
        self.prefix = "__x"
        while self.prefix in text:
            self.prefix += "x"
        self.keeps_parameters = _mentions_parameters(text)
        self.params: list[str] = []
        self.rest: tuple[str, ...] | None = None  # what stays in `$@`
        self.used: dict[int, str | tuple[str, ...]] = {}

    def write(self, pieces: tuple[Piece, ...]) -> str:
        """The text of `pieces`."""
        written: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                written.append(piece)
            elif isinstance(piece, Place):
                written.append(self.place(piece))
            else:
                written.append(self.word(piece) if piece.is_word else self.write(piece.pieces))
        return "".join(written)

    def place(self, place: Place) -> str:
        """The reference of a hole that is one text."""
        if place.rule == "int":
            text = self.values.number(place.index)
            self.used[place.index] = text
            reference = self.reference(text)
            if place.writing == "arithmetic":
                return f"({reference})" if text[0] == "-" else reference
        else:
            text = self.text(place)
            self.used[place.index] = text
            reference = self.reference(text)
        return written_for(place.writing, reference)

    def text(self, place: Place) -> str:
        """The one text of a hole; raises TemplateError if its value does not fit the place."""
        words = self.items(place)
        if isinstance(words, str):
            return words
        if place.rule == "joined" or place.writing != "bare":
            return " ".join(words)
        if len(words) != 1:
            name = self.values.name(place.index)
            raise TemplateError(f"{name} is a list of {len(words)} where the shell takes exactly one word")
        return words[0]

    def items(self, place: Place) -> str | tuple[str, ...]:
        """The text or texts of a hole, checked by the rule of its place."""
        words = self.values.words(place.index, _WHERE[place.writing])
        if place.rule in ("name", "declare"):
            for text in words if isinstance(words, tuple) else (words,):
                self.check_name(place, text)
        return words

    def check_name(self, place: Place, text: str) -> None:
        """Raises TemplateError for a value that a builtin would take for more than a name: it may run a subscript."""
        name, _, _ = text.partition("=") if place.rule == "declare" else (text, "", "")
        if not _NAME.issuperset(name.removeprefix("-")):
            raise TemplateError(f"{self.values.name(place.index)} is no name of a variable: {text!r}")

    def word(self, span: Span) -> str:
        """A word, once for each item of the lists in it; of two lists the left varies slowest."""
        lists = {at: items for at, piece in enumerate(span.pieces) if (items := self.spread(piece)) is not None}
        if not lists:
            return self.write(span.pieces)
        if not all(lists.values()):
            return f"${{{self.prefix}0+}}"  # expands to no word, and keeps the command one where it is the only word
        if len(span.pieces) == 1:
            return self.whole(lists[0])
        words = [""]
        for at, piece in enumerate(span.pieces):
            parts = self.references(lists[at]) if at in lists else [self.write((piece,))]
            words = [word + part for word in words for part in parts]
        return " ".join(words)

    def spread(self, piece: Piece) -> tuple[str, ...] | None:
        """The items of a hole that is a bare list, None for anything else."""
        if not isinstance(piece, Place) or piece.writing != "bare" or piece.rule not in ("words", "declare", "name"):
            return None
        items = self.items(piece)
        self.used[piece.index] = items
        return items if isinstance(items, tuple) else None

    def references(self, items: tuple[str, ...]) -> list[str]:
        """A quoted reference for each item of a list."""
        return [f'"{self.reference(item)}"' for item in items]

    def whole(self, items: tuple[str, ...]) -> str:
        """The references of a list that is a word of its own."""
        if len(items) > 1 and self.has_arrays:
            start = len(self.params)
            self.params.extend(items)
            return f'"${{{self.prefix}[@]:{start}:{len(items)}}}"'
        if len(items) >= _MANY and self.rest is None and not self.keeps_parameters:
            self.rest = items
            return '"$@"'
        return " ".join(self.references(items))

    def reference(self, text: str) -> str:
        """An unquoted reference to `text`, a hole's value or an item of it."""
        number = len(self.params)
        self.params.append(text)
        if self.has_arrays:
            return f"${{{self.prefix}[{number + (self.shell == 'zsh')}]}}"
        return f"${{{self.prefix}{number + 1}}}"

    def prologue(self) -> str:
        """The statements that come before the text."""
        if self.rest is not None:
            copies = [f"{self.prefix}{number}=${{{number}}};" for number in range(1, len(self.params) + 1)]
            return "".join(copies) + (f"shift {len(self.params)};" if self.params else "")
        if not self.params:
            return ""
        if self.has_arrays:
            return f'{self.prefix}=("$@");set --;'
        copies = [f"{self.prefix}{number}=${{{number}}};" for number in range(1, len(self.params) + 1)]
        return "".join(copies) + "set --;"

    def parameters(self) -> tuple[str, ...]:
        """The positional parameters, in order."""
        return (*self.params, *(self.rest or ()))


def written_for(writing: Writing, reference: str) -> str:
    """A reference as it is written in its place."""
    if writing == "bare":
        return f'"{reference}"'
    if writing == "single":
        return f"'\"{reference}\"'"
    if writing == "ansi":
        return f"'\"{reference}\"$'"
    return reference


def _mentions_parameters(text: str) -> bool:
    """Whether a text may read or change its positional parameters, or read its words in a function or another file."""
    if any(word in text for word in ("set", "shift", "()", "function", "source", ". ", "eval", "for")):
        return True
    return any(text[at + 1 : at + 2] in "@*#0123456789{" for at, char in enumerate(text) if char == "$")


def sigpipe_trap(prefix: str) -> str:
    """A statement for bash after which a pipeline does not fail because an early stage died of SIGPIPE (141).

    With `pipefail` the status is that of the rightmost stage that failed. When that is 141, and not of the last stage,
    the trap puts the rightmost other failure in its place. `$?` and `PIPESTATUS` are read in one assignment, since a
    second one would find them changed.
    """
    all_, status, one = f"{prefix}s", f"{prefix}r", f"{prefix}i"
    return (
        f'trap \'{all_}=("$?" "${{PIPESTATUS[@]}}");'
        f"if ((${{{all_}[0]}}==141&&${{{all_}[${{#{all_}[@]}}-1]}}!=141));then {status}=0;"
        f'for {one} in "${{{all_}[@]:1}}";do case "${{{one}}}" in 0|141);;*){status}="${{{one}}}";;esac;done;'
        f'exit "${{{status}}}";fi\' EXIT;'
    )
