"""A literal's static texts, and the node that builds its template at run time."""

from __future__ import annotations

import ast
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.script.source.marks import Field, Hole, Literal
    from xsh.script.source.source import Source

TEMPLATE = "__xsh_template__"
_HOLE = "\0"
_ESCAPED = re.compile(r"\\(`|\$\{|.)", re.DOTALL)


def static_texts(source: Source, literal: Literal) -> tuple[str, ...]:
    """The text before, between and behind the holes: always one more than there are holes.

    A literal of three backticks is dedented: a blank first and last line are dropped, and the white space that all
    lines with text or a hole have in common is taken from each, the line of the opening backticks apart.
    """
    start = literal.text_start
    raw: list[str] = []
    for hole in literal.holes:
        raw.append(source.slice(start, hole.opening))
        start = hole.stop
    raw.append(source.slice(start, literal.text_end))
    if literal.fence == 3:
        raw = _dedent(_HOLE.join(raw)).split(_HOLE)
    elif literal.fence == 0:
        raw[0] = raw[0].lstrip(" \t")
    return tuple(_ESCAPED.sub(_unescape, text) if "\\" in text else text for text in raw)


def _unescape(found: re.Match[str]) -> str:
    escaped = found.group(1)
    return escaped if escaped in {"`", "${"} else found.group()


def _dedent(text: str) -> str:
    lines = text.split("\n")
    margin: str | None = None
    for line in lines[1:]:
        if line.strip(" \t\f"):
            indent = line[: len(line) - len(line.lstrip(" \t"))]
            margin = indent if margin is None else _common(margin, indent)
    margin = margin or ""
    kept = lines[:1]
    for line in lines[1:]:
        kept.append(line[len(margin) :] if line.startswith(margin) else "")
    if not kept[0].strip(" \t\f"):
        del kept[0]
    if kept and not kept[-1].strip(" \t\f"):
        del kept[-1]
    return "\n".join(kept)


def _common(left: str, right: str) -> str:
    length = 0
    while length < min(len(left), len(right)) and left[length] == right[length]:
        length += 1
    return left[:length]


def template_node(source: Source, literal: Literal, values: list[ast.expr]) -> ast.expr:
    """The expression that builds the literal's template; `values` are the masked holes in order.

    Before Python 3.14 a call of `__xsh_template__` with the texts and a tuple for each hole, from 3.14 on the nodes of
    a t-string (PEP 750).
    """
    builder = TemplateBuilder(source, literal)
    texts = static_texts(source, literal)
    parts = [builder.split(hole, value) for hole, value in zip(literal.holes, values, strict=True)]
    if sys.version_info >= (3, 14):
        return builder.native(texts, parts)
    return builder.call(texts, parts)


class TemplateBuilder:
    """Makes the nodes for one literal, each with its place in the source."""

    def __init__(self, source: Source, literal: Literal) -> None:
        self._source = source
        self._literal = literal

    def split(self, hole: Hole, node: ast.expr) -> tuple[ast.expr, list[ast.expr]]:
        """The value of a hole and the fields of its format spec, taken apart from the mask's ``(a, (w)(p))``."""
        if not hole.fields:
            return node, []
        if not isinstance(node, ast.Tuple):  # pragma: no cover - the mask writes a tuple
            raise self._source.error("a hole with a nested format spec holds one expression", hole.start, hole.end)
        *values, chain = node.elts
        fields: list[ast.expr] = []
        for field in reversed(hole.fields[1:]):
            if not isinstance(chain, ast.Call) or len(chain.args) != 1 or chain.keywords:
                raise self._source.error("a field of a format spec holds one expression", field.start, field.end)
            fields.append(chain.args[0])
            chain = chain.func
        fields.append(chain)
        value = values[0] if len(values) == 1 else self._at(ast.Tuple(values, ast.Load()), hole.start, hole.end)
        return value, fields[::-1]

    def call(self, texts: tuple[str, ...], parts: list[tuple[ast.expr, list[ast.expr]]]) -> ast.expr:
        """``__xsh_template__(texts, ((value, expression, conversion, spec), …))``."""
        holes: list[ast.expr] = []
        for hole, (value, fields) in zip(self._literal.holes, parts, strict=True):
            span = hole.opening, hole.stop
            text = self._source.slice(hole.start, hole.end).strip()
            elements = [
                value,
                self._at(ast.Constant(text), *span),
                self._at(ast.Constant(hole.conversion), *span),
                self._spec(hole, fields) or self._at(ast.Constant(""), *span),
            ]
            holes.append(self._at(ast.Tuple(elements, ast.Load()), *span))
        span = self._span
        function = self._at(ast.Name(TEMPLATE, ast.Load()), *span)
        strings = self._at(ast.Tuple([self._at(ast.Constant(text), *span) for text in texts], ast.Load()), *span)
        return self._at(ast.Call(function, [strings, self._at(ast.Tuple(holes, ast.Load()), *span)], []), *span)

    def native(self, texts: tuple[str, ...], parts: list[tuple[ast.expr, list[ast.expr]]]) -> ast.expr:
        """The same as a ``TemplateStr`` node."""
        template_str, interpolation = vars(ast)["TemplateStr"], vars(ast)["Interpolation"]
        values: list[ast.expr] = []
        for index, text in enumerate(texts):
            if text:
                values.append(self._at(ast.Constant(text), *self._span))
            if index < len(parts):
                hole, (value, fields) = self._literal.holes[index], parts[index]
                conversion = ord(hole.conversion) if hole.conversion else -1
                spec = self._spec(hole, fields)
                if isinstance(spec, ast.Constant):
                    spec = self._at(ast.JoinedStr([spec]), hole.opening, hole.stop)
                name = self._source.slice(hole.start, hole.end).strip()
                values.append(self._at(interpolation(value, name, conversion, spec), hole.opening, hole.stop))
        node: ast.expr = template_str(values)
        return self._at(node, *self._span)

    def _spec(self, hole: Hole, fields: list[ast.expr]) -> ast.expr | None:
        if hole.colon is None:
            return None
        span = hole.opening, hole.stop
        start, values = hole.colon + 1, list[ast.expr]()
        for field, node in zip(hole.fields, fields, strict=True):
            values += self._text(start, field.start - 1)
            values.append(self._at(ast.FormattedValue(node, _conversion(field)), *span))
            start = field.stop
        values += self._text(start, hole.stop - 1)
        if not hole.fields:
            return values[0] if values else None
        return self._at(ast.JoinedStr(values), *span)

    def _text(self, start: int, end: int) -> list[ast.expr]:
        return [self._at(ast.Constant(self._source.slice(start, end)), start, end)] if start < end else []

    @property
    def _span(self) -> tuple[int, int]:
        literal = self._literal
        if literal.fence:
            return literal.start, literal.end
        return literal.start, literal.start + len(self._source.data[literal.start : literal.end].rstrip())

    def _at(self, node: ast.expr, start: int, end: int) -> ast.expr:
        return self._source.place(node, start, end)


def _conversion(field: Field) -> int:
    return ord(field.conversion) if field.conversion else -1
