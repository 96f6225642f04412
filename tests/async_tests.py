"""Runs `async def` tests and coroutines of tests, and fails when a task is left running."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from tests.leak_guard import LeftBehindError

T = TypeVar("T")


def run_async(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a loop of its own; LeftBehindError names each task that still runs when it returns."""
    with asyncio.Runner() as runner:
        return runner.run(_without_leftovers(coroutine))


async def _without_leftovers(coroutine: Coroutine[Any, Any, T]) -> T:
    result = await coroutine
    # a generator that a loop has left is closed by asyncio: one turn makes the task, the next one runs it
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        names = "\n".join(f"  {task!r}" for task in left)
        raise LeftBehindError(f"the test left tasks running:\n{names}")
    return result
