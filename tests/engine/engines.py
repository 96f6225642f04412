"""The two ways a coroutine is driven: asyncio's loop, as in a library, and the poll loop of a short script."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from tests.async_tests import run_async
from xsh.script.execute import drive
from xsh.script.interrupt import Interrupts
from xsh.session.session import current_session

ENGINES = ("loop", "poll")


def run_by(engine: str, coroutine: Coroutine[Any, Any, Any]) -> None:
    """Run a coroutine to its end the named way; AssertionError when the runner still knows a job afterwards."""
    if engine == "loop":
        run_async(coroutine)
    else:
        drive(coroutine, False, Interrupts())
    assert not current_session().runner.jobs
