"""Tasks that a line has started and that nobody waits for: their failures are told when they happen.

asyncio tells of them when the task is collected, which is never as long as a name of the user's refers to it.
"""

from __future__ import annotations

import asyncio
import sys

from xsh.repl.jobs.line import current_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import FrameType
    from typing import Any

caller = sys._getframe  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the one way to know who makes a task


class BackgroundTask(asyncio.Task[object]):
    """A task that knows whether somebody waits for it, which everybody does by a callback."""

    def __init__(
        self, coroutine: Coroutine[object, object, object], *, tell: Callable[[str, Any], None], **facts: Any
    ) -> None:
        super().__init__(coroutine, **facts)
        self.awaited = False
        self._tell = tell
        super().add_done_callback(self._over)

    def add_done_callback(self, callback: Callable[[Any], object], /, **facts: Any) -> None:
        """Call back when it has ended; from now on, whoever asked has to care for its failure."""
        self.awaited = True
        super().add_done_callback(callback, **facts)

    def _over(self, _task: asyncio.Task[object]) -> None:
        if self.awaited or self.cancelled():
            return
        # asked for, it is not told a second time by asyncio
        error = self.exception()
        if error is not None:
            self._tell(self.get_name(), error)


def tell_failures(loop: asyncio.AbstractEventLoop, tell: Callable[[str, Any], None]) -> None:
    """Give the tasks that lines start to `tell`, with their names, when they fail and nobody waits for them."""

    def factory(loop: asyncio.AbstractEventLoop, coroutine: Any, **facts: Any) -> asyncio.Future[Any]:
        if current_line.get() is None or not in_users_code():
            return asyncio.Task(coroutine, loop=loop, **facts)
        return BackgroundTask(coroutine, tell=tell, loop=loop, **facts)

    loop.set_task_factory(factory)


def in_users_code() -> bool:
    """Whether a task is being made by `asyncio.create_task` or its like in what the user has written or imported."""
    frame: FrameType | None = caller(2)
    while frame is not None and "/asyncio/" in frame.f_code.co_filename:
        frame = frame.f_back
    module = "" if frame is None else str(frame.f_globals.get("__name__", ""))
    return frame is not None and not module.startswith(("xsh.", "anyio.", "prompt_toolkit."))
