"""Source -> code, with a cache; a cached script loads none of the modules that read source."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType


def compile_source(
    source: str, filename: str, *, flags: int = 0, optimize: int = -1, bare_commands: str = "refuse"
) -> CodeType:
    """The code of an xsh source text in mode "exec", with `await` allowed at the top level.

    `flags` and `optimize` are those of `compile`; `bare_commands` is what becomes of a command that is a whole statement
    without `await`: "refuse" or, at the prompt, "await". Raises SyntaxError, and ScriptError for a source that is too
    deep for Python's compiler.
    """
    from xsh.script.parse import generate, parse

    return generate(parse(source, filename, flags=flags, bare_commands=bare_commands), flags=flags, optimize=optimize)
