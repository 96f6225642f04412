"""Arranges the statements of a script as a Python module: imports, definitions, one coroutine for all that awaits."""

from __future__ import annotations

import ast

from xsh.errors import ScriptError
from xsh.script.names import HOME_OF, MODULES, OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_OWN = {"env": "env = sh.env", "which": "which = sh.which", "argv": "argv = sys.argv[1:]"}


def program(body: list[ast.stmt]) -> ast.Module:
    """The module that does what `body` does at the top level of a script.

    Raises ScriptError for a ``from … import *`` that cannot be kept out of a function.
    """
    head = _take_head(body)
    first = next((index for index, statement in enumerate(body) if _awaits(statement)), len(body))
    stars = [statement for statement in body[first:] if _imports_all(statement)]
    if any(_awaits(statement) for statement in stars):
        raise ScriptError(
            "`from … import *` stands in a statement that awaits, and Python allows it in no function",
            hint="import the names one by one",
        )
    definitions, rest = body[:first] + stars, [statement for statement in body[first:] if statement not in stars]
    used = _mentioned(head + body)
    bound = _bound(body)
    wanted = used - bound
    entry = "main" if "main" not in used | bound else "script"
    while entry in used | bound:
        entry += "_"
    tail: list[ast.stmt] = []
    if rest:
        tail += [_coroutine(entry, definitions, rest), *_parsed(f"if __name__ == '__main__':\n    xsh.run({entry}())")]
    if "main" in wanted:
        tail += _parsed("if __name__ == '__main__':\n    sys.exit(xsh.run(__xsh_main__()))")
    return ast.Module([*head, *_imports(wanted, bool(tail)), *definitions, *tail], [])


def _take_head(body: list[ast.stmt]) -> list[ast.stmt]:
    """Takes from `body` what must stay on top: the docstring and imports from `__future__` or of `*`."""
    head: list[ast.stmt] = []
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        head.append(body.pop(0))
    for statement in list(body):
        if isinstance(statement, ast.ImportFrom):
            star = any(alias.name == "*" for alias in statement.names)
            if star or statement.module == "__future__":
                body.remove(statement)
                head.append(statement)
    head.sort(key=lambda node: isinstance(node, ast.ImportFrom) and node.module != "__future__")
    return head


def _imports_all(statement: ast.stmt) -> bool:
    """Whether a statement holds a ``from … import *``, which no function may."""
    return any(isinstance(node, ast.alias) and node.name == "*" for node in ast.walk(statement))


def _awaits(statement: ast.AST) -> bool:
    """Whether a statement awaits at its own level, not in a function that it defines."""
    if isinstance(statement, ast.Await | ast.AsyncFor | ast.AsyncWith):
        return True
    if isinstance(statement, ast.comprehension) and statement.is_async:
        return True
    inner: Iterable[ast.AST] = ast.iter_child_nodes(statement)
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        inner = [*statement.decorator_list, statement.args]
    elif isinstance(statement, ast.Lambda):
        inner = [statement.args]
    return any(_awaits(node) for node in inner)


def _mentioned(body: list[ast.stmt]) -> set[str]:
    return {node.id for statement in body for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _bound(body: list[ast.stmt]) -> set[str]:
    """The names that statements bind at their own level."""
    names: set[str] = set()
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if not isinstance(node, _SCOPES):
            pending += ast.iter_child_nodes(node)
    return names


def _coroutine(name: str, definitions: list[ast.stmt], rest: list[ast.stmt]) -> ast.stmt:
    """The coroutine function with the statements of `rest`; what else looks at their names keeps them global."""
    shared = _mentioned(definitions)
    for statement in definitions + rest:
        shared.update(name for node in ast.walk(statement) if isinstance(node, ast.Global) for name in node.names)
    shared &= _bound(rest)
    function = _parsed(f"async def {name}():\n    pass")[0]
    assert isinstance(function, ast.AsyncFunctionDef)
    body: list[ast.stmt] = [ast.Global(sorted(shared))] if shared else []
    for statement in rest:
        unannotated = _Unannotated(shared).visit(statement)
        if unannotated is not None:
            body.append(unannotated)
    function.body = body or function.body
    return function


class _Unannotated(ast.NodeTransformer):
    """Takes annotations off global names, which a function may not annotate."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt | None:
        """``x: int = 1`` becomes ``x = 1``."""
        if not isinstance(node.target, ast.Name) or node.target.id not in self._names:
            return node
        return ast.Assign([node.target], node.value) if node.value else ast.Pass()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        """A function's own names are its own."""
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        """As above."""
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        """As above."""
        return node


def _imports(wanted: set[str], has_entry: bool) -> list[ast.stmt]:
    """Imports of the names that a script has from the start."""
    modules = {name for name in wanted if name in MODULES}
    if "argv" in wanted or ("main" in wanted and has_entry):
        modules.add("sys")
    names = {name for name in wanted if name in HOME_OF and HOME_OF[name].startswith("xsh.")}
    own = wanted & OWN
    if own - {"argv"}:
        names.add("sh")
    lines = [f"import {name}" for name in sorted(modules)]
    if "Path" in wanted:
        lines.append("from pathlib import Path")
    if has_entry:
        lines.append("import xsh")
    if names:
        lines.append(f"from xsh import {', '.join(sorted(names))}")
    if "from_format" in wanted:
        lines.append("from xsh.words.template import from_format")
    lines += [_OWN[name] for name in sorted(own - {"sh"})]
    return _parsed("\n".join(lines))


def _parsed(text: str) -> list[ast.stmt]:
    return ast.parse(text).body
