"""The prompt's text: directory, branch and how the last line ended on the left, the rest on the right."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from prompt_toolkit.application.current import get_app_or_none

from xsh.repl.history.suggesting import current_directory
from xsh.repl.prompt.function import STALE, PromptFunction
from xsh.repl.prompt.git_watch import GitWatch
from xsh.repl.prompt.marks import after_prompt, before_output, before_prompt, shortened, understood
from xsh.words.duration import format_duration
from xsh.words.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from prompt_toolkit.formatted_text import StyleAndTextTuples

    from xsh.repl.shell import Shell

LONG = 2.0
"""Seconds from which on a line's duration is shown."""
SHORTEST = 10
"""Columns a directory may always take."""
CLEAN, CHANGED, UNKNOWN = "fg:ansigreen", "fg:ansiyellow", "fg:ansibrightblack"


class PromptText:
    """What is shown left and right of the line, for prompt-toolkit's `message` and `rprompt`.

    `refresh` is awaited before each prompt; what takes longer comes when it is there, without moving what is typed.
    `glyph` gives the one character before the line.
    """

    def __init__(self, shell: Shell, glyph: Callable[[], str] = lambda: ">") -> None:
        self.shell = shell
        self.glyph = glyph
        self.cwd = "/"
        self.git = GitWatch(shell.session.runner, redraw)
        self.user_left = PromptFunction(shell, "prompt", redraw, moves=True)
        self.user_right = PromptFunction(shell, "right_prompt", redraw, moves=False)
        self._drawn: tuple[Any, int] | None = None
        self._parts: StyleAndTextTuples = []
        self.marked = understood(os.environ, is_terminal=os.isatty(1))

    async def refresh(self) -> None:
        """Look at the world anew before a prompt is shown; takes some milliseconds, with slow functions 50."""
        self.cwd = current_directory()
        await asyncio.gather(self.git.refresh(self.cwd), self.user_left.refresh(), self.user_right.refresh())

    async def close(self) -> None:
        """Stop what is still being looked at, git included; returns when it has ended."""
        await self.git.close()
        self.user_left.close()
        self.user_right.close()

    def before(self, *, first: bool = False) -> str:
        """What to write to the terminal before the prompt is drawn: its marks and title, if it understands them."""
        return before_prompt(self.cwd, None if first else self.shell.status) if self.marked else ""

    def after(self, line: str) -> str:
        """What to write before the output of a line: its mark and the line as title, if the terminal understands them."""
        return before_output(self.shell.session.secrets.mask(line)) if self.marked and line.strip() else ""

    def left(self) -> StyleAndTextTuples:
        """The prompt itself; a user's `prompt` function replaces it. Asked for many times while it is drawn once."""
        app = get_app_or_none()
        drawing = None if app is None else (app, app.render_counter)
        if drawing is not None and drawing == self._drawn:
            return self._parts
        self._drawn, self._parts = drawing, self._left()
        return self._parts

    def _left(self) -> StyleAndTextTuples:
        own = self.user_left.shown
        parts = [*own] if own is not None else self._built_in()
        if self.marked:
            parts.append(("[ZeroWidthEscape]", after_prompt()))
        return parts

    def _built_in(self) -> StyleAndTextTuples:
        parts: StyleAndTextTuples = []
        if self.shell.target_name:
            parts.append(("fg:ansimagenta bold", f"{printable(self.shell.target_name)}:"))
        parts.append(("fg:ansiblue bold", fitted(printable(shortened(self.cwd)), columns() // 3)))
        parts.append(("", " "))
        head = self.git.shown_head
        if head is not None:
            name = fitted(printable(head.branch), columns() // 4)
            parts.append((self._branch_style(), f"{name}|{head.operation}" if head.operation else name))
            parts.append(("", " "))
        if self.shell.status:
            parts.append(("fg:ansired", f"[{self.shell.signal or self.shell.status}] "))
        style = "fg:ansired bold" if self.shell.status else "bold"
        return [*parts, (style, self.glyph()), ("", " ")]

    def _branch_style(self) -> str:
        state = self.git.state
        if state is None or self.git.stale:
            return UNKNOWN
        return CLEAN if state.clean else CHANGED

    def right(self) -> StyleAndTextTuples:
        """What stands at the right edge while the line is edited: git's counts, jobs, the duration; then it goes."""
        app = get_app_or_none()
        if app is not None and app.is_done:
            return []
        own = self.user_right.shown
        if own is not None:
            return own
        parts: StyleAndTextTuples = []
        counts = str(self.git.state) if self.git.state is not None else ""
        if counts:
            parts.append((STALE if self.git.stale else CHANGED, f" {counts} "))
        jobs = len(self.shell.jobs)
        if jobs:
            parts.append(("fg:ansicyan", f" {jobs} job{'s' if jobs > 1 else ''} "))
        if self.shell.duration is not None and self.shell.duration > LONG:
            parts.append(("fg:ansibrightblack", f" {format_duration(self.shell.duration)}"))
        return parts

    def continuation(self, width: int, line_number: int, wrap_count: int) -> StyleAndTextTuples:
        """What stands left of the second and every later line of a text; nothing where one line is wrapped."""
        del line_number
        return [("", " " * width)] if wrap_count else [("fg:ansibrightblack", "· ".rjust(width))]


def redraw() -> None:
    """Draw the prompt that is shown anew, if there is one."""
    app = get_app_or_none()
    if app is not None and app.is_running:
        app.invalidate()


def columns() -> int:
    """The terminal's width as the prompt knows it."""
    app = get_app_or_none()
    return app.output.get_size().columns if app is not None else 80


def fitted(path: str, width: int) -> str:
    """A path or a branch in at most `width` characters, ten at least: first the folders in front become one letter each."""
    width = max(width, SHORTEST)
    if len(path) <= width:
        return path
    *front, last = path.split("/")
    for number, part in enumerate(front):
        front[number] = part[: 2 if part.startswith(".") else 1]
        path = "/".join([*front, last])
        if len(path) <= width:
            return path
    return path if len(path) <= width else f"…{path[1 - width :]}"
