"""Work that may wait for a disk or for a user's function, in a thread that neither the prompt nor the exit waits for."""

from __future__ import annotations

import asyncio
import contextvars
from _thread import start_new_thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

T = TypeVar("T")


async def aside(function: Callable[..., T], *given: Any) -> T:
    """What the function gives or raises, called in a thread of its own; asyncio's own threads are joined at exit."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def call() -> None:
        value: Any = None
        error: BaseException | None = None
        try:
            value = context.run(function, *given)
        except BaseException as raised:  # noqa: BLE001  it is raised where it is awaited
            error = raised
        try:
            loop.call_soon_threadsafe(tell, value, error)
        except RuntimeError:
            # the loop has been closed: nobody waits any more
            return

    def tell(value: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)

    # not threading.Thread: its start waits until the thread runs, and a key waits with it
    start_new_thread(call, ())
    return await future
