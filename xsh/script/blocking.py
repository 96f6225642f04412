"""The one blocking door: run a coroutine from code that has no event loop."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import TypeVar

    T = TypeVar("T")


def run(awaitable: Awaitable[T]) -> T:
    """Await something, also a command, from blocking code, and give its value.

    Ctrl-C, SIGTERM and SIGHUP stop what runs and then end the program as they would have. Raises RuntimeError inside a
    running event loop, where `await` does it.

    Example (plain Python)::

        import xsh
        print(xsh.run(xsh.sh("git rev-parse HEAD").text()))
    """
    import asyncio

    from xsh.script.interrupt import Interrupts
    from xsh.script.looping import run_on_loop
    from xsh.session.session import current_session
    from xsh.watch.notices import clear

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise RuntimeError("xsh.run(…) blocks, and an event loop is running here: use `await`")

    async def whole() -> T:
        return await awaitable

    interrupts = Interrupts(current_session().runner)
    interrupts.install()
    try:
        value: T = run_on_loop(whole(), interrupts)
    finally:
        clear()
        interrupts.remove()
        if interrupts.first is not None:
            interrupts.die()
    return value
