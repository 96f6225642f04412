"""A line that runs: its task, the jobs it has started, whether it is in the foreground."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import CodeType
    from typing import Any

    from xsh.engine.job import Job

RUNNING, STOPPED, ENDED = "running", "stopped", "ended"


class Line:
    """One line that was entered; what it starts belongs to it, also what its tasks start later.

    `state` is running, stopped or ended; `holder` is the job that has, or had when it was stopped, the terminal and
    `modes` are the terminal's modes then. `why` says what stopped it. `taken` is the command that a command line has
    come to, in the code `taken_from`.
    """

    def __init__(self, text: str, *, is_python: bool = False) -> None:
        self.text = text
        self.is_python = is_python
        self.jobs: set[Job] = set()
        self.task: asyncio.Task[int] | None = None
        self.foreground = False
        self.state = RUNNING
        self.why = ""
        self.status = 0
        self.signal: str | None = None
        self.holder: Job | None = None
        self.modes: Any = None
        self.interrupts = 0
        self.begun = self.cancelled = False
        self.changed = asyncio.Event()
        self.taken: Any = None
        self.taken_from: CodeType | None = None

    def start(self, work: Coroutine[Any, Any, int]) -> None:
        """Begin to run it, in a task that it is the current line of."""
        token = current_line.set(self)
        self.task = asyncio.get_running_loop().create_task(work, name=f"line {self.text[:40]!r}")
        current_line.reset(token)
        self.task.add_done_callback(self._ended)

    def begin(self) -> None:
        """The first step of its task; raises CancelledError when it was cancelled before."""
        self.begun = True
        if self.cancelled:
            raise asyncio.CancelledError

    def cancel(self) -> None:
        """Cancel it; before its task has begun that waits for the beginning, else nobody would say how it has ended."""
        if self.begun and self.task is not None:
            self.task.cancel()
        else:
            self.cancelled = True

    def _ended(self, _task: object) -> None:
        self.state = ENDED
        self.changed.set()

    def stopped(self, why: str) -> None:
        """Note that its programs have been stopped."""
        self.state = STOPPED
        self.why = why
        self.changed.set()

    def continued(self) -> None:
        """Note that they run again."""
        if self.state == STOPPED:
            self.state = RUNNING
            self.why = ""

    async def wait(self) -> str:
        """Wait until it has ended or was stopped; the state."""
        while self.state == RUNNING:
            self.changed.clear()
            await self.changed.wait()
        return self.state


current_line: ContextVar[Line | None] = ContextVar("xsh_line", default=None)
"""The line that code runs for; a task that a line left behind still has it."""
