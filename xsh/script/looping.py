"""A script on asyncio's loop: from its start, or taken over half-run from the poll loop."""

from __future__ import annotations

import asyncio

from xsh.reactor.poller import Poller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from xsh.script.interrupt import Interrupts


def run_on_loop(coroutine: Coroutine[Any, Any, Any], interrupts: Interrupts) -> Any:
    """Run the coroutine to its end on a new loop; raises KeyboardInterrupt when a signal ended it."""
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        interrupts.loop = loop
        try:
            return loop.run_until_complete(_main(coroutine, interrupts))
        except asyncio.CancelledError:
            if interrupts.first is not None:
                raise KeyboardInterrupt from None
            raise
        finally:
            loop.run_until_complete(_leave(interrupts))
            interrupts.loop = None
            if interrupts.poller is not None:
                Poller.active = None


async def _main(coroutine: Coroutine[Any, Any, Any], interrupts: Interrupts) -> Any:
    if Poller.active is not None:
        Poller.active.move_to(asyncio.get_running_loop())
    # the coroutine may have run already, and a task continues it where it stands
    interrupts.task = asyncio.get_running_loop().create_task(coroutine)
    if interrupts.first is not None:
        interrupts.task.cancel()
    try:
        return await interrupts.task
    except KeyboardInterrupt:
        raise KeyboardInterrupt from None


async def _leave(interrupts: Interrupts) -> None:
    """End what still runs while there is a loop to end it with."""
    interrupts.closing = True
    from xsh.script.closing import stop_jobs

    current = asyncio.current_task()
    tasks = [task for task in asyncio.all_tasks() if task is not current]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    if interrupts.runner is not None:
        await stop_jobs(interrupts.runner)
