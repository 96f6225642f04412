"""How an error that nobody caught is told: what, why, where, what the program said, and how to fix it."""

from __future__ import annotations

import os
import sys

from xsh.errors import CommandError, CommandFailed, SpawnError, TargetError, TemplateError, XshError
from xsh.script.read import TEXTS
from xsh.session.session import current_session
from xsh.watch.notices import put
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import TypeGuard

    from xsh.errors import Location

OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def explain(error: BaseException, *, show_frames: bool = False) -> int:
    """Write the message for an uncaught error to stderr and give the exit status it ends the script with."""
    if broken_output(error):
        return 141
    show_given_text()
    if isinstance(error, XshError) and not show_frames:
        text = describe(error)
    else:
        text = "".join(trace(error, show_frames=show_frames))
    write(text)
    return error.exit_code if isinstance(error, XshError) else 1


def broken_output(error: BaseException) -> bool:
    """Whether nobody reads our stdout any more, which ends a filter quietly."""
    if isinstance(error, CommandFailed):
        return error.result.signal == "SIGPIPE" and error.result.stdout_data is None
    return isinstance(error, BrokenPipeError) and not isinstance(error, XshError)


def show_given_text() -> None:
    """Give the lines of sources that are no files to linecache, which tracebacks read."""
    import linecache

    for name, data in TEXTS.items():
        text = data.decode("utf-8", "replace")
        # without a newline at its end 3.11 and 3.12 draw the caret one column off
        lines = (text if text.endswith("\n") else text + "\n").splitlines(keepends=True)
        linecache.cache[name] = (len(text), None, lines, name)


def write(text: str) -> None:
    """Write to stderr after all that Python holds back, secrets masked."""
    text = current_session().secrets.mask(text)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
        put(2, text.encode("utf-8", "backslashreplace"))
    except OSError:
        # stderr itself is gone or full: there is nowhere left to say it, and the status still tells
        return


def describe(error: XshError) -> str:
    """The whole message of one of our errors, lines ending with newlines."""
    lines = [head_line(error)]
    lines += source_lines(error.location)
    tail = getattr(error, "tail", "")
    if tail:
        lines += ["    " + line for line in tail.split("\n")]
    if error.hint:
        lines.append(paint("hint", "36") + f": {printable(error.hint)}")
    attempts = getattr(error, "attempts", ())
    if len(attempts) > 1:
        lines.append(f"after {len(attempts)} attempts")
    lines += notes(error)
    return "\n".join(lines) + "\n"


def notes(error: BaseException) -> list[str]:
    """What was added to an error by `add_note`."""
    return [printable(str(note)) for note in getattr(error, "__notes__", ())]


def head_line(error: XshError) -> str:
    """What, why and where."""
    place = ""
    if error.location is not None:
        file = printable(os.path.basename(error.location.file) or error.location.file).replace("\n", "\\n")
        place = f" ({file}:{error.location.line})"
    message = printable(str(error.args[0])) if error.args else type(error).__name__
    what, colon, why = message.rpartition(": ") if isinstance(error, CommandError) else ("", "", message)
    prefix = f"{what}{colon}" if isinstance(error, (CommandError, SpawnError, TemplateError, TargetError)) else "xsh: "
    return paint(prefix, "1") + paint(why, "1;31") + place


def source_lines(location: Location | None) -> list[str]:
    """The source line a literal stands in, with a caret under it; nothing when the source is not to be had."""
    if location is None:
        return []
    span = location.span()
    if span is None:
        return []
    import linecache

    first, last, start, end = span
    line = linecache.getline(location.file, first).rstrip("\n")
    if not line.strip():
        return []
    left = len(line.encode()[:start].decode("utf-8", "replace"))
    right = len(line.encode()[:end].decode("utf-8", "replace")) if last == first else len(line)
    shift = len(line) - len(line.lstrip())
    marks = " " * (left - shift) + paint("^" * max(1, right - left), "31")
    return ["    " + printable(line.strip()).expandtabs(1), "    " + marks]


def paint(text: str, code: str) -> str:
    """`text` in a colour (ECMA-48 SGR) when stderr is a terminal that wants it (no-color.org)."""
    if not text or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb":
        return text
    try:
        return f"\x1b[{code}m{text}\x1b[0m" if os.isatty(2) else text
    except OSError:
        return text


def trace(error: BaseException, *, show_frames: bool) -> list[str]:
    """A traceback that starts in the user's file, without our own frames unless they are asked for."""
    import traceback

    if not show_frames:
        for part in chain(error):
            kept = users_part(part.__traceback__)
            if isinstance(part, (SpawnError, TargetError)):
                # it says in words what a library or the system has told
                part.__cause__, part.__suppress_context__ = None, True
            # a SyntaxError and our own errors say themselves what is wrong; any other error keeps some frames
            part.__traceback__ = kept if kept or isinstance(part, (SyntaxError, XshError)) else part.__traceback__
    return [*map(printable, traceback.format_exception(error)), *map(printable, hints(error))]


def hints(error: BaseException) -> list[str]:
    """What can be said about an error of Python's own."""
    from xsh.script.frames import hint_for

    hint = hint_for(error, os.environ)
    return [f"hint: {hint}\n"] if hint else []


def chain(error: BaseException) -> list[BaseException]:
    """The error, its causes and contexts, and the members of groups."""
    found: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        part = todo.pop()
        if part is None or part in found:
            continue
        found.append(part)
        todo += [part.__cause__, part.__context__]
        if is_group(part):
            todo += part.exceptions
    return found


def is_group(error: BaseException) -> TypeGuard[BaseExceptionGroup[BaseException]]:
    """Whether an error holds several."""
    return isinstance(error, BaseExceptionGroup)


def users_part(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the user's first frame on, less the frames of xsh itself; None when there is none of his."""
    from types import TracebackType as Frame

    kept: list[TracebackType] = []
    part = trace
    while part is not None:
        file = part.tb_frame.f_code.co_filename
        folder = os.path.dirname(os.path.abspath(file))
        ours = (folder + os.sep).startswith(OURS + os.sep)
        if not ours and not file.startswith("<frozen ") and (kept or os.path.basename(folder) != "asyncio"):
            kept.append(part)
        part = part.tb_next
    rebuilt: TracebackType | None = None
    for frame in reversed(kept):
        rebuilt = Frame(rebuilt, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return rebuilt
