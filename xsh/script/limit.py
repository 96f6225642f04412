"""The time limit of a whole script."""

from __future__ import annotations

from xsh.errors import XshError
from xsh.reactor.reactor import current_reactor, need_loop
from xsh.words.duration import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any


class ScriptTimedOut(XshError, TimeoutError):
    """The whole script took longer than `--timeout` allows."""

    @property
    def exit_code(self) -> int:
        """124, as timeout(1) gives."""
        return 124


async def within(coroutine: Coroutine[Any, Any, Any], seconds: float) -> Any:
    """The value of `coroutine`; raises ScriptTimedOut, once what runs was stopped, when it takes longer."""
    await need_loop()
    import asyncio

    task = asyncio.get_running_loop().create_task(coroutine)
    timer = current_reactor().call_later(seconds, task.cancel)
    late = asyncio.get_running_loop().time() + seconds
    try:
        return await task
    except asyncio.CancelledError:
        if asyncio.get_running_loop().time() >= late and task.cancelled():
            raise ScriptTimedOut(f"the script timed out after {format_duration(seconds)}") from None
        task.cancel()
        await asyncio.wait([task])
        raise
    finally:
        timer.cancel()
