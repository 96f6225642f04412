"""Walking through the history with ↑ and ↓, by what the line begins with; no key waits for the disk but the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.document import Document
from prompt_toolkit.history import History as ToolkitHistory

from xsh.repl.aside import aside

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from prompt_toolkit.buffer import Buffer

    from xsh.repl.history.history import History

FIRST_WAIT = 0.3
"""Seconds the first ↑ of a shell waits at most for the file to be open."""


class PromptHistory(ToolkitHistory):
    """This session's lines, newest first, then those of all others as they were when the prompt was drawn.

    prompt-toolkit's own walk fills its list in the background, so that a key typed ahead would find it empty; this one
    has the session's lines in memory. What is entered is written by `History.begin`.
    """

    def __init__(self, history: History, session: str) -> None:
        super().__init__()
        self.history = history
        self.session = session
        self._others: list[str] | None = None
        self._lines: list[str] = []
        self._at = -1
        self._shown: str | None = None
        self._typed = Document()

    async def load(self) -> AsyncGenerator[str, None]:
        """Nothing: prompt-toolkit's own walk has no lines. Asked when a prompt is drawn, it looks for the others' lines."""
        self._shown = None
        self._others = await aside(self.history.recent, self.session)
        nothing: tuple[str, ...] = ()
        for line in nothing:
            yield line

    def older(self, buffer: Buffer) -> None:
        """Show the next older line that begins like what was typed before the cursor."""
        if self._shown is None or self._shown != buffer.text:
            self._begin(buffer)
        self._show(buffer, self._at + 1)

    def newer(self, buffer: Buffer) -> None:
        """Show the next newer one, and in the end what was typed."""
        if self._shown is not None and self._shown == buffer.text:
            self._show(buffer, self._at - 1)

    def _begin(self, buffer: Buffer) -> None:
        self._typed = buffer.document
        prefix = self._typed.text_before_cursor
        if self._others is None and self.history.wait_opened(FIRST_WAIT):
            self._others = self.history.recent(self.session)
        every = dict.fromkeys([*reversed(self.history.own), *(self._others or ())])
        self._lines = [line for line in every if line.startswith(prefix) and line != self._typed.text]
        self._at = -1

    def _show(self, buffer: Buffer, at: int) -> None:
        if at >= len(self._lines):
            return
        self._at = at
        buffer.document = self._typed if at < 0 else Document(self._lines[at], len(self._lines[at]))
        self._shown = buffer.text if at >= 0 else None

    def load_history_strings(self) -> Iterable[str]:
        """Nothing, as `load`."""
        return ()

    def append_string(self, string: str) -> None:
        """Nothing: a line that is kept is written when it begins to run."""

    def store_string(self, string: str) -> None:
        """Nothing, as `append_string`."""
