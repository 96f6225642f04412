"""Source text -> the tree of the real program, with every error in the user's own file, line and column."""

from __future__ import annotations

import ast

from xsh.errors import ScriptError
from xsh.script.graft import graft
from xsh.script.marks import Marks
from xsh.script.mask import mask
from xsh.script.scan import scan
from xsh.script.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

_TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Parsed:
    """A source with its marks, its mask and the grafted tree."""

    __slots__ = ("marks", "masked", "source", "tree")

    def __init__(self, source: Source, marks: Marks, masked: bytes, tree: ast.Module) -> None:
        self.source = source
        self.marks = marks
        self.masked = masked
        self.tree = tree


def parse(text: str, filename: str, *, flags: int = 0, bare_commands: str = "refuse") -> Parsed:
    """The grafted tree of a source text.

    `flags` are those of `compile`, `bare_commands` as in `graft`. Raises SyntaxError with exact places, and ScriptError
    for a source that is too deep or too large for Python's own compiler.
    """
    source = Source(text, filename)
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
    if marked or b"async" in source.data or b"await" in source.data:
        graft(source, masked, marks, tree, bare_commands=bare_commands)
    return Parsed(source, marks, masked, tree)


def generate(parsed: Parsed, *, flags: int = 0, optimize: int = -1) -> CodeType:
    """The code of a grafted tree; raises as `parse` does."""
    source = parsed.source
    try:
        code: CodeType = compile(
            parsed.tree, source.filename, "exec", flags | _TOP_LEVEL_AWAIT, dont_inherit=True, optimize=optimize
        )
    except SyntaxError as error:
        raise _in_source(error, source, None) from None
    except (RecursionError, MemoryError) as error:
        raise _too_deep(source.filename, error) from None
    return code


def _too_deep(filename: str, error: BaseException) -> ScriptError:
    return ScriptError(
        f"{filename}: an expression is nested too deeply for Python's compiler ({type(error).__name__})",
        hint="split it into several statements",
    )


def _in_source(error: SyntaxError, source: Source, masked: bytes | None) -> SyntaxError:
    """The same error with the user's line and columns in characters.

    The parser counts characters of the masked line, the later stages of the compiler count bytes.
    """
    line, end_line = error.lineno or 1, error.end_lineno
    message = error.msg
    if message == "'return' outside function":
        message += ": to end a script write sys.exit()"
    offset = _character(error.offset, line, source, masked)
    end_offset = _character(error.end_offset, end_line or line, source, masked)
    text = source.line(line).decode("utf-8", "replace") + "\n"
    return type(error)(message, (source.filename, line, offset, text, end_line, end_offset))


def _character(offset: int | None, line: int, source: Source, masked: bytes | None) -> int | None:
    if offset is None or offset < 1:
        return offset
    column = offset - 1
    if masked is not None:
        start = source.offset(line, 0) if source.line(line) else 0
        hidden = masked[start : start + len(source.line(line))].decode("utf-8", "replace")
        column = len(hidden[: offset - 1].encode())
    return source.character(line, column) + max(0, column - len(source.line(line)))
