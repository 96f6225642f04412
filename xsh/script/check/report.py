"""`--check` and `--to-python`: what is said about a script without running it."""

from __future__ import annotations

import os
import sys

from xsh.script.failing import paint
from xsh.targets.local.which import which
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.script.read import Source


def check(source: Source) -> int:
    """Print what cannot work in a script; 0 when nothing was found, 1 otherwise."""
    from xsh.script.check.check import check_source

    text = text_of(source)
    if text is None:
        return 1
    problems = check_source(text, source.name, which=which)
    for problem in problems:
        place = f"{printable(source.name)}:{problem.line}:{problem.column}"
        colour = "31" if problem.severity == "error" else "33"
        sys.stderr.write(f"{place}: {paint(problem.severity, colour)}: {printable(problem.message)}\n")
        if problem.hint:
            sys.stderr.write(f"    {printable(problem.hint)}\n")
    return 1 if any(problem.severity == "error" for problem in problems) else 0


def to_python(source: Source) -> int:
    """Print a script as plain Python; 0, or 1 when it has errors."""
    from xsh.script.check.check import to_python as convert

    text = text_of(source)
    if text is None:
        return 1
    try:
        plain = convert(text, source.name)
    except SyntaxError:
        return check(source)
    os.write(1, plain.encode())
    return 0


def text_of(source: Source) -> str | None:
    """A script's text; None, and a message, when it is none."""
    from xsh.errors import ScriptError
    from xsh.script.source.source import decode

    try:
        return decode(source.name, source.data)
    except ScriptError as error:
        from xsh.script.failing import explain

        explain(error)
        return None
