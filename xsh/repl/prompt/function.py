"""A user's `prompt` or `right_prompt` function: called for each prompt, never waited for long, never trusted to work."""

from __future__ import annotations

import asyncio
import inspect
import os
from typing import TYPE_CHECKING

from prompt_toolkit.formatted_text import ANSI, fragment_list_to_text, to_formatted_text
from prompt_toolkit.utils import get_cwidth

from xsh.repl.aside import aside

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from prompt_toolkit.formatted_text import StyleAndTextTuples

    from xsh.repl.shell import Shell

PATIENCE = 0.05
"""Seconds a prompt waits for the function; then the last text is shown, dimmed, until the new one is there."""
STALE = "fg:ansibrightblack"
OWN = os.path.dirname(os.path.dirname(os.path.dirname(__file__))) + os.sep
"""Where our own code lies."""


class PromptFunction:
    """The text that a function of this name in the user's namespace gives, and None when there is none or it fails.

    `moves` says that text is typed behind it: then a late text of another width waits for the next prompt.
    """

    def __init__(self, shell: Shell, name: str, redraw: Callable[[], None], *, moves: bool) -> None:
        self.shell = shell
        self.name = name
        self.redraw = redraw
        self.moves = moves
        self.fragments: StyleAndTextTuples | None = None
        self.stale = False
        self._waiting: StyleAndTextTuples | None = None
        self._failed: object = None
        self._task: asyncio.Task[None] | None = None

    async def refresh(self) -> None:
        """Ask the function anew and wait for it 50 ms; one that still answers the last time is not asked twice."""
        if self._waiting is not None:
            self.fragments, self._waiting = self._waiting, None
        function = self.shell.names.get(self.name)
        if not callable(function) or function is self._failed:
            self.fragments = None
            return
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._call(function))
        self.stale = False
        await asyncio.wait({self._task}, timeout=PATIENCE)
        self.stale = not self._task.done()

    def close(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()

    async def _call(self, function: Callable[[], Any]) -> None:
        try:
            value = await (function() if inspect.iscoroutinefunction(function) else aside(function))
            if inspect.isawaitable(value):
                value = await value
            made = to_formatted_text(ANSI(value) if isinstance(value, str) else value)
        except Exception as error:  # noqa: BLE001  it is the user's code: told once, and the shell's own prompt is shown
            self._failed, self.fragments = function, None
            self.shell.say(
                f"{self.name}() failed and is not asked again: {type(error).__name__}: {error}{_place(error)}"
            )
        else:
            self._take(made)
        self.stale = False
        self.redraw()

    def _take(self, made: StyleAndTextTuples) -> None:
        if self.stale and self.moves and (self.fragments is None or _end_width(made) != _end_width(self.fragments)):
            self._waiting = made
        else:
            self.fragments = made

    @property
    def shown(self) -> StyleAndTextTuples | None:
        """The text to show now, dimmed while a newer one is on its way."""
        if self.fragments is None or not self.stale:
            return self.fragments
        dimmed: StyleAndTextTuples = [(f"{part[0]} {STALE}", part[1]) for part in self.fragments]
        return dimmed


def _end_width(fragments: StyleAndTextTuples) -> int:
    """The columns of the last line."""
    return get_cwidth(fragment_list_to_text(fragments).rsplit("\n", 1)[-1])


def _place(error: Exception) -> str:
    """The last line of the user's that the error came through."""
    traceback = error.__traceback__
    place = ""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(OWN):
            place = f" ({code.co_filename}:{traceback.tb_lineno})"
        traceback = traceback.tb_next
    return place
