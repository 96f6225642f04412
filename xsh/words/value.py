"""What a hole's value becomes: one text, or one for each item of a list."""

from __future__ import annotations

from xsh.errors import TemplateError
from xsh.result import Result
from xsh.words.place import check_encodable, hole_name
from xsh.words.raw import Raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn, TypeGuard

    from xsh.words.template import InterpolationLike, TemplateLike

    Text = str | Raw
    Words = Text | tuple[Text, ...]

_CONVERSIONS: dict[str, Callable[[object], str]] = {"r": repr, "s": str, "a": ascii}


class RawFound(TypeError):
    """A value is shell text, so that the literal must be read again with it; an error where there is no literal."""

    def __init__(self) -> None:
        super().__init__("raw shell text can stand in a literal only")


class Values:
    """The values of a template's holes, each taken once, so that a generator is asked once."""

    __slots__ = ("taken", "template")

    def __init__(self, template: TemplateLike) -> None:
        self.template = template
        self.taken: dict[int, Words] = {}

    def name(self, index: int) -> str:
        """How an error names the hole."""
        return hole_name(index, tuple([hole.expression for hole in self.template.interpolations]))

    def words(self, index: int, where: str = "") -> str | tuple[str, ...]:
        """The text of a hole, or a tuple of texts if its value is a list; `where` says where it stands.

        Raises TypeError for a value that is no word, TemplateError for a NUL or a lone surrogate, RawFound.
        """
        hole = self.template.interpolations[index]
        value = hole.value
        if (
            type(value) is str
            and value.isascii()
            and not hole.conversion
            and not hole.format_spec
            and "\0" not in value
        ):
            return value
        words = self.take(index, where)
        if isinstance(words, str):
            return words
        if isinstance(words, Raw):
            raise RawFound
        texts = tuple([word for word in words if isinstance(word, str)])
        if len(texts) != len(words):
            raise RawFound
        return texts

    def take(self, index: int, where: str = "") -> Words:
        """The same as `words`, with raw text among them."""
        if index not in self.taken:
            hole = self.template.interpolations[index]
            value = self._formatted(hole, index) if hole.conversion or hole.format_spec else hole.value
            self.taken[index] = _Hole(self, index, where).words(value)
        return self.taken[index]

    def number(self, index: int) -> str:
        """The text of a hole that stands in arithmetic; raises TemplateError unless it is an `int` of 64 bits."""
        hole = self.template.interpolations[index]
        value = hole.value
        where = f"{self.name(index)} stands in shell arithmetic, which takes an int"
        if hole.conversion or hole.format_spec or isinstance(value, bool) or not isinstance(value, int):
            raise TemplateError(
                f"{where}, not {type(value).__name__}", hint=f"write ${{int({hole.expression or 'x'})}}"
            )
        if not -(2**63) <= value < 2**63:
            raise TemplateError(f"{where} of at most 64 bits")
        return int.__repr__(value)

    def _formatted(self, hole: InterpolationLike, index: int) -> str:
        """The value with its conversion and format spec, as in an f-string."""
        value = hole.value
        if hole.conversion:
            value = _CONVERSIONS[hole.conversion](value)
        try:
            return format(value, hole.format_spec)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.name(index)} cannot be formatted: {error}") from error


class _Hole:
    """One hole while its value is turned into words."""

    __slots__ = ("index", "values", "where")

    def __init__(self, values: Values, index: int, where: str) -> None:
        self.values = values
        self.index = index
        self.where = where

    def words(self, value: object) -> Words:
        """The text of `value`, or a tuple of texts."""
        text = self.text(value)
        if text is not None:
            return text
        if not _is_list(value):
            self.reject(value)
        found: list[Text] = []
        try:
            self.flatten(value, found)
        except RecursionError:
            raise TemplateError(f"{self.values.name(self.index)} is a list that is nested too deeply") from None
        return tuple(found)

    def flatten(self, items: Iterable[object], found: list[Text]) -> None:
        """Adds the texts of `items` to `found`, lists in it included."""
        for item in items:
            text = self.text(item)
            if text is not None:
                found.append(text)
            elif _is_list(item):
                self.flatten(item, found)
            else:
                self.reject(item, " holds")

    def text(self, value: object) -> Text | None:
        """The text of a value that is one word, None for any other."""
        kind: type[object] = type(value)
        if isinstance(value, str):
            text = str.__str__(value)
        elif isinstance(value, Raw):
            return value
        elif isinstance(value, bool):
            return None
        elif isinstance(value, int):
            text = int.__repr__(value)
        elif isinstance(value, float):
            text = float.__repr__(value)
        elif isinstance(value, bytes):
            text = value.decode("utf-8", "surrogateescape")
        elif isinstance(value, Result):
            text = value.text
        elif (to_path := getattr(kind, "__fspath__", None)) is not None:
            path: object = to_path(value)
            text = path.decode("utf-8", "surrogateescape") if isinstance(path, bytes) else str(path)
        else:
            return None
        if "\0" in text:
            raise TemplateError(f"{self.values.name(self.index)} holds a NUL character, which no program can be given")
        if not text.isascii():
            check_encodable(text, self.values.name(self.index))
        return text

    def reject(self, value: object, holds: str = "") -> NoReturn:
        """Raises the TypeError for a value that is no word."""
        expression = self.values.template.interpolations[self.index].expression or "x"
        what, fix = _fault(value, expression)
        name = self.values.name(self.index)
        where = f" {self.where}," if self.where and name.endswith(",") else f", {self.where}," if self.where else ""
        raise TypeError(f"{name}{where}{holds or ' is'} {what}: {fix}")


def _is_list(value: object) -> TypeGuard[Iterable[object]]:
    """Whether the items of `value` are words: a list, tuple, set, iterator or the like, but no mapping and no file."""
    kind: type[object] = type(value)
    if kind is list or kind is tuple:
        return True
    if not hasattr(kind, "__iter__") or isinstance(value, (str, bytes, bytearray, memoryview, dict, type)):
        return False
    if hasattr(kind, "__await__"):
        return bool(getattr(value, "is_words", False))
    return not (hasattr(kind, "keys") or hasattr(kind, "read") or callable(value))


def _fault(value: object, expression: str) -> tuple[str, str]:
    """What is wrong with a value that is no word, and how to put it right."""
    cls: type[object] = type(value)
    kind = cls.__name__
    if value is None:
        return "None", f"write `${{{expression} or ''}}` for an empty word, `${{{expression} or []}}` for no word"
    if isinstance(value, bool):
        return (
            f"a bool ({value})",
            f"write `${{'--flag' if {expression} else []}}` for an option, `${{str({expression}).lower()}}` for its name",
        )
    if isinstance(value, dict) or hasattr(cls, "keys"):
        return f"a {kind}", f"say how, as in `${{[f'{{k}}={{v}}' for k, v in {expression}.items()]}}`"
    if hasattr(cls, "__await__"):
        return f"a {kind} that was not awaited", f"write `${{await {expression}}}`"
    if hasattr(cls, "__aiter__"):
        return f"an asynchronous {kind}", f"collect it first: `${{[item async for item in {expression}]}}`"
    if isinstance(value, type):
        return f"the class {value.__name__}", "a word is text, a number, a path or a list of these"
    if callable(value):
        return f"a {kind}", f"call it, or let it be a whole stage: `… | ${{{expression}}} | …`"
    if isinstance(value, (bytearray, memoryview)):
        return f"a {kind}", f"write `${{bytes({expression})}}`"
    return f"a {kind}", f"a word is text, a number, a path or a list of these; write `${{{expression}!s}}` for its text"
