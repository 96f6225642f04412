"""A script as plain Python: the same tree, with calls of the library where the literals stood."""

from __future__ import annotations

import ast

from xsh.script.check.program import program
from xsh.script.source.graft import LOOP, OPERAND, SHELL, STATEMENT, UNSTARTED
from xsh.script.source.literal import TEMPLATE
from xsh.script.source.parse import generate, parse

# After these a command has said where its output goes, or is no command any more.
_SAID = frozenset(("show", "tee", "quiet", "text", "lines", "json", "bytes", "ok", "code"))


def to_python(source: str, filename: str) -> str:
    """A Python program (3.11 or later) that does the same by ``from xsh import sh``; comments are lost.

    What awaits at the top level, and all that follows it, moves into one coroutine function. Raises as `compile_source`.
    """
    parsed = parse(source, filename)
    generate(parsed)
    body = _Calls(parsed.tree).visit(parsed.tree).body
    return "#!/usr/bin/env python3\n" + ast.unparse(ast.fix_missing_locations(program(body))) + "\n"


class _Calls(ast.NodeTransformer):
    """Writes hidden names, literals and the wrappers around them as calls of the library."""

    def __init__(self, tree: ast.Module) -> None:
        self._shells = _shell_names(tree)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """`$` is `sh`."""
        return ast.Name("sh", node.ctx) if node.id == SHELL else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A literal becomes a call with text; a hidden call gives way to what it wraps."""
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name == STATEMENT:
            shown = self._is_command(node.args[0])
            command: ast.expr = self.visit(node.args[0])
            return _method(command, "show") if shown else command
        if name == OPERAND:
            operand: ast.expr = self.visit(node.args[0])
            return operand
        if len(node.args) != 1 or not _is_template(node.args[0]):
            self.generic_visit(node)
            return node
        known = self._is_shell(node.func)
        template = node.args[0]
        if not isinstance(template, ast.Call):  # a t-string, from Python 3.14 on, which the library takes as it is
            self.generic_visit(node)
            return node
        text, values = self._text(template)
        function = self.visit(node.func)
        if known:
            return ast.Call(function, [text], [ast.keyword(name, value) for name, value in values.items()])
        mapping = ast.Dict([ast.Constant(name) for name in values], list(values.values()))
        return ast.Call(function, [ast.Call(ast.Name("from_format", ast.Load()), [text, mapping], [])], [])

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.stmt:
        """The hidden block around an ``async for`` goes."""
        manager = node.items[0].context_expr
        if isinstance(manager, ast.Call) and isinstance(manager.func, ast.Name) and manager.func.id == LOOP:
            loop = node.body[0]
            assert isinstance(loop, ast.AsyncFor)
            loop.iter = manager.args[0]
            self.generic_visit(loop)
            return loop
        self.generic_visit(node)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """An f-string with a literal in it is written as a call of `format`: in 3.11 its quotes would not nest."""
        if not any(isinstance(part, ast.expr) and _is_template(part) for part in ast.walk(node)):
            self.generic_visit(node)
            return node
        values: list[ast.expr] = []
        text = self._format(node, values, escape=True)
        return ast.Call(ast.Attribute(ast.Constant(text), "format", ast.Load()), values, [])

    def _format(self, node: ast.JoinedStr, values: list[ast.expr], *, escape: bool) -> str:
        """The format string of an f-string or of a spec in it; the fields' values are added to `values`."""
        text = ""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                values.append(self.visit(part.value))
                conversion = "!" + chr(part.conversion) if part.conversion > 0 else ""
                spec = part.format_spec
                inner = ":" + self._format(spec, values, escape=False) if isinstance(spec, ast.JoinedStr) else ""
                text += "{" + conversion + inner + "}"
            elif isinstance(part, ast.Constant):
                text += str(part.value).replace("{", "{{").replace("}", "}}") if escape else str(part.value)
        return text

    def _text(self, template: ast.Call) -> tuple[ast.Constant, dict[str, ast.expr]]:
        """The text of a literal with named fields, and their values."""
        texts, holes = template.args
        assert isinstance(texts, ast.Tuple)
        assert isinstance(holes, ast.Tuple)
        text, values = "", dict[str, ast.expr]()
        for index, part in enumerate(texts.elts):
            assert isinstance(part, ast.Constant)
            text += _escaped(str(part.value))
            if index < len(holes.elts):
                name, value = self._field(holes.elts[index], values, index)
                values[name] = value
                text += f"${{{name}}}"
        return ast.Constant(text), values

    def _field(self, hole: ast.expr, known: dict[str, ast.expr], index: int) -> tuple[str, ast.expr]:
        assert isinstance(hole, ast.Tuple)
        value, _, conversion, spec = hole.elts
        assert isinstance(conversion, ast.Constant)
        plain = conversion.value is None and isinstance(spec, ast.Constant) and not spec.value
        name = value.id if isinstance(value, ast.Name) and plain else ""
        if name and name != SHELL and (name not in known or isinstance(known[name], ast.Name)):
            return name, value
        name = f"value{index + 1}"
        while name in known:
            name += "_"
        visited = self.visit(value)
        if plain:
            return name, visited
        code = ord(str(conversion.value)) if conversion.value else -1
        wanted = ast.JoinedStr([spec]) if isinstance(spec, ast.Constant) and spec.value else spec
        inner = self.visit(wanted) if isinstance(wanted, ast.JoinedStr) else None
        return name, ast.JoinedStr([ast.FormattedValue(visited, code, inner)])

    def _is_shell(self, tag: ast.expr) -> bool:
        """Whether a tag surely is a shell object, which takes text, and no function of the user's."""
        while isinstance(tag, ast.Call | ast.Attribute):
            tag = tag.func if isinstance(tag, ast.Call) else tag.value
        return isinstance(tag, ast.Name) and (tag.id == SHELL or tag.id in self._shells)

    def _is_command(self, node: ast.expr) -> bool:
        """Whether an awaited statement is plainly a command that has not said where its output goes."""
        if isinstance(node, ast.BinOp):
            return isinstance(node.op, ast.BitOr) and (self._is_command(node.left) or self._is_command(node.right))
        if not isinstance(node, ast.Call):
            return False
        if len(node.args) == 1 and _is_template(node.args[0]):
            return self._is_shell(node.func)
        method = node.func
        return isinstance(method, ast.Attribute) and method.attr in UNSTARTED - _SAID and self._is_command(method.value)


def _escaped(text: str) -> str:
    r"""Static text with the shell's own `${` written `\${` again; a backslash and what follows it stay together."""
    escaped, at = "", 0
    while at < len(text):
        if text[at] == "\\":
            escaped += text[at : at + 2]
            at += 2
        else:
            escaped += "\\$" if text.startswith("${", at) else text[at]
            at += 1
    return escaped


def _is_template(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == TEMPLATE
    return type(node).__name__ == "TemplateStr"


def _method(value: ast.expr, name: str) -> ast.expr:
    return ast.Call(ast.Attribute(value, name, ast.Load()), [], [])


def _shell_names(tree: ast.Module) -> set[str]:
    """Names that are only ever bound to a shell made by `$(…)` or `$.name(…)`."""
    shells: set[str] = set()
    others: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            (shells if _makes_shell(node.value) else others).add(node.targets[0].id)
        elif isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
            (shells if _makes_shell(node.context_expr) else others).add(node.optional_vars.id)
    return shells - others | {"sh"} - others


def _makes_shell(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or any(_is_template(argument) for argument in node.args):
        return False
    function = node.func
    if isinstance(function, ast.Attribute):
        if function.attr not in {"ssh", "via", "docker", "kubectl", "sudo", "dask", "fleet"}:
            return False
        function = function.value
    return isinstance(function, ast.Name) and function.id == SHELL
