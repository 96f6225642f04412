"""Whether a Python text is finished, asked of the scanner and of the tokenizer on masked text, never of a failed parse."""

from __future__ import annotations

import ast
import re
import warnings

from xsh.errors import ScriptError
from xsh.script.source.marks import Marks
from xsh.script.source.mask import mask
from xsh.script.source.parse import Parsed, generate, parse
from xsh.script.source.scan import scan
from xsh.script.source.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    State = Literal["complete", "incomplete", "error"]

_ALLOW_INCOMPLETE_INPUT = 0x4000  # codeop's flag, in `compile` since 3.11 (Include/cpython/compile.h)
_FLAGS = _ALLOW_INCOMPLETE_INPUT | ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_OPEN_LITERALS = (
    "unterminated literal: its closing ``` is missing",
    "unterminated hole: its closing } is missing",
    "nothing follows the backslash that continues this line",
)
_OPEN_TRIPLE = re.compile(r"unterminated triple-quoted|'\{' was never closed|f-string: expecting '}'")
_TRIPLE = re.compile(r"\"\"\"|'''")
_BLOCK = re.compile(r"\s*(?:async\s+)?(?:if|for|while|with|try|def|class|match|else|elif|except|finally)\b|\s*@")


class Judged:
    """What a Python text is: its state, the error to show where there is one, and its tree where it is complete."""

    __slots__ = ("error", "parsed", "state")

    def __init__(self, state: State, error: SyntaxError | None = None, parsed: Parsed | None = None) -> None:
        self.state = state
        self.error = error
        self.parsed = parsed


def judge_python(text: str, filename: str = "<prompt>") -> Judged:
    """Whether a Python text can be run, needs more lines, or has an error, with the error at its place in the text.

    A block counts as complete when its last line is blank or not indented, or when it is one line.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _judge(text, filename)
        except SyntaxError as error:
            return Judged("error", error)
        except (ScriptError, RecursionError, MemoryError) as error:
            return Judged("error", _error(str(error) or "nested too deeply", text, filename))


def _judge(text: str, filename: str) -> Judged:
    try:
        source = Source(text, filename)
        marks = scan(source) if "$" in text or "`" in text else Marks()
    except SyntaxError as error:
        if error.msg in _OPEN_LITERALS and not _ends_in_blank_lines(text):
            return Judged("incomplete", error)
        return Judged("error", error)
    masked = mask(source.data, marks).decode("utf-8", "replace")
    if _is_unfinished(masked):
        return Judged("incomplete")
    parsed = parse(text, filename, bare_commands="await")
    if _may_go_on(text):
        return Judged("incomplete", None, parsed)
    generate(parsed)  # the later stages of the compiler refuse too: `return` outside of a function
    return Judged("complete", None, parsed)


def _is_unfinished(masked: str) -> bool:
    """Whether CPython's tokenizer reaches the end of the text inside a bracket, a string or a statement."""
    if masked.rstrip(" \t").endswith("\\"):
        return not _comment_at_end(masked)
    try:
        compile(masked + "\n", "<prompt>", "exec", _FLAGS, dont_inherit=True)
    except SyntaxError as error:
        # 3.13 has a class of its own for it, private to codeop; the message is the same everywhere
        return error.msg == "incomplete input" or _is_open_fstring(masked, error)
    return False


def _is_open_fstring(masked: str, error: SyntaxError) -> bool:
    """Whether an f-string in triple quotes is open, which some versions report as an error of its field."""
    return bool(_OPEN_TRIPLE.search(error.msg)) and len(_TRIPLE.findall(masked)) % 2 == 1


def _comment_at_end(masked: str) -> bool:
    last = masked.rpartition("\n")[2]
    return "#" in last and not re.search(r"""['"][^'"]*#""", last)


def _may_go_on(text: str) -> bool:
    """Whether a complete text of several lines is a block that the next line may still belong to."""
    lines = text.split("\n")
    return len(lines) > 1 and bool(lines[-1].strip()) and (lines[-1][0] in " \t" or bool(_BLOCK.match(lines[-1])))


def _ends_in_blank_lines(text: str) -> bool:
    return text.endswith("\n\n")


def _error(message: str, text: str, filename: str) -> SyntaxError:
    return SyntaxError(message, (filename, 1, 1, text.split("\n", 1)[0] + "\n", 1, 2))
