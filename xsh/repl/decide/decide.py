"""Decides what a text at the prompt is: a command line, Python, a question for help, or not yet finished.

Pure: what is known of the world comes in as `Known`. The rules are those of docs/prompt.md, "What a line is".
"""

from __future__ import annotations

import re

from xsh.repl.decide.advice import advise
from xsh.repl.decide.command_check import check_command
from xsh.repl.decide.command_shape import Choice, choose
from xsh.repl.decide.incomplete import judge_python
from xsh.repl.decide.verdict import Verdict
from xsh.repl.text.command_line import CommandLine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.repl.decide.known import Known

_HELP = re.compile(r"(?P<before>\?{0,2})[ \t]*(?P<name>[^\s?'\"|&;<>()`]+)[ \t]*(?P<after>\?{0,2})\Z")
_BINDING = re.compile(r"^([^\W\d]\w*)[ \t]*(?::[^=\n]*)?=(?!=)|^(?:def|class|import)[ \t]+([^\W\d]\w*)", re.MULTILINE)
_DOCUMENT = re.compile(r"<<-?[ \t]*(\\?['\"]?)([\w.-]+)['\"]?")
_MOST_SPLITS = 20
MOST_ITEMS = 200
"""Items of a text that are looked at before they run; more are pasted, and each has its turn."""


def decide(text: str, known: Known, *, flipped: bool = False) -> Verdict:
    """What a text is and what of it to run; `flipped` takes the other way where both are possible.

    Of several lines that are no one block the verdict is on the first ones, and `rest` holds the others; it is
    "incomplete" as long as any of them is.
    """
    verdict = _first(text, known, flipped=flipped)
    later: list[Verdict] = []
    rest = verdict.rest
    while rest and len(later) < MOST_ITEMS:
        later.append(_first(rest, known))
        rest = later[-1].rest
    verdict.later = tuple(later)
    if any(item.kind == "incomplete" for item in later):
        verdict.kind = "incomplete"
    return verdict


def _first(text: str, known: Known, *, flipped: bool = False) -> Verdict:
    """The verdict on the first item of a text."""
    body = text.lstrip(" \t\n")
    start = len(text) - len(body)
    if not body.strip() or all(line.lstrip()[:1] in ("", "#") for line in body.split("\n")):
        return Verdict("empty", "python", "", "nothing to run")
    helped = _help(body.rstrip())
    if helped is not None:
        return helped
    line = body.split("\n", 1)[0]
    choice = choose(line, known)
    if flipped:
        choice = _flipped(choice)
    if choice.mode == "command":
        return _command(body[choice.marker :], choice, start + choice.marker)
    return _python(text, choice, known)


def _flipped(choice: Choice) -> Choice:
    if choice.mode == "command":
        return Choice("python", "you flipped it")
    return Choice("command", "you flipped it")


def _help(body: str) -> Verdict | None:
    """The verdict on `x?`, `x??` and `?x`."""
    if "?" not in body or "\n" in body:
        return None
    found = _HELP.match(body)
    if found is None or not (found["before"] or found["after"]) or found["name"].startswith("$"):
        return None
    marks = max(found["before"], found["after"], key=len)
    return Verdict("help", "python", found["name"] + marks, "a question mark asks for help")


def _command(body: str, choice: Choice, marker: int) -> Verdict:
    blank = len(body) - len(body.lstrip(" \t"))
    body, marker = body[blank:], marker + blank
    line = CommandLine(body, one_item=True)
    end = _document_end(body, line.at)
    item, rest = body[:end], body[end:].lstrip("\n")
    verdict = Verdict("command", "command", _trimmed(item), choice.reason, marker=marker, rest=rest)
    if line.open in ("quote", "backslash", "operator") and not _given_up(body, line.open):
        verdict.kind = "incomplete"
        verdict.text = item
    check_command(item.rstrip("\n") if line.open == "backslash" else verdict.text, verdict)
    return verdict


def _trimmed(item: str) -> str:
    """A command without the blanks at its end; one behind a backslash belongs to its last word."""
    text = item.rstrip(" \t\n")
    backslashes = len(text) - len(text.rstrip("\\"))
    return text + item[len(text) : len(text) + 1] if backslashes % 2 else text


def _given_up(body: str, what: str) -> bool:
    """Whether blank lines at the end say that nothing more will come: two in a quote, else one."""
    blank = len(body) - len(body.rstrip("\n"))
    return blank > (2 if what == "quote" else 1)


def _document_end(body: str, end: int) -> int:
    """Where a command ends that starts here-documents in its first line, if the lines behind it close them."""
    for found in _DOCUMENT.finditer(body, 0, end):
        closing = re.compile(r"\n\t*" + re.escape(found[2]) + r"(?=\n|\Z)").search(body, end)
        if closing:
            end = closing.end()
    return end


def _python(text: str, choice: Choice, known: Known) -> Verdict:
    item, rest = _first_item(text, known)
    lead = _indent(item)
    source = _dedented(item, lead)
    judged = judge_python(source)
    verdict = Verdict("python", "python", source, choice.reason, marker=lead, rest=rest)
    if judged.state == "incomplete" and not rest:
        verdict.kind = "incomplete"
    elif judged.state != "complete" or judged.parsed is None:
        verdict.error = judged.error or SyntaxError("unfinished", ("<prompt>", 1, 1, source, 1, 1))
    advise(verdict, judged, known)
    error = verdict.error
    if lead and isinstance(error, SyntaxError) and error.offset is not None:
        error.offset += lead
        error.end_offset = None if error.end_offset is None else error.end_offset + lead
        error.text = " " * lead + (error.text or "")
    return verdict


def _first_item(text: str, known: Known) -> tuple[str, str]:
    """The lines of a Python text up to the first line at its left edge that is a command line, and the others."""
    body = text.lstrip("\n")
    if "\n" not in body.rstrip("\n"):
        return body, ""
    edge, at, tries, seen = _indent(body), 0, 0, 0
    bound: set[str] = set()
    richer = known.with_bound(bound)
    while (at := body.find("\n", at)) >= 0 and tries < _MOST_SPLITS:
        at += 1
        line = body[at : (body.find("\n", at) + 1 or len(body) + 1) - 1]
        if not line.strip() or line[0] in ")]}" or _indent(line) != edge:
            continue
        bound.update(name for found in _BINDING.finditer(body, seen, at) for name in found.groups() if name)
        seen = at
        if choose(line.lstrip(" \t"), richer).mode == "python" or line.startswith("$ "):
            continue
        tries += 1
        before = body[:at]
        if judge_python(_dedented(before, edge)).state != "incomplete":
            return before, body[at:]
    return body, ""


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" \t"))


def _dedented(text: str, lead: int) -> str:
    """A text whose first line is indented by `lead` characters, without them in each line that has them."""
    if not lead:
        return text
    prefix = text[:lead]
    return "\n".join(line.removeprefix(prefix) for line in text.split("\n"))
