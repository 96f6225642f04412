"""What is wrong with a command line before it runs: its holes, its quotes and its shell syntax."""

from __future__ import annotations

import re

from xsh.errors import ScriptError, TemplateError
from xsh.repl.text.command_line import CommandLine
from xsh.script.source.literal import static_texts
from xsh.script.source.parse import parse
from xsh.words.place import parse_literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.repl.decide.verdict import Verdict

_NEWLINE = re.compile(r"\n")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\"&;|<>]*\Z")
_MISSING = {
    "quote": "the quote that opens here is not closed",
    "backslash": "nothing follows the backslash that continues this line",
    "operator": "no command stands after this",
}


def check_command(text: str, verdict: Verdict) -> None:
    """Puts into `verdict` what keeps the command `text` from running; nothing is run or looked up."""
    line = CommandLine(text)
    if line.open in _MISSING:
        verdict.error = place_error(_MISSING[line.open], text, line.open_at, verdict.marker)
        return
    url = _cut_url(line)
    if url is not None:
        verdict.error = place_error(
            f"the shell ends the command at this `&`: quote the address, '{url[0]}'", text, url[1], verdict.marker
        )
        return
    # a statement ends with its line; the places stay the same
    source = "$ " + _NEWLINE.sub(_blank, text)
    try:
        parsed = parse(source, "<prompt>")
        statement = parsed.marks.statements[0]
        expressions = tuple(parsed.source.slice(hole.start, hole.end).strip() for hole in statement.holes)
        strings = static_texts(parsed.source, statement)
        parse_literal(strings, "bash", expressions)
    except SyntaxError as error:
        verdict.error = _moved(error, text, verdict.marker)
    except TemplateError as error:
        if text.find("\n") < 0 or _still_wrong(text, error):
            verdict.error = error
    except ScriptError as error:
        verdict.error = TemplateError(str(error))


def place_error(message: str, text: str, at: int, marker: int, width: int = 1) -> SyntaxError:
    """A SyntaxError at the character `at` of a text, of which `marker` characters are not part."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    number = text.count("\n", 0, at) + 1
    shown = text[start : len(text) if end < 0 else end]
    offset = at - start + 1 + (marker if number == 1 else 0)
    return SyntaxError(
        message, ("<prompt>", number, offset, " " * (marker if number == 1 else 0) + shown, number, offset + width)
    )


def _blank(found: re.Match[str]) -> str:
    before = found.string[: found.start()]
    continued = (len(before) - len(before.rstrip("\\"))) % 2 == 1
    return "\n" if continued else " "


def _still_wrong(text: str, error: TemplateError) -> bool:
    """Whether several lines are wrong for another reason than being joined to one: a here-document is not."""
    return "<<" not in text and error.hint is None


def _cut_url(line: CommandLine) -> tuple[str, int] | None:
    """The address that an `&` in the middle of it cuts off, and where the `&` stands."""
    text = line.text
    if "://" not in text:
        return None
    for start, end, kind in line.spans:
        if kind != "operator" or text[start:end] != "&" or text[end : end + 1] in ("", " ", "\t", "\n"):
            continue
        found = _URL.search(text, 0, start)
        if found:
            tail = text[start:].split(None, 1)[0]
            return found.group() + tail, start
    return None


def _moved(error: SyntaxError, text: str, marker: int) -> SyntaxError:
    """The same error where the user wrote it: its place was counted in `$ text`, with newlines as blanks."""
    number, offset = error.lineno or 1, (error.offset or 1) - 1
    source = ("$ " + _NEWLINE.sub(_blank, text)).split("\n")
    at = sum(len(line) + 1 for line in source[: number - 1]) + offset - 2
    width = 1
    if error.end_lineno == error.lineno and error.end_offset is not None:
        width = max(1, error.end_offset - 1 - offset)
    return place_error(error.msg, text, max(0, min(at, len(text))), marker, width)
