"""The history as prompt-toolkit walks through it with ↑ and ↓."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prompt_toolkit.history import History as ToolkitHistory

from xsh.repl.aside import aside

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from xsh.repl.history import History

BATCH = 100
"""Lines given before the prompt may do something else."""


class PromptHistory(ToolkitHistory):
    """This session's lines, newest first, then those of all others; what is entered is written by `History.begin`."""

    def __init__(self, history: History, session: str) -> None:
        super().__init__()
        self.history = history
        self.session = session

    async def load(self) -> AsyncGenerator[str, None]:
        """Every line, newest first, each once; the session's own are there at once."""
        seen: set[str] = set()
        for text in [*reversed(self.history.own)]:
            if text not in seen:
                seen.add(text)
                yield text
        others = await aside(self.history.recent, self.session)
        for number, text in enumerate(others):
            if text not in seen:
                yield text
            if number % BATCH == BATCH - 1:
                await asyncio.sleep(0)

    def load_history_strings(self) -> Iterable[str]:
        """Every line, newest first."""
        return self.history.recent(self.session)

    def get_strings(self) -> list[str]:
        """The session's own lines, oldest first."""
        return [*self.history.own]

    def append_string(self, string: str) -> None:
        """Nothing: a line that is kept is written when it begins to run."""

    def store_string(self, string: str) -> None:
        """Nothing, as `append_string`."""
