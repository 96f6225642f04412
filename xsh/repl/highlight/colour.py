"""Colours the text at the prompt by its verdict: a command line with its programs and paths, or Python."""

from __future__ import annotations

import contextlib

from prompt_toolkit.application import get_app_or_none
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import Style
from prompt_toolkit.styles.pygments import (
    pygments_token_to_classname,  # pyright: ignore[reportUnknownVariableType]
)

from xsh.repl.decide.known import SESSION_COMMANDS, SHELL_WORDS
from xsh.repl.highlight.existing import Existing
from xsh.repl.highlight.lexer import XshLexer
from xsh.repl.text.command_line import CommandLine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Container, Hashable
    from typing import Any

    from prompt_toolkit.application import Application
    from prompt_toolkit.document import Document
    from prompt_toolkit.formatted_text import StyleAndTextTuples

    from xsh.repl.decide.verdict import Verdict
    from xsh.repl.highlight.programs import Programs
    from xsh.repl.shell import Shell
    from xsh.repl.text.command_words import Word

    Span = tuple[int, int, str]

STYLE = {
    "xsh.known": "ansigreen",
    "xsh.unknown": "ansired",
    "xsh.reserved": "ansimagenta",
    "xsh.operator": "ansicyan",
    "xsh.option": "ansicyan",
    "xsh.string": "ansiyellow",
    "xsh.escape": "ansiyellow",
    "xsh.variable": "ansiblue",
    "xsh.assignment": "ansiblue",
    "xsh.hole": "bold",
    "xsh.comment": "ansibrightblack",
    "xsh.path": "underline",
    "xsh.unclosed": "ansired",
    "xsh.marker": "ansibrightblack",
    "pygments.keyword": "ansimagenta",
    "pygments.keyword.constant": "ansicyan",
    "pygments.operator.word": "ansimagenta",
    "pygments.name.builtin": "ansicyan",
    "pygments.name.builtin.pseudo": "ansigreen bold",
    "pygments.name.function": "ansigreen",
    "pygments.name.class": "ansigreen",
    "pygments.name.decorator": "ansigreen",
    "pygments.name.variable": "ansiblue",
    "pygments.name.attribute": "ansicyan",
    "pygments.literal.number": "ansicyan",
    "pygments.literal.string": "ansiyellow",
    "pygments.literal.string.interpol": "ansimagenta",
    "pygments.literal.string.backtick": "ansigreen",
    "pygments.comment": "ansibrightblack",
}
"""Classes of the coloured text and their looks, in the sixteen colours that every theme sets readable."""
_LONGEST = 20_000
"""Characters of a text that are coloured; a longer one is pasted, and colour would only cost time."""


def colour_style() -> Style:
    """The style for the classes that the lexer gives."""
    return Style.from_dict(STYLE)


class LineColour(Lexer):
    """The prompt's lexer; `verdict` gives the verdict on a text, `commands` and `paths` tell what may be run and exists.

    Nothing here waits for a disk: what is not yet known is not yet coloured. `stamp` changes when the verdict on the
    same text may have.
    """

    def __init__(
        self,
        verdict: Callable[[str], Verdict],
        commands: Container[str] = (),
        paths: Container[str] | None = None,
        stamp: Callable[[], Hashable] = lambda: None,
    ) -> None:
        self._verdict = verdict
        self._commands = commands
        self._existing = Existing(self.changed)
        self._paths = self._existing if paths is None else paths
        self._stamp = stamp
        self._changes = 0
        self._app: Application[Any] | None = None
        self._loop: AbstractEventLoop | None = None
        self._python = XshLexer(stripnl=False, ensurenl=False)

    def invalidation_hash(self) -> Hashable:
        """What prompt_toolkit keeps coloured text by, beside the text."""
        return (id(self), self._changes, self._stamp())

    def forget(self) -> None:
        """Begin a new line: files may have come and gone."""
        self._existing.forget()
        self._changes += 1

    def changed(self) -> None:
        """More is known of the line than when it was coloured; a thread may say so."""
        self._changes += 1
        app, loop = self._app, self._loop
        if app is not None and loop is not None:
            # a thread that asks the application itself may meet it in the moment of its end, with no loop any more
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(app.invalidate)

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """The coloured pieces of each line."""
        self._app = get_app_or_none()  # asked here, since the thread that learns of paths has no application
        self._loop = self._app.loop if self._app is not None else None
        text = document.text
        cut: list[StyleAndTextTuples] = []
        cut_at: Hashable = None

        def line(number: int) -> StyleAndTextTuples:
            # prompt_toolkit keeps this function as long as the text is the same, whatever was learnt meanwhile
            nonlocal cut, cut_at
            now = self.invalidation_hash()  # taken first: more may be learnt while the text is cut
            if cut_at != now:
                cut, cut_at = cut_lines(text, self.spans(text)), now
            return cut[number] if number < len(cut) else []

        return line

    def spans(self, text: str) -> list[Span]:
        """The coloured parts of a text as (start, end, class), in order and without overlap."""
        if len(text) > _LONGEST:
            return []
        spans: list[Span] = []
        at = 0
        first = self._verdict(text)
        for verdict in (first, *first.later):
            end = len(text) - len(verdict.rest)
            spans += self._item(text[at:end], at, verdict)
            at = end
        return spans

    def _item(self, text: str, offset: int, verdict: Verdict) -> list[Span]:
        if verdict.mode != "command":
            return self._python_spans(text, offset)
        start = verdict.marker
        spans: list[Span] = []
        if text[:start].strip():
            spans.append((offset, offset + start, "class:xsh.marker"))
        return spans + self.command_spans(text[start:], offset + start)

    def command_spans(self, text: str, offset: int = 0) -> list[Span]:
        """The coloured parts of a command line."""
        line = CommandLine(text)
        layers: list[Span] = [(word.start, word.end, self._word_class(word, text)) for word in line.words]
        layers.sort(key=lambda span: span[0] - span[1])  # an outer word before the words in its substitutions
        painted = [""] * len(text)
        for start, end, name in layers:
            painted[start:end] = [name] * (end - start)
        for start, end, kind in line.spans:
            path = "class:xsh.path " if kind == "string" and "xsh.path" in painted[start] else ""
            painted[start:end] = [f"{path}class:xsh.{kind}"] * (end - start)
        for start, end, kind in line.spans:
            if kind == "hole":
                self._paint_hole(text, start, end, painted)
        if line.open == "quote":
            painted[line.open_at :] = ["class:xsh.unclosed"] * (len(text) - line.open_at)
        return [(offset + start, offset + end, name) for start, end, name in _runs(painted) if name]

    def _paint_hole(self, text: str, start: int, end: int, painted: list[str]) -> None:
        inner = end - 1 if text.endswith("}", start, end) else end
        for first, last, name in self._python_spans(text[start + 2 : inner], start + 2):
            painted[first:last] = [name] * (last - first)

    def _word_class(self, word: Word, text: str) -> str:
        if word.role == "reserved":
            return "class:xsh.reserved"
        if word.role == "assignment":
            return "class:xsh.assignment"
        if word.role == "command":
            if not word.static or word.value.startswith(("/", "./", "../", "~/")) or word.value in ("..", "~"):
                return "class:xsh.known" if not word.static or word.value in self._paths else "class:xsh.unknown"
            known = word.value in self._commands or ("/" in word.value and word.value in self._paths)
            return "class:xsh.known" if known else "class:xsh.unknown"
        if word.value.startswith("-") and word.role == "argument":
            return "class:xsh.option"
        home = word.value.startswith("~/") or word.value == "~"
        if (word.static or home) and word.value and word.value in self._paths and text[word.start] != "#":
            return "class:xsh.path"
        return ""

    def _python_spans(self, text: str, offset: int) -> list[Span]:
        spans: list[Span] = []
        for start, kind, value in self._python.get_tokens_unprocessed(text):
            if value.strip():
                name = "class:" + pygments_token_to_classname(kind)
                spans.append((offset + start, offset + start + len(value), name))
        return spans


class Runnable:
    """What may stand first in a command: aliases, the session's commands, programs, Python functions as stages."""

    def __init__(self, shell: Shell, programs: Programs) -> None:
        self._shell = shell
        self._programs = programs

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        if name in self._shell.aliases or name in SESSION_COMMANDS or name in SHELL_WORDS or name in self._programs:
            return True
        return not self._programs.is_ready and self._shell.find(name)


def make_colour(
    shell: Shell, verdict: Callable[[str], Verdict], programs: Programs, stamp: Callable[[], Hashable] = lambda: None
) -> LineColour:
    """The lexer for a shell's prompt; `programs` are to be looked up anew in a thread before each prompt."""
    return LineColour(verdict, Runnable(shell, programs), stamp=stamp)


def cut_lines(text: str, spans: list[Span]) -> list[StyleAndTextTuples]:
    """The text as lines of coloured pieces."""
    lines: list[StyleAndTextTuples] = [[]]
    at = 0
    for start, end, name in [*spans, (len(text), len(text), "")]:
        for style, piece in (("", text[at:start]), (name, text[start:end])):
            first, *others = piece.split("\n")
            if first:
                lines[-1].append((style, first))
            lines.extend([(style, other)] if other else [] for other in others)
        at = end
    return lines


def _runs(painted: list[str]) -> list[Span]:
    runs: list[Span] = []
    start = 0
    for at in range(1, len(painted) + 1):
        if at == len(painted) or painted[at] != painted[start]:
            runs.append((start, at, painted[start]))
            start = at
    return runs
