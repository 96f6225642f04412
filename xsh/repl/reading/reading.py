"""Reads lines: the prompt with its keys, colours, completions and history, made of prompt-toolkit's session."""

from __future__ import annotations

import asyncio
import os

from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session, get_app_or_none
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.styles import merge_styles

from xsh.repl.aside import aside
from xsh.repl.complete.completing import completion_options
from xsh.repl.control.own_terminal import write_all
from xsh.repl.decide.verdict import glyph
from xsh.repl.highlight.colour import colour_style, make_colour
from xsh.repl.highlight.deciding import Deciding
from xsh.repl.highlight.programs import Programs
from xsh.repl.history.prompt_history import PromptHistory
from xsh.repl.history.suggesting import HistorySuggest
from xsh.repl.prompt.prompt import PromptText
from xsh.repl.reading.keys import make_bindings
from xsh.repl.reading.rows import draw_few_rows
from xsh.repl.reading.settings import Settings
from xsh.session.ask import turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.repl.prompt.first_prompt import FirstPrompt
    from xsh.repl.reading.above import Above
    from xsh.repl.shell import Shell


class PlainOutput(DummyOutput):
    """An output that gets text and nothing else, for a terminal that understands nothing else."""

    def write(self, data: str) -> None:
        """Write text as it is."""
        write_all(data.encode("utf-8", "replace"))


class Reader:
    """The prompt of one shell; `read` gives the next text and raises EOFError for Ctrl-D and KeyboardInterrupt for Ctrl-C."""

    def __init__(self, shell: Shell, above: Above, look: FirstPrompt) -> None:
        self.shell = shell
        self.above = above
        self.look = look
        self.programs = Programs()
        self.deciding = Deciding(shell, self.programs)
        self.prompt = PromptText(shell, self._glyph)
        self.first = True
        self.suggest = HistorySuggest(shell.history)
        self._looking: asyncio.Task[frozenset[str]] | None = None
        self._waiting: asyncio.Task[bool] | None = None
        self.colour = make_colour(shell, self.deciding.verdict, self.programs, lambda: self.deciding.flipped)
        self.deciding.changed = self.colour.changed
        self.session = self._session() if os.environ.get("TERM") != "dumb" else self._plain_session()
        draw_few_rows(self.session.app.renderer)
        self.settings = Settings(shell, self.session.app)

    def _plain_session(self) -> PromptSession[str]:
        with create_app_session(output=PlainOutput()):
            return self._session()

    def _session(self) -> PromptSession[str]:
        shell = self.shell
        return PromptSession(
            self.prompt.left,
            rprompt=self.prompt.right,
            multiline=True,
            prompt_continuation=self.prompt.continuation,
            history=PromptHistory(shell.history, shell.session_id),
            auto_suggest=self.suggest,
            lexer=self.colour,
            **completion_options(shell, self.programs, self.deciding.known),
            key_bindings=make_bindings(shell, self.deciding),
            style=merge_styles([colour_style()]),
            include_default_pygments_style=False,
            enable_open_in_editor=False,
        )

    async def read(self) -> str:
        """The next text the user enters."""
        self.settings.apply()
        self.deciding.reset()
        self.suggest.forget()
        self.colour.forget()
        self._look_for_programs()
        await self.prompt.refresh()
        self.look.erase()
        app = self.session.app
        asking = await self._take_turn()
        try:
            write_all(self.prompt.before(first=self.first).encode())
            self.first = False
            self.above.begin(app)
            try:
                text = await self.session.prompt_async(
                    handle_sigint=False, set_exception_handler=False, pre_run=self._shown
                )
            finally:
                self.above.end()
        finally:
            asking.release()
        write_all(self.prompt.after(text).encode())
        return text

    async def _take_turn(self) -> asyncio.Lock:
        """Wait for the answer to a question that a task still asks; raises EOFError when the shell is to end meanwhile."""
        asking = turn()
        if self.shell.leaving is not None:
            raise EOFError
        self._waiting = asyncio.create_task(asking.acquire())
        try:
            await self._waiting
        except asyncio.CancelledError:
            if self.shell.leaving is None:
                raise
            raise EOFError from None
        finally:
            self._waiting = None
        return asking

    def _shown(self) -> None:
        """From now on the prompt has the keys; a Ctrl-C before was for what the terminal has dropped with it."""
        self.shell.interrupted_early = False
        if self.shell.leaving is not None:
            self.leave()

    def _look_for_programs(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(aside(self.programs.look))

    def interrupt(self) -> bool:
        """Clear the line, as Ctrl-C does; whether a prompt is shown."""
        return self._leave(KeyboardInterrupt())

    def leave(self) -> None:
        """End the prompt that is shown, or is about to be, as Ctrl-D does."""
        if not self._leave(EOFError()) and self._waiting is not None:
            self._waiting.cancel()

    def _leave(self, why: BaseException) -> bool:
        app = self.session.app
        shown = app.is_running and not app.is_done
        if shown:
            app.exit(exception=why)
        return shown

    async def close(self) -> None:
        """Stop what looks at the world in the background."""
        if self._looking is not None:
            self._looking.cancel()
        await self.prompt.close()

    def _glyph(self) -> str:
        app: Any = get_app_or_none()
        text = "" if app is None else self.session.default_buffer.text
        return glyph(self.deciding.verdict(text) if text.strip() else None)
