"""`x?` and `x??`: what a word is, as a command and as a Python name, without running anything of either."""

from __future__ import annotations

import inspect
import os
import re
import sys
from typing import TYPE_CHECKING

from xsh.command.command import Command
from xsh.command.options import Options
from xsh.errors import XshError
from xsh.repl.complete.static_values import attribute
from xsh.repl.decide.known import SESSION_COMMANDS, is_given
from xsh.repl.python_line import equip
from xsh.targets.local.which import which
from xsh.words.rendered import Argv
from xsh.words.sanitize import printable

if TYPE_CHECKING:
    from typing import Any

    from xsh.repl.shell import Shell

LIMIT = 2.0
"""Seconds that `whatis` may take."""
LOOPS = 10
"""How many aliases of aliases are followed."""


async def show_help(shell: Shell, text: str) -> int:
    """Print what `text`, a word with one or two question marks, is; 0, or 1 when it is nothing."""
    name = text.strip().strip("?").strip()
    whole = "??" in text
    parts = [await command_help(shell, name, whole=whole), python_help(shell, name, whole=whole)]
    if name in shell.bound():
        parts.reverse()
    found = [part for part in parts if part]
    sys.stdout.write("\n\n".join(found) + "\n" if found else f"{printable(name)} is neither a command nor a name\n")
    return 0 if found else 1


# -- commands --------------------------------------------------------------------------------------------------------


async def command_help(shell: Shell, name: str, *, whole: bool = False) -> str:
    """What the word runs: alias → expansion → file, then one line of description; empty when it runs nothing."""
    lines: list[str] = []
    for _ in range(LOOPS):
        value = shell.aliases.get(name)
        if value is None:
            break
        if not isinstance(value, str):
            return "\n".join([*lines, f"{name}: an alias, the function below", described(value, whole=whole)])
        lines.append(printable(f"{name}: an alias for {value}"))
        first = value.split(maxsplit=1)[:1]
        if not first or first[0] == name:
            break
        name = first[0]
    if name in SESSION_COMMANDS:
        return "\n".join([*lines, f"{name}: a command of the session", *session_command_help(name)])
    path = file_of(name)
    if path is not None:
        lines.append(printable(f"{name}: {path}{link(path)}"))
        lines += await description(shell, os.path.basename(name))
    return "\n".join(lines)


def file_of(name: str) -> str | None:
    """The program that the word runs."""
    return which(os.path.expanduser(name))


def session_command_help(name: str) -> list[str]:
    """The line of description of a command of the session."""
    from xsh.repl.commands.commands import SESSION_COMMANDS as TABLE

    command = TABLE.get(name)
    text = inspect.getdoc(command.run) if command is not None else None
    return [re.split(r"[.;]$|; (?:raises|refuses)\b", text.split("\n", 1)[0])[0]] if text else []


def link(path: str) -> str:
    """Where a path leads when it is a symbolic link."""
    real = os.path.realpath(path)
    return f" → {real}" if real != path else ""


async def description(shell: Shell, name: str) -> list[str]:
    """What the manual says in one line (whatis(1)); nothing where there is no manual. The program itself is never run."""
    options = Options(output="quiet", nothrow=True, timeout=LIMIT, grace=0.2, input=b"", stderr=None)
    try:
        result = await Command(Argv(("whatis", "-l", "--", name)), shell.session.runner, options)
    except XshError:
        # no whatis, or one that takes too long: the line is a courtesy
        return []
    lines = [line for line in result.lines if " - " in line] if result.ok else []
    lines.sort(key=lambda line: "(1)" not in line and "(8)" not in line)
    return [printable(line.split(" - ", 1)[1].strip()) for line in lines[:1]]


# -- Python ----------------------------------------------------------------------------------------------------------


def python_help(shell: Shell, name: str, *, whole: bool = False) -> str:
    """What the dotted name is in Python: signature, first paragraph, with `whole` its source; empty when it is nothing.

    No property is run on the way.
    """
    names = name.split(".")
    if not all(part.isidentifier() for part in names):
        return ""
    first = names[0]
    if first not in shell.names and is_given(first):
        equip(shell, compile(first, "<help>", "eval"))
    missing = object()
    value: Any = shell.names.get(first, missing)
    if value is missing:
        builtins: dict[str, Any] = vars(sys.modules["builtins"])
        value = builtins.get(first, missing)
    if value is missing:
        return ""
    try:
        for part in names[1:]:
            value = attribute(value, part)
    except LookupError:
        return ""
    return f"{head(name, value)}\n{described(value, whole=whole)}".rstrip()


def head(name: str, value: Any) -> str:
    """The name with its signature or the type of its value."""
    if callable(value):
        try:
            return f"{name}{bare(inspect.signature(value))}"
        except (ValueError, TypeError):
            # some built-in functions do not tell theirs
            return f"{name}(…)"
    kind: str = type(value).__name__
    return f"{name}: {'module' if inspect.ismodule(value) else kind}"


class Bare(str):
    """An annotation that is shown as it was written, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def bare(signature: inspect.Signature) -> inspect.Signature:
    """A signature whose annotations show as they were written."""

    def shown(annotation: Any) -> Any:
        return Bare(annotation) if isinstance(annotation, str) else annotation

    parameters = [each.replace(annotation=shown(each.annotation)) for each in signature.parameters.values()]
    return signature.replace(parameters=parameters, return_annotation=shown(signature.return_annotation))


def described(value: Any, *, whole: bool) -> str:
    """The first paragraph of what it says of itself and where it is defined; with `whole` its source."""
    lines: list[str] = []
    explained = callable(value) or inspect.ismodule(value)
    told: Any = value if explained else value.__class__
    document = inspect.getdoc(told)
    if document:
        lines.append(document.split("\n\n", 1)[0])
    if not explained:
        return "\n".join(lines)
    target = inspect.unwrap(value) if callable(value) else value
    try:
        place = inspect.getsourcefile(target)
        source = inspect.getsource(target) if whole else ""
    except (TypeError, OSError):
        # written in C, or its file is gone
        place, source = None, ""
    if place:
        lines.append(f"defined in {place}")
    if source:
        lines.append(source.rstrip("\n"))
    return "\n".join(lines)
