"""Keeps what git says of the directory, looked at in the background, one look at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from xsh.repl.aside import aside
from xsh.repl.prompt.git_state import read_head, read_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from xsh.command.pipeline import Runner
    from xsh.repl.prompt.git_state import GitState, Head

HEAD_WAIT = 0.02
"""Seconds a prompt waits for the branch's name, which is two small files."""
STALE_AFTER = 0.2
"""Seconds after which a state that is being looked at anew is shown dimmed; as elvish does."""


class GitWatch:
    """The branch as it was when the prompt was drawn, and the newest state known of its repository.

    A slow git delays nothing: the state of the last look is shown, `stale` once the new one takes longer than 0.2 s.
    """

    def __init__(self, runner: Runner, redraw: Callable[[], None]) -> None:
        self.runner = runner
        self.redraw = redraw
        self.shown_head: Head | None = None
        """Taken when a prompt is drawn: its text stands before what is typed and must not change its width."""
        self.stale = False
        self._states: dict[str, GitState] = {}
        self._cwd: str | None = None
        self._heading: asyncio.Task[Head | None] | None = None
        self._look: asyncio.Task[None] | None = None
        self._again = False
        self._dimming: asyncio.TimerHandle | None = None

    @property
    def state(self) -> GitState | None:
        """The newest state known of the repository that is shown; None while none is."""
        return self._states.get(self.shown_head.root) if self.shown_head is not None else None

    async def refresh(self, cwd: str) -> None:
        """Look at a directory anew; returns when the branch is known, after 20 ms at most."""
        moved = cwd != self._cwd
        if moved:
            self._cwd, self.shown_head = cwd, None
        if moved or self._heading is None or self._heading.done():
            self._heading = asyncio.create_task(aside(read_head, cwd))
        before = self._look
        if moved or before is None or before.done():
            if before is not None:
                before.cancel()
            self._look = asyncio.create_task(self._look_at(cwd, before))
        else:
            self._again = True
        await asyncio.wait({self._heading}, timeout=HEAD_WAIT)
        if self._heading.done():
            self.shown_head = self._heading.result()

    async def close(self) -> None:
        """Stop looking, and return when a git that runs has ended."""
        tasks = {task for task in (self._look, self._heading) if task is not None}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._brighten()

    async def _look_at(self, cwd: str, before: asyncio.Task[None] | None) -> None:
        """Look until nobody has asked anew meanwhile, once the look before this has come to its end."""
        if before is not None:
            await asyncio.wait({before})
        self._again = True
        while self._again:
            self._again = False
            self._brighten()
            self._dimming = asyncio.get_running_loop().call_later(STALE_AFTER, self._dim)
            try:
                await self._read(cwd)
            finally:
                self._brighten()
            self.redraw()

    async def _read(self, cwd: str) -> None:
        head = await aside(read_head, cwd)
        if head is None:
            return
        state = await read_state(cwd, self.runner)
        if state is None:
            self._states.pop(head.root, None)
        else:
            self._states[head.root] = state

    def _dim(self) -> None:
        self.stale = True
        self.redraw()

    def _brighten(self) -> None:
        self.stale = False
        if self._dimming is not None:
            self._dimming.cancel()
