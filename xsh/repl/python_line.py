"""Runs Python at the prompt: top-level await, the value of the last expression shown and kept in `_`."""

from __future__ import annotations

import ast
import sys
from inspect import CO_COROUTINE

from xsh.result import Result
from xsh.script.names import mentioned
from xsh.script.namespace import HIDDEN, fill
from xsh.script.source.parse import generate, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from xsh.repl.shell import Shell

SHOW = "__xsh_show__"
LISTS: tuple[type[Any], ...] = (list,)


class Sources:
    """The texts that were run, by the names that tracebacks know them by."""

    count = 0

    @classmethod
    def keep(cls, text: str) -> str:
        """Remember a text under a new name, so that messages can show its lines."""
        import linecache

        cls.count += 1
        name = f"<prompt {cls.count}>"
        lines = (text if text.endswith("\n") else text + "\n").splitlines(keepends=True)
        linecache.cache[name] = (len(text), None, lines, name)
        return name


def compile_line(text: str, filename: str) -> CodeType:
    """The code of a text entered at the prompt, whose last expression is shown; raises SyntaxError, ScriptError."""
    parsed = parse(text, filename, bare_commands="await")
    body = parsed.tree.body
    if body and isinstance(body[-1], ast.Expr) and not text.rstrip().endswith(";"):
        value = body[-1].value
        call = ast.Call(ast.Name(SHOW, ast.Load()), [value], [])
        body[-1].value = ast.fix_missing_locations(ast.copy_location(call, value))
    return generate(parsed)


async def run_python(shell: Shell, text: str, filename: str | None = None) -> None:
    """Run a text in the shell's namespace; raises what it raises."""
    code = compile_line(text, filename or Sources.keep(text))
    await run_code(shell, code)


async def run_code(shell: Shell, code: CodeType) -> None:
    """Run code in the shell's namespace, its names imported as it mentions them; raises what it raises."""
    equip(shell, code)
    if code.co_flags & CO_COROUTINE:
        await eval(code, shell.names)  # noqa: S307 - running what the user entered is what this function is for
    else:
        exec(code, shell.names)  # noqa: S102 - as above


def equip(shell: Shell, code: CodeType) -> None:
    """Put into the namespace what the code mentions and a script has from the start."""
    names = shell.names
    wanted = {name for name in mentioned(code) if name not in names}
    found: dict[str, Any] = {}
    fill(found, wanted)
    for name, value in found.items():
        if name not in HIDDEN:
            shell.give(name, value)


def install(shell: Shell) -> None:
    """Give the namespace what compiled code refers to, and the names that only a prompt has."""
    for name, value in HIDDEN.items():
        shell.give(name, value)

    def show_here(value: object) -> None:
        show(shell, value)

    shell.give(SHOW, show_here)
    shell.give("aliases", shell.aliases)
    shell.give("abbreviations", shell.abbreviations)
    shell.give("history", shell.history)
    shell.give("status", 0)


def show(shell: Shell, value: Any) -> None:
    """Show a value as the prompt does: nothing for None, a result's text, else a readable repr; keeps it in `_`."""
    if value is None:
        return
    shell.last = value
    shell.give("_", value)
    text = shown(value)
    if text:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


def was_seen(value: Any) -> bool:
    """Whether a value is a result whose output went to the terminal, or a list of nothing else."""
    if isinstance(value, LISTS):
        items: list[Any] = value
        return bool(items) and all(was_seen(item) for item in items)
    return type(value) is Result and value.stdout_data is None


def shown(value: Any) -> str:
    """The text that shows a value; empty for a result whose output was seen already."""
    if was_seen(value):
        return ""
    if isinstance(value, Result):
        return value.stdout
    if isinstance(value, str | int | float | bool):
        return repr(value)
    from pprint import pformat
    from shutil import get_terminal_size

    return pformat(value, width=max(20, get_terminal_size().columns), sort_dicts=False)
