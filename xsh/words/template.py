"""What a literal says before it runs: its static text and its holes, in the shape of PEP 750."""

from __future__ import annotations

from xsh.errors import TemplateError
from xsh.words.frozen import Frozen, set_field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Protocol

    class InterpolationLike(Protocol):
        """One hole, ours or that of Python's own `string.templatelib`."""

        @property
        def value(self) -> object:
            """What stands in the hole."""
            ...

        @property
        def expression(self) -> str:
            """The source of the expression."""
            ...

        @property
        def conversion(self) -> str | None:
            """`r`, `s`, `a` or None."""
            ...

        @property
        def format_spec(self) -> str:
            """The format spec, empty if there is none."""
            ...

    class TemplateLike(Protocol):
        """What everything downstream reads of a template, ours or Python's own."""

        @property
        def strings(self) -> tuple[str, ...]:
            """The static texts, one more than the holes."""
            ...

        @property
        def interpolations(self) -> tuple[InterpolationLike, ...]:
            """The holes."""
            ...


class Interpolation(Frozen):
    """A hole: its value, the source of its expression, its conversion (`r`, `s`, `a` or None) and its format spec."""

    __module__ = "xsh"
    __slots__ = ("value", "expression", "conversion", "format_spec")  # noqa: RUF023 - the order of PEP 750

    value: object
    expression: str
    conversion: str | None
    format_spec: str

    def __init__(
        self, value: object, expression: str = "", conversion: str | None = None, format_spec: str = ""
    ) -> None:
        set_field(self, "value", value)
        set_field(self, "expression", expression)
        set_field(self, "conversion", conversion)
        set_field(self, "format_spec", format_spec)


class Template(Frozen):
    """The static strings of a literal, always one more than its holes, and the holes between them."""

    __module__ = "xsh"
    __slots__ = ("strings", "interpolations")  # noqa: RUF023 - the order of PEP 750

    strings: tuple[str, ...]
    interpolations: tuple[Interpolation, ...]

    def __init__(self, strings: tuple[str, ...], interpolations: tuple[Interpolation, ...] = ()) -> None:
        if len(strings) != len(interpolations) + 1:
            raise ValueError(f"a template of {len(interpolations)} holes needs {len(interpolations) + 1} strings")
        set_field(self, "strings", strings)
        set_field(self, "interpolations", interpolations)

    @property
    def values(self) -> tuple[object, ...]:
        """The values of the holes, in order."""
        return tuple([hole.value for hole in self.interpolations])

    def __iter__(self) -> Iterator[str | Interpolation]:
        for text, hole in zip(self.strings, self.interpolations, strict=False):
            if text:
                yield text
            yield hole
        if self.strings[-1]:
            yield self.strings[-1]


def build(strings: tuple[str, ...], holes: tuple[tuple[object, str, str | None, str], ...]) -> Template:
    """The template of a compiled literal; each hole is (value, expression, conversion, format spec)."""
    return Template(strings, tuple([Interpolation(*hole) for hole in holes]))


def from_format(text: str, values: Mapping[str, object]) -> Template:
    r"""The template of `text` with `${name}` fields, filled from `values`; `\${` is the shell's own `${`.

    Raises TemplateError for a field that is no plain name, a name without a value and a value without a field.
    """
    strings: list[str] = []
    holes: list[Interpolation] = []
    pending = ""
    start = at = 0
    while (at := _next_mark(text, at)) >= 0:
        if text[at] == "\\":
            if text.startswith("${", at + 1):
                pending += text[start:at]
                start = at + 1
            at += 2
            continue
        end = text.find("}", at)
        name = text[at + 2 : end] if end >= 0 else ""
        holes.append(Interpolation(_value_of(name, at, values), name))
        strings.append(pending + text[start:at])
        pending = ""
        start = at = end + 1
    strings.append(pending + text[start:])
    unused = [name for name in values if all(name != hole.expression for hole in holes)]
    if unused:
        raise TemplateError(
            f"no field of the text uses {_listed(unused)}", hint=f"write ${{{unused[0]}}} where the value belongs"
        )
    return Template(tuple(strings), tuple(holes))


def _next_mark(text: str, at: int) -> int:
    """Where the next backslash or `${` stands from `at` on, -1 if nowhere."""
    dollar, backslash = text.find("${", at), text.find("\\", at)
    if dollar < 0 or backslash < 0:
        return max(dollar, backslash)
    return min(dollar, backslash)


def _value_of(name: str, at: int, values: Mapping[str, object]) -> object:
    """The value of the field `name` that stands at character `at`."""
    if not name.isidentifier():
        raise TemplateError(
            f"`${{` at character {at + 1} opens no field: a field is a plain name, as in ${{name}}",
            hint="the shell's own `${` is written `\\${` in a raw string, or `$VAR`",
        )
    if name not in values:
        raise TemplateError(
            f"no value was given for ${{{name}}}", hint=f"pass {name}=…; the shell's own variable is written ${name}"
        )
    return values[name]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
