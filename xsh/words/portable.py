"""Shell text that was written for bash, as any POSIX sh reads it: for places of which it is not known whether they have bash."""

from __future__ import annotations

import re

from xsh.words.reference import sigpipe_trap

TRAP = re.compile(r"trap '(\w+)s=\(")
ARRAY = re.compile(r'(\w+)=\("\$@"\);set --;')


class AnyShell(str):
    """The name of the shell for shell text when bash is wanted and sh will do."""

    __slots__ = ()


def without_bash(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments for sh where `argv` are bash and those of shell text; sh has no pipefail."""
    strict = argv[1] == "-euo"
    text, params = (argv[4], argv[6:]) if strict else (argv[2], argv[4:])
    return (*(("-eu",) if strict else ()), "-c", without_arrays(text, len(params)), "xsh", *params)


def without_arrays(text: str, count: int) -> str:
    """Text that was written for bash as any POSIX sh reads it: `count` values in variables instead of an array.

    Only what the writer of such text (words/reference.py) puts in is changed, and its names are in no user's text.
    """
    trap = TRAP.search(text)
    if trap is not None:
        text = text.replace(sigpipe_trap(trap[1]), "", 1)
    prologue = ARRAY.match(text)
    if prologue is None:
        return text
    prefix = prologue[1]
    body = text[prologue.end() :]

    def spread(found: re.Match[str]) -> str:
        first, size = int(found[1]), int(found[2])
        return '" "'.join(f"${{{prefix}{number + 1}}}" for number in range(first, first + size))

    body = re.sub(rf"\$\{{{prefix}\[@\]:(\d+):(\d+)\}}", spread, body)
    body = re.sub(rf"\$\{{{prefix}\[(\d+)\]\}}", lambda found: f"${{{prefix}{int(found[1]) + 1}}}", body)
    copies = "".join(f"{prefix}{number}=${{{number}}};" for number in range(1, count + 1))
    return f"{copies}set --;{body}"
