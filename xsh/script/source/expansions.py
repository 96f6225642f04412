"""Tells a shell's own `${…}` from a hole, and says what to write instead."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.script.source.source import Source

# What may follow `${` in a shell (POSIX XCU 2.6.2, bash) as far as it is not also sensible Python: `${a-b}`, `${a+b}`,
# `${a%b}`, `${a/b}`, `${a//b}`, `${a@b}` and `${1}` are expressions and stay holes.
_EXPANSION = re.compile(
    rb"""
      [#!]                                             # ${#v} ${#a[@]} ${!v}
    | [@*?] [^}`\n\w(\[]* \}                           # ${@} ${*} ${?} ${@:1}
    | @ :                                              # ${@:1:2}
    | - \}                                             # ${-}
    | [A-Za-z_0-9]+ (?: \[ [^\]`\n]* \] )? (?:
          : [-=?+]                                     # ${v:-x} ${v:=x} ${v:?x} ${v:+x}
        | : -? \d+ : -? \d+ \}                         # ${v:0:3}
        | [-+^/] \} | = (?! =) | [?#]                  # ${v-} ${v+} ${v=x} ${v?x} ${v#x} ${v##x}
        | %% | % \. (?! \d) | % [^}`\s]* [*?/]? \* \} | % [/?}]  # ${v%%x} ${v%.x} ${v%x*}
        | \^\^ | ,, | / [^}`\s/]* / \} | / [#%]        # ${v^^} ${v,,} ${v/a/} ${v/#a/b}
        | // [^}`\s]* /                                # ${v//a/b}
        | @ [QEPAKakuUL] \}                            # ${v@Q}
      )
    | [A-Za-z_]\w* \[ [@*] \]                          # ${a[@]}
    """,
    re.VERBOSE,
)
_BRACE = re.compile(rb"[{}\n]|\Z")
_NAME = re.compile(rb"[A-Za-z_]\w*")


def is_expansion(data: bytes, start: int) -> bool:
    """Whether the text behind a `${` (at `start`) is a shell's expansion rather than a Python expression."""
    return _EXPANSION.match(data, start) is not None


def expansion_error(source: Source, opening: int) -> SyntaxError:
    """The error for a shell's own `${…}` whose dollar stands at `opening`."""
    end = _closing(source.data, opening + 2)
    text = source.slice(opening, end)
    message = f"`{text}` is the shell's own expansion: write `\\{text}`"
    name = _NAME.match(source.data, opening + 2)
    if name:
        message += _alternative(source, name.group().decode(), name.end(), end)
    return source.error(message, opening, end)


def _alternative(source: Source, name: str, operator: int, end: int) -> str:
    """What else may have been meant: a plain variable, a format spec or a division."""
    sign = source.data[operator : operator + 2]
    if sign == b"//":
        return ", or put spaces around the `//` of a division"
    if sign.startswith(b":") and not name.isupper():
        spec = source.slice(operator + 1, end - 1)
        return f", or for a format spec `${{format({name}, {spec!r})}}`"
    return "" if sign.startswith(b".") else f", or `${name}` for the plain variable"


def _closing(data: bytes, start: int) -> int:
    """The offset behind the `}` that closes a `${` before `start`, or the end of the line."""
    depth = 1
    for found in _BRACE.finditer(data, start):
        if found.group() == b"{":
            depth += 1
        elif found.group() == b"}":
            depth -= 1
            if depth == 0:
                return found.end()
        else:
            return found.start()
    return len(data)
