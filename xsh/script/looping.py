"""A script on asyncio's loop: from its start, or taken over half-run from the poll loop."""

from __future__ import annotations

import asyncio

from xsh.reactor.poller import Poller
from xsh.script.closing import stop_jobs  # now, as long as there are descriptors to load it with

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator
    from typing import Any

    from xsh.script.interrupt import Interrupts


def run_on_loop(coroutine: Coroutine[Any, Any, Any], interrupts: Interrupts) -> Any:
    """Run the coroutine to its end on a new loop; raises KeyboardInterrupt when a signal ended it."""
    interrupts.starting = True
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        interrupts.loop = loop
        try:
            outcome = loop.run_until_complete(_main(coroutine, interrupts))
        except asyncio.CancelledError:
            if interrupts.first is not None:
                raise KeyboardInterrupt from None
            raise
        finally:
            loop.run_until_complete(_leave(interrupts))
            interrupts.loop = None
            if interrupts.poller is not None:
                Poller.active = None
    if outcome.leaving is not None:
        raise outcome.leaving
    return outcome.value


class Outcome:
    """How the script's coroutine ended, where it ended by itself."""

    __slots__ = ("leaving", "value")

    def __init__(self, value: Any = None, leaving: BaseException | None = None) -> None:
        self.value = value
        self.leaving = leaving


class Resumed:
    """Goes on with a coroutine that may be half-run already, which `await` alone refuses."""

    __slots__ = ("coroutine",)

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        error: BaseException | None = None
        while True:
            try:
                token = self.coroutine.send(None) if error is None else self.coroutine.throw(error)
            except StopIteration as end:
                return end.value
            error = None
            try:
                yield token
            except BaseException as thrown:  # noqa: BLE001 - raised in the coroutine
                error = thrown


async def _main(coroutine: Coroutine[Any, Any, Any], interrupts: Interrupts) -> Outcome:
    half_run = Poller.active
    if half_run is not None:
        half_run.move_to(asyncio.get_running_loop())
    interrupts.task = asyncio.current_task()
    try:
        if half_run is None:
            interrupts.begin()
        elif interrupts.first is not None:
            interrupts.task.cancel()
        interrupts.starting = False
        return Outcome(await Resumed(coroutine))
    except (SystemExit, KeyboardInterrupt) as leaving:
        # raised through a task they would stop the loop at once, before anything is cleaned up
        return Outcome(leaving=leaving)


async def _leave(interrupts: Interrupts) -> None:
    """End what still runs while there is a loop to end it with."""
    interrupts.closing = True
    current = asyncio.current_task()
    tasks = [task for task in asyncio.all_tasks() if task is not current]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    if interrupts.runner is not None:
        await stop_jobs(interrupts.runner)
        for close in interrupts.runner.closers:
            await close()
