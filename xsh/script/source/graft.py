"""Turns the tree of a masked source into the tree of the real one.

Marks are found again by position: a masked `$` is the name at its place, a masked literal the call that ends at its
place (no two calls end at one). What no node took is a mark in a place where the language has no room for it.
"""

from __future__ import annotations

import ast
import keyword
import re
from bisect import bisect_left

from xsh.script.source.literal import template_node
from xsh.script.source.shown import ShownTexts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.script.source.marks import Literal, Marks
    from xsh.script.source.source import Source

SHELL = "__xsh_sh__"
STATEMENT = "__xsh_statement__"
LOOP = "__xsh_loop__"
OPERAND = "__xsh_operand__"
LINES = "__xsh_lines__"
_HIDDEN = frozenset((STATEMENT, LOOP, OPERAND))

# Methods of a command that give a command or an awaitable: a statement that ends in one never runs anything.
UNSTARTED = frozenset(
    """
    cwd env input timeout nothrow accept show tee quiet stderr stdout label retry limit_output grace pty detach pipe
    objects text lines json bytes ok code
    """.split()  # noqa: SIM905 - a table of words reads best as words
)
_ASYNC = re.compile(rb"\b(?:await|async)\b")

_LAST_WORD = re.compile(rb"[a-zA-Z]+\Z")


class Scope:
    """The function, class or module that a statement stands in; `name` is None for a module."""

    __slots__ = ("kind", "name")

    def __init__(self, kind: str, name: str | None = None) -> None:
        self.kind = kind
        self.name = name


def graft(
    source: Source, masked: bytes, marks: Marks, tree: ast.Module, *, bare_commands: str = "refuse"
) -> list[SyntaxError]:
    """Puts everything the mask hid back into `tree`, in place.

    `bare_commands` says what becomes of a command that is a whole statement without `await`: it is "refuse"d with a
    SyntaxError, "await"ed, or left as it is and "collect"ed, which gives the errors back. Raises SyntaxError for marks
    in impossible places.
    """
    grafter = Grafter(source, masked, marks, bare_commands)
    grafter.run(tree)
    return grafter.unstarted


class Grafter:
    """One walk over one tree; it keeps its own stack, because a long expression is deeper than Python's."""

    def __init__(self, source: Source, masked: bytes, marks: Marks, bare_commands: str) -> None:
        self._source = source
        self._bare_commands = bare_commands
        self._names = {source.position(at): at for at in marks.names}
        self._literals = {source.position(literal.end): literal for literal in marks.literals}
        self._statements = {source.position(literal.start): literal for literal in marks.statements}
        self._shown = ShownTexts(source, masked, marks)
        self._lines = self._interesting_lines()
        self._stack: list[tuple[ast.AST, Scope]] = []
        self.unstarted: list[SyntaxError] = []

    def _interesting_lines(self) -> list[int]:
        lines = {line for marks in (self._names, self._literals, self._statements) for line, _ in marks}
        lines.update(self._source.position(found.start())[0] for found in _ASYNC.finditer(self._source.data))
        return sorted(lines)

    def run(self, tree: ast.Module) -> None:
        """Grafts a whole module."""
        self._stack.append((tree, Scope("module")))
        while self._stack:
            node, scope = self._stack.pop()
            for field, value in ast.iter_fields(node):
                if isinstance(value, ast.AST):
                    setattr(node, field, self._visit(value, scope))
                elif isinstance(value, list):
                    self._visit_list(value, scope)  # pyright: ignore[reportUnknownArgumentType] - fields are Any
        self._refuse_leftovers()

    def _visit_list(self, nodes: list[object], scope: Scope) -> None:
        for index, node in enumerate(nodes):
            if isinstance(node, ast.AST):
                nodes[index] = self._visit(node, scope)

    def _visit(self, node: ast.AST, scope: Scope) -> ast.AST:
        """What stands in the place of a node; its children wait on the stack."""
        if isinstance(node, ast.stmt):
            if not self._touches(node):
                return node
            if isinstance(node, ast.Expr):
                return self._visit_statement(node, scope)
            if isinstance(node, ast.AsyncFor):
                return self._visit_loop(node, scope)
            scope = _scope_of(node) or scope
        elif isinstance(node, ast.Name):
            self._visit_name(node)
            return node
        elif isinstance(node, ast.Call):
            self._visit_call(node)
        elif isinstance(node, ast.BinOp):
            self._visit_operator(node)
        elif isinstance(node, ast.expr):
            self._shown.restore(node)
        self._stack.append((node, scope))
        return node

    def _touches(self, node: ast.stmt) -> bool:
        """Whether a mark or an `await` may stand in the lines of a statement, its decorators included."""
        first = node.lineno
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.decorator_list:
            first = min(first, node.decorator_list[0].lineno)
        index = bisect_left(self._lines, first)
        return index < len(self._lines) and self._lines[index] <= (node.end_lineno or first)

    def _visit_name(self, node: ast.Name) -> None:
        at = self._names.get((node.lineno, node.col_offset))
        if at is None or node.end_col_offset != node.col_offset + 1 or node.end_lineno != node.lineno:
            return
        if not isinstance(node.ctx, ast.Load):
            verb = "assign to" if isinstance(node.ctx, ast.Store) else "delete"
            raise self._source.error(f"cannot {verb} `$`: give the shell object a name of its own", at, at + 1)
        del self._names[node.lineno, node.col_offset]
        node.id = SHELL

    def _visit_call(self, node: ast.Call) -> None:
        # A hidden call has the place of what it wraps, so it must not be taken for the literal that ends there.
        if isinstance(node.func, ast.Name) and node.func.id in _HIDDEN:
            return
        literal = self._literals.pop(_end(node), None)
        if literal is not None:
            node.args = [template_node(self._source, literal, node.args)]

    def _visit_operator(self, node: ast.BinOp) -> None:
        """Guards ``await a | b``; with parentheses around the `await` the expression starts before it."""
        left = node.left
        if isinstance(node.op, ast.BitOr) and isinstance(left, ast.Await) and _start(left) == _start(node):
            left.value = _hidden_call(OPERAND, left.value)

    def _visit_statement(self, node: ast.Expr, scope: Scope) -> ast.AST:
        value = node.value
        statement = self._statements.pop(_start(value), None)
        if statement is not None:
            self._require_async(statement, scope)
            node.value = self._awaited(self._command(statement, value))
        elif isinstance(value, ast.Await):
            value.value = _hidden_call(STATEMENT, value.value)
        elif self._is_command(value):
            if self._bare_commands == "refuse":
                raise self._never_run(value)
            if self._bare_commands == "await":
                node.value = self._awaited(value)
            else:
                self.unstarted.append(self._never_run(value))
        self._stack.append((node, scope))
        return node

    def _awaited(self, command: ast.expr) -> ast.expr:
        return ast.copy_location(ast.Await(_hidden_call(STATEMENT, command)), command)

    def _command(self, statement: Literal, masked: ast.expr) -> ast.expr:
        """The call that ``$ text`` stands for, from the mask's ``S @(a) @(b)``."""
        values: list[ast.expr] = []
        while isinstance(masked, ast.BinOp):
            values.append(masked.right)
            masked = masked.left
        template = template_node(self._source, statement, values[::-1])
        shell = self._source.place(ast.Name(SHELL, ast.Load()), statement.start, statement.start + 1)
        return ast.copy_location(ast.Call(shell, [template], []), template)

    def _visit_loop(self, node: ast.AsyncFor, scope: Scope) -> ast.AST:
        """Puts an ``async for`` into an ``async with``, so that leaving it by any road ends its command at once."""
        manager = _hidden_call(LOOP, node.iter)
        target = ast.copy_location(ast.Name(LINES, ast.Store()), node.iter)
        node.iter = ast.copy_location(ast.Name(LINES, ast.Load()), node.iter)
        self._stack += [(node, scope), (manager, scope)]
        return ast.copy_location(ast.AsyncWith([ast.withitem(manager, target)], [node]), node)

    def _is_command(self, node: ast.expr) -> bool:
        """Whether a masked expression is a literal, one with setters, or a pipe with one in it."""
        stages = [node]
        while stages:
            stage = stages.pop()
            while isinstance(stage, ast.BinOp) and isinstance(stage.op, ast.BitOr):
                stages.append(stage.right)
                stage = stage.left
                if isinstance(stage, ast.Await):
                    return False  # `await a | b`, which is refused when it runs
            while isinstance(stage, ast.Call) and _end(stage) not in self._literals:
                if not isinstance(stage.func, ast.Attribute) or stage.func.attr not in UNSTARTED:
                    break
                stage = stage.func.value
            if isinstance(stage, ast.Call) and _end(stage) in self._literals:
                return True
        return False

    def _never_run(self, node: ast.expr) -> SyntaxError:
        start = self._source.offset(*_start(node))
        end = self._source.offset(*_end(node))
        text = self._source.slice(start, end)
        if isinstance(node, ast.BinOp):
            text = f"({text})"
        fix = "put `await` before it" if len(text) > 60 or "\n" in text else f"write await {text}"
        return self._source.error(f"this command never runs: {fix}", start, end)

    def _require_async(self, statement: Literal, scope: Scope) -> None:
        if scope.kind in {"module", "async"}:
            return
        end = statement.start + len(self._source.data[statement.start : statement.end].rstrip())
        if scope.kind == "class":
            message = "`$ …` waits for a command, which a class body cannot"
        else:
            message = f"`$ …` waits for a command, so its function must be async: make it `async def {scope.name}`"
        raise self._source.error(message, statement.start, end)

    def _refuse_leftovers(self) -> None:
        left: list[tuple[int, int, str]] = []
        left += [
            (at, at + 1, "`$` cannot stand here: it is not a name that can be bound") for at in self._names.values()
        ]
        for literal in self._literals.values():
            left.append((literal.start, literal.end, self._tag_missing(literal)))
        for literal in self._statements.values():
            message = "`$ …` is a statement: in an expression write await $`…`, in a function that is `async def`"
            left.append((literal.start, literal.end, message))
        if left:
            start, end, message = min(left)
            raise self._source.error(message, start, end)

    def _tag_missing(self, literal: Literal) -> str:
        word = _LAST_WORD.search(self._source.data[max(0, literal.start - 20) : literal.start])
        name = word.group().decode() if word else ""
        if keyword.iskeyword(name):
            return f"`{name}` is no tag for a literal: write {name} $`…`"
        return "a backtick literal needs a tag directly before it, such as $`…`"


def _scope_of(node: ast.stmt) -> Scope | None:
    if isinstance(node, ast.FunctionDef):
        return Scope("plain", node.name)
    if isinstance(node, ast.AsyncFunctionDef):
        return Scope("async", node.name)
    return Scope("class", node.name) if isinstance(node, ast.ClassDef) else None


def _hidden_call(name: str, argument: ast.expr) -> ast.Call:
    function = ast.copy_location(ast.Name(name, ast.Load()), argument)
    return ast.copy_location(ast.Call(function, [argument], []), argument)


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or 0, node.end_col_offset or 0
