"""A word as text that a shell reads back unchanged: for people and for remote shells, never for local commands.

The form is one that sh, bash, dash, zsh, ksh, mksh, ash and fish all read alike: runs of apostrophes and of (doubled)
backslashes in double quotes, all else in single quotes. POSIX single quotes alone run commands in fish, where a
backslash is special inside them.
"""

from __future__ import annotations

from xsh.errors import TemplateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.+,:@-")
_OPTION = _BARE | {"="}
# Words that one of the shells above reads as more than the name of a program when they come first.
# fmt: off
_FIRST = frozenset([
    "and", "begin", "builtin", "case", "command", "coproc", "do", "done", "elif", "else", "end", "esac", "exec",
    "fi", "for", "foreach", "function", "if", "in", "nocorrect", "noglob", "not", "or", "repeat", "select",
    "switch", "then", "time", "until", "while",
])
# fmt: on


def quote(word: str) -> str:
    """`word` as shell text; letters, digits and `_/.+,:@-` stay bare. Raises TemplateError for a NUL."""
    if word and word != "-" and (_BARE if word[0] != "-" else _OPTION).issuperset(word):
        return word
    return quote_always(word)


def quote_always(word: str) -> str:
    """`word` as quoted shell text, also where it could stay bare. Raises TemplateError for a NUL."""
    if "\0" in word:
        raise TemplateError(f"no argument can hold a NUL character: {word!r}")
    if "'" not in word and "\\" not in word:
        return f"'{word}'"
    quoted: list[str] = []
    start, end = 0, len(word)
    while start < end:
        kind = word[start]
        at = start + 1
        if kind in "'\\":
            while at < end and word[at] == kind:
                at += 1
            run = word[start:at]
            quoted.append(f'"{run}"' if kind == "'" else f'"{run}{run}"')
        else:
            while at < end and word[at] not in "'\\":
                at += 1
            quoted.append(f"'{word[start:at]}'")
        start = at
    return "".join(quoted)


def quote_argv(words: Iterable[str]) -> str:
    """A command line that runs `words`: quoted, separated by a space; a first word that shells reserve is quoted."""
    quoted = [quote(word) for word in words]
    if quoted and quoted[0] in _FIRST:
        quoted[0] = f"'{quoted[0]}'"
    return " ".join(quoted)
