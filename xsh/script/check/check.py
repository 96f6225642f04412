"""What in a script cannot work, told without running it."""

from __future__ import annotations

import ast
import re

from xsh.errors import ScriptError, TemplateError
from xsh.script.check.plain import to_python
from xsh.script.source.graft import SHELL
from xsh.script.source.literal import TEMPLATE, static_texts
from xsh.script.source.parse import Parsed, generate, parse
from xsh.words.evaluates import evaluated_holes
from xsh.words.place import parse_literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from xsh.script.source.marks import Literal
    from xsh.words.shape import Shape

__all__ = ["Problem", "check_source", "to_python"]

# With these settings the PATH of this process says nothing about where the program will be looked for.
_ELSEWHERE = frozenset(("target", "env", None))
_HOLE_NUMBER = re.compile(r"hole (\d+)")


class Problem:
    """One finding: `line` and `column` from 1, in characters; `severity` is "error" or "warning"."""

    __slots__ = ("column", "hint", "line", "message", "severity")

    def __init__(self, place: tuple[int, int], severity: str, message: str, hint: str | None = None) -> None:
        self.line, self.column = place
        self.severity = severity
        self.message = message
        self.hint = hint

    def __repr__(self) -> str:
        return f"Problem({self.line}:{self.column} {self.severity}: {self.message})"


def check_source(source: str, filename: str, which: Callable[[str], str | None]) -> list[Problem]:
    """Every problem found in a source text, in the order of the source; `which` finds a program on PATH.

    Errors: what cannot be parsed or compiled, commands that never run, literals that can be no command. Warnings:
    programs that are not on PATH, and holes whose value some program evaluates as code.
    """
    try:
        parsed = parse(source, filename, bare_commands="collect")
        problems = [_from_syntax(error) for error in parsed.unstarted]
        generate(parsed)
    except SyntaxError as error:
        return [_from_syntax(error)]
    except ScriptError as error:
        return [Problem((1, 1), "error", str(error), error.hint)]
    tags = _tags(parsed)
    for literal in parsed.marks.literals + parsed.marks.statements:
        problems += _literal_problems(parsed, literal, tags.get(literal.start), which)
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _from_syntax(error: SyntaxError) -> Problem:
    return Problem((error.lineno or 1, max(1, error.offset or 1)), "error", error.msg)


def _tags(parsed: Parsed) -> dict[int, ast.expr]:
    """The tag of each literal, by the literal's start."""
    tags: dict[int, ast.expr] = {}
    pending: list[ast.AST] = [parsed.tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Call) and len(node.args) == 1 and _is_template(node.args[0]):
            tags[parsed.source.offset(node.args[0].lineno, node.args[0].col_offset)] = node.func
        pending += ast.iter_child_nodes(node)
    return tags


def _is_template(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == TEMPLATE
    return type(node).__name__ == "TemplateStr"


def _literal_problems(
    parsed: Parsed, literal: Literal, tag: ast.expr | None, which: Callable[[str], str | None]
) -> list[Problem]:
    settings = _settings(tag)
    if settings is None:
        return []  # a function of the user's, which may read its text as it likes
    texts = static_texts(parsed.source, literal)
    expressions = tuple(parsed.source.slice(hole.start, hole.end).strip() for hole in literal.holes)
    shell = settings.get("shell")
    name = shell.value if isinstance(shell, ast.Constant) and isinstance(shell.value, str) else "bash"
    try:
        shape = parse_literal(texts, name, expressions)
    except TemplateError as error:
        return [Problem(_error_place(parsed, literal, str(error)), "error", str(error), error.hint)]
    problems: list[Problem] = []
    if _ELSEWHERE.isdisjoint(settings):
        problems += _missing_programs(parsed, literal, shape, which)
    for index, program in evaluated_holes(shape):
        message = f"`{program}` evaluates this value as code"
        hint = "hand it over as an argument or a variable of the environment instead"
        problems.append(Problem(_place(parsed, literal.holes[index].opening), "warning", message, hint))
    return problems


def _settings(tag: ast.expr | None) -> dict[str | None, ast.expr] | None:
    """The settings in a tag such as `$(cwd=…)`; None for a tag that is not plainly the shell object."""
    if isinstance(tag, ast.Name) and tag.id in {SHELL, "sh"}:
        return {}
    if isinstance(tag, ast.Call) and not tag.args:
        inner = _settings(tag.func)
        return None if inner is None else {**inner, **{keyword.arg: keyword.value for keyword in tag.keywords}}
    return None


def _missing_programs(
    parsed: Parsed, literal: Literal, shape: Shape, which: Callable[[str], str | None]
) -> list[Problem]:
    problems: list[Problem] = []
    for stage in shape.stages if shape.kind == "pipeline" else (shape,):
        program = stage.first_word
        if stage.kind != "argv" or program is None or "/" in program or which(program):
            continue
        at = parsed.source.data.find(program.encode(), literal.text_start, literal.end)
        place = _place(parsed, literal.start if at < 0 else at)
        problems.append(Problem(place, "warning", f"{program}: no such program on PATH"))
    return problems


def _error_place(parsed: Parsed, literal: Literal, message: str) -> tuple[int, int]:
    """Where the hole stands that a message names, or else where the literal starts."""
    number = _HOLE_NUMBER.match(message)
    if number and 0 < int(number.group(1)) <= len(literal.holes):
        return _place(parsed, literal.holes[int(number.group(1)) - 1].opening)
    return _place(parsed, literal.start)


def _place(parsed: Parsed, offset: int) -> tuple[int, int]:
    line, column = parsed.source.position(offset)
    return line, parsed.source.character(line, column)
