"""`alias`, `unalias`, `export`, `unset` and `which`."""

from __future__ import annotations

import os

from xsh.errors import TemplateError
from xsh.repl.commands.refused import Refused
from xsh.session.builtins import export, unset
from xsh.targets.local.which import which
from xsh.words.quote import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.repl.shell import Shell


def alias(shell: Shell, words: list[str]) -> str:
    """`alias [NAME[=TEXT] …]`: set aliases, or show them."""
    shown: list[str] = []
    for word in words[1:] or sorted(shell.aliases):
        name, equals, text = word.partition("=")
        if equals:
            if not name or any(char in name for char in " \t/$`'\"|&;<>(){}"):
                raise Refused(f"{name!r} cannot be the name of an alias")
            shell.aliases[name] = text
        elif name in shell.aliases:
            shown.append(described(name, shell.aliases[name]))
        else:
            raise Refused(f"{name}: no such alias")
    return "\n".join(shown)


def described(name: str, value: str | Callable[..., Any]) -> str:
    """An alias as it is set."""
    if isinstance(value, str):
        return f"alias {name}={quote(value)}"
    return f"alias {name} is the function {getattr(value, '__qualname__', repr(value))}"


def unalias(shell: Shell, words: list[str]) -> None:
    """`unalias NAME …`, `unalias -a`: forget aliases."""
    if words[1:] == ["-a"]:
        shell.aliases.clear()
        return
    if len(words) == 1:
        raise Refused("names no alias")
    for name in words[1:]:
        if shell.aliases.pop(name, None) is None:
            raise Refused(f"{name}: no such alias")


def export_command(_shell: Shell, words: list[str]) -> str:
    """`export NAME=value …`: set variables of the environment; alone, or with -p, show them (POSIX XCU export)."""
    if words[1:] in ([], ["-p"]):
        return "\n".join(f"export {name}={quote(value)}" for name, value in sorted(os.environ.items()))
    try:
        export(words[1:])
    except TemplateError as error:
        raise Refused(str(error).removeprefix("export: ")) from error
    return ""


def unset_command(_shell: Shell, words: list[str]) -> None:
    """`unset NAME …`: remove variables from the environment."""
    unset([word for word in words[1:] if word not in ("-v", "--")])


def which_command(shell: Shell, words: list[str]) -> str:
    """`which NAME …`: what a command's first word stands for: alias, session command, program; refuses for none."""
    from xsh.repl.decide.known import SESSION_COMMANDS

    lines: list[str] = []
    for name in [word for word in words[1:] if word != "-a"]:
        value = shell.aliases.get(name)
        path = which(name)
        if value is not None:
            lines.append(described(name, value))
        elif name in SESSION_COMMANDS:
            lines.append(f"{name}: a command of the session")
        elif path is not None:
            lines.append(path)
        else:
            raise Refused("\n".join([*lines, f"no {name} on PATH"]).lstrip("\n"))
    return "\n".join(lines)
