"""Source text -> the tree of the real program, with every error in the user's own file, line and column."""

from __future__ import annotations

import ast
import gc
import sys

from xsh.errors import ScriptError
from xsh.script.source.graft import graft
from xsh.script.source.marks import Marks
from xsh.script.source.mask import mask
from xsh.script.source.scan import scan
from xsh.script.source.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    from xsh.script.source.marks import Field

_TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Parsed:
    """A source with its marks, its mask and the grafted tree; `unstarted` are the commands that never run."""

    __slots__ = ("marks", "masked", "source", "tree", "unstarted")

    def __init__(self, source: Source, marks: Marks, masked: bytes, tree: ast.Module) -> None:
        self.source = source
        self.marks = marks
        self.masked = masked
        self.tree = tree
        self.unstarted: list[SyntaxError] = []


def parse(text: str, filename: str, *, flags: int = 0, bare_commands: str = "refuse") -> Parsed:
    """The grafted tree of a source text.

    `flags` are those of `compile`, `bare_commands` as in `graft`. Raises SyntaxError with exact places, and ScriptError
    for a source that is too deep or too large for Python's own compiler.
    """
    with _Uncollected():
        return _parse(Source(text, filename), flags, bare_commands)


def _parse(source: Source, flags: int, bare_commands: str) -> Parsed:
    filename = source.filename
    marked = b"$" in source.data or b"`" in source.data
    marks = scan(source) if marked else Marks()
    masked = mask(source.data, marks) if marked else source.data
    try:
        tree = compile(
            masked.decode(), filename, "exec", flags | ast.PyCF_ONLY_AST | _TOP_LEVEL_AWAIT, dont_inherit=True
        )
    except SyntaxError as error:
        raise _in_source(error, source, masked) from None
    except (RecursionError, MemoryError) as error:
        raise _too_deep(filename, error) from None
    assert isinstance(tree, ast.Module)
    parsed = Parsed(source, marks, masked, tree)
    if marked or b"async" in source.data or b"await" in source.data:
        parsed.unstarted = graft(source, masked, marks, tree, bare_commands=bare_commands)
    return parsed


def generate(parsed: Parsed, *, flags: int = 0, optimize: int = -1) -> CodeType:
    """The code of a grafted tree; raises as `parse` does."""
    source = parsed.source
    try:
        with _Uncollected():
            code: CodeType = compile(
                parsed.tree, source.filename, "exec", flags | _TOP_LEVEL_AWAIT, dont_inherit=True, optimize=optimize
            )
    except SyntaxError as error:
        raise _in_source(error, source, None) from None
    except (RecursionError, MemoryError) as error:
        raise _too_deep(source.filename, error) from None
    return code


class _Uncollected:
    """Keeps the collector off: a tree is many small objects without cycles, looked at in vain again and again."""

    def __enter__(self) -> None:
        self._enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *error: object) -> None:
        if self._enabled:
            gc.enable()


def _too_deep(filename: str, error: BaseException) -> ScriptError:
    return ScriptError(
        f"{filename}: an expression is nested too deeply for Python's compiler ({type(error).__name__})",
        hint="split it into several statements",
    )


def _in_source(error: SyntaxError, source: Source, masked: bytes | None) -> SyntaxError:
    """The same error with the user's line and columns in characters.

    The parser counts characters of the masked line, the later stages of the compiler count bytes.
    """
    message = error.msg
    if message == "'return' outside function":
        message += ": to end a script write sys.exit()"
    if masked is not None and message.startswith("f-string: ") and sys.version_info < (3, 12):
        return _fstring_error(source, masked) or _placed(error, message, source, masked)
    return _placed(error, message, source, masked)


def _placed(error: SyntaxError, message: str, source: Source, parsed: bytes | None) -> SyntaxError:
    line, end_line = error.lineno or 1, error.end_lineno
    offset = _character(error.offset, line, source, parsed)
    end_offset = _character(error.end_offset, end_line or line, source, parsed)
    text = source.line(line).decode("utf-8", "replace") + "\n"
    return type(error)(message, (source.filename, line, offset, text, end_line, end_offset))


def _character(offset: int | None, line: int, source: Source, parsed: bytes | None) -> int | None:
    if offset is None or offset < 1:
        return offset
    column = offset - 1
    if parsed is not None:
        characters = parsed.split(b"\n")[line - 1].decode("utf-8", "replace")
        column = len(characters[:column].encode()) + max(0, column - len(characters))
    return source.character(line, column) + max(0, column - len(source.line(line)))


def _fstring_error(source: Source, masked: bytes) -> SyntaxError | None:
    """The error in a field of an f-string, which Python 3.11 reports with a text and columns of its own making.

    Each field is parsed alone, in parentheses, at its own line and column.
    """
    for field in _fields([field for fstring in scan(source).fstrings for field in fstring.fields]):
        line, column = source.position(field.start)
        padding = b"\n" * (line - 1) + b"(" + b" " * (column - 1)
        parsed = padding + masked[field.start : field.end].rstrip().removesuffix(b"=" * field.debug) + b")"
        try:
            compile(parsed.decode(), source.filename, "exec", ast.PyCF_ONLY_AST | _TOP_LEVEL_AWAIT, dont_inherit=True)
        except SyntaxError as error:
            return _placed(error, error.msg, source, parsed)
    return None


def _fields(fields: list[Field]) -> list[Field]:
    nested = [field for outer in fields for field in _fields(outer.fields)]
    return sorted(fields + nested, key=lambda field: field.start)
