"""Source -> code, with a cache; a cached script loads none of the modules that read source."""

from __future__ import annotations

import sys

from xsh.script.cache import user_cache

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
    from xsh.script.source.parse import generate, parse

    return generate(parse(source, filename, flags=flags, bare_commands=bare_commands), flags=flags, optimize=optimize)


def compile_file(path: str, data: bytes) -> tuple[CodeType, bool]:
    """The code of a source file's content, and whether it imports anything that may want asyncio's loop.

    The code comes from the cache where it is kept there; a text without a file, whose name is in angle brackets, is
    never kept. Raises SyntaxError, and ScriptError for a content that is no text or too deep for Python's compiler.
    """
    optimize = sys.flags.optimize
    cache = None if path.startswith("<") else user_cache()
    kept = cache.load(path, data, optimize) if cache else None
    if kept:
        return kept
    from xsh.script.imports import needs_loop
    from xsh.script.source.parse import generate, parse
    from xsh.script.source.source import decode

    parsed = parse(decode(path, data), path)
    looped = needs_loop(parsed.tree, parsed.source.data)
    code = generate(parsed)
    if cache:
        cache.store(data, optimize, code, looped)
    return code, looped
