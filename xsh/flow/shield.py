"""Work that goes on when its caller is cancelled: to its end, or beside a generator until that is left.

anyio's shields hold off its own cancel scopes only. A Ctrl-C, and whoever cancels a task of asyncio's directly, comes
through them; so the work here runs in a task of its own, and whoever waits for it goes on waiting.
"""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

PATIENCE = 2
"""The cancellation, of those that come while shielded work runs, that ends it."""


async def shielded(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` to its end also when cancelled meanwhile; that is raised afterwards. The second one ends the work."""
    import anyio

    over = anyio.Event()
    leaving: list[BaseException] = []
    told: list[BaseException] = []

    async def run() -> None:
        try:
            await work()
        except (SystemExit, KeyboardInterrupt) as error:
            # raised through a task they would stop the loop before anything is cleaned up
            leaving.append(error)
        finally:
            over.set()

    with anyio.CancelScope(shield=True):
        async with anyio.create_task_group() as group:
            group.start_soon(run)
            told = await _outlast(over, group.cancel_scope)
    for raised in (*leaving, *told):
        raise raised


async def _outlast(over: Any, scope: Any) -> list[BaseException]:
    """The cancellations that came until it was over; the second one cancels the scope."""
    told: list[BaseException] = []
    while not over.is_set():
        try:
            await over.wait()
        except asyncio.CancelledError as error:
            told.append(error)
            if len(told) >= PATIENCE:
                scope.cancel()
    return told


class Beside:
    """Work beside a generator. It is no task group: a generator may be closed in another task than it was started in.

    Python closes one that was left by `break` when it is collected, in a task of its own (PEP 525), and a cancel scope
    may be left only in the task that entered it.
    """

    __slots__ = ("error", "task", "work")

    def __init__(self, work: Callable[[], Awaitable[object]]) -> None:
        self.work = work
        self.error: BaseException | None = None
        self.task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            await self.work()
        except BaseException as error:  # noqa: BLE001 - raised by `end` in the generator
            self.error = error

    def end(self) -> None:
        """Raise what the work raised, once it is over."""
        if self.error is not None:
            raise self.error

    async def stop(self) -> None:
        """Cancel it and return once it is over; a cancellation meanwhile is raised after that."""
        told: BaseException | None = None
        self.task.cancel()
        while not self.task.done():
            try:
                await asyncio.wait([self.task])
            except asyncio.CancelledError as error:
                told = error
                self.task.cancel()
        if told is not None:
            raise told
