"""The grey rest of a line, from the history; → takes it, Alt-→ its next word."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion

from xsh.repl.aside import aside

if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.document import Document

    from xsh.repl.history.history import History

WORD = re.compile(r"\s*(?:[^\s/]+/?|/)(?:\s+(?=\S))?")


class HistorySuggest(AutoSuggest):
    """Suggests what the history has after the text, looked up in a thread; while it is typed, the last one stays."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._last = ""

    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        """None: only `get_suggestion_async` may wait for the disk."""
        del buffer, document
        return None

    async def get_suggestion_async(self, buff: Buffer, document: Document) -> Suggestion | None:
        """The rest of the line to suggest, for a cursor at the end of a text of one line."""
        del buff
        text = document.text
        if not text.strip() or "\n" in text or not document.is_cursor_at_the_end:
            return None
        if not (self._last.startswith(text) and len(self._last) > len(text)):
            found: str | None = await aside(self._find, text)
            self._last = found or ""
        rest = self._last[len(text) :]
        return Suggestion(rest) if rest else None

    def forget(self) -> None:
        """Look the next one up anew: the directory or the files may have changed."""
        self._last = ""

    def _find(self, text: str) -> str | None:
        return self.history.suggestion(text, current_directory())


def next_word(rest: str) -> str:
    """The part of a suggestion that Alt-→ takes: up to the next word or the next part of a path."""
    found = WORD.match(rest)
    return found.group() if found is not None else rest


def current_directory() -> str:
    """Where the shell is; the name it had when the directory has been removed, "/" where that is unknown."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return os.environ.get("PWD", "/")
