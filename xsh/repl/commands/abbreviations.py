"""`abbr`: short words that are written out while a command line is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xsh.repl.commands.refused import Refused
from xsh.words.quote import quote

if TYPE_CHECKING:
    from xsh.repl.shell import Shell

SPECIAL = frozenset(" \t\n$`'\"|&;<>(){}=")


def abbr(shell: Shell, words: list[str]) -> str:
    """`abbr [NAME=TEXT …]`, `abbr -e NAME …`: set abbreviations, forget them, or show them; refuses a name with blanks."""
    if words[1:2] == ["-e"]:
        for name in words[2:]:
            if shell.abbreviations.pop(name, None) is None:
                raise Refused(f"{name}: no such abbreviation")
        return ""
    shown: list[str] = []
    for word in words[1:] or sorted(shell.abbreviations):
        name, equals, text = word.partition("=")
        if equals:
            if not name or SPECIAL & set(name):
                raise Refused(f"{name!r} cannot be an abbreviation")
            shell.abbreviations[name] = text
        elif name in shell.abbreviations:
            shown.append(f"abbr {name}={quote(shell.abbreviations[name])}")
        else:
            raise Refused(f"{name}: no such abbreviation")
    return "\n".join(shown)
