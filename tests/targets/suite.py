"""The register of what every place to run promises, and what its facts are told by: see conformance.py."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests import process_table

Shell = Any
Fact = Callable[[Shell, Path], Awaitable[None]]
FACTS: dict[str, Fact] = {}


@dataclass
class Place:
    """A place to run: how to get a shell for it, and the facts it does not claim, each with its reason."""

    name: str
    shell: Callable[[], AbstractAsyncContextManager[Shell]]
    lacks: dict[str, str] = field(default_factory=dict)


def claimed(place: Place) -> list[str]:
    """The facts a place claims."""
    assert not set(place.lacks) - set(FACTS), f"{place.name} lacks what is no fact"
    return [name for name in FACTS if name not in place.lacks]


def fact(text: str) -> Callable[[Fact], Fact]:
    """Add a function to the table under the words that users read."""

    def add(function: Fact) -> Fact:
        assert text not in FACTS
        FACTS[text] = function
        return function

    return add


def alive(mark: str) -> list[int]:
    """The processes that have `mark` in their environment, those that are ending apart."""
    return [process.pid for process in process_table.still_living(process_table.bearers(mark, process_table.pids()))]


async def gone(mark: str, within: float = 5.0) -> bool:
    """Whether everything with the mark is gone within some seconds."""
    deadline = time.monotonic() + within
    while alive(mark):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def appears(path: Path, within: float = 10.0) -> None:
    """Return once there is a file."""
    deadline = time.monotonic() + within
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        await asyncio.sleep(0.01)


def marked(command: Any, mark: str) -> Any:
    """A command whose processes can be found."""
    return command.env({process_table.COOKIE: mark})


class Arrivals:
    """Cancels a task at the `number`th time that something arrives for the loop: a byte, an end, a connection."""

    def __init__(self, task: asyncio.Task[Any], number: int) -> None:
        self.task = task
        self.number = number
        self.loop: Any = asyncio.get_running_loop()
        self.selector = self.loop._selector

    def __getattr__(self, name: str) -> Any:
        return getattr(self.selector, name)

    def select(self, timeout: float | None = None) -> Any:
        """What has arrived, as selectors.BaseSelector gives it."""
        found = self.selector.select(timeout)
        if found:
            self.number -= 1
            if self.number == 0:
                self.task.cancel()
        return found

    def __enter__(self) -> Self:
        self.loop._selector = self
        return self

    def __exit__(self, *error: object) -> None:
        self.loop._selector = self.selector


async def cancelled_at(number: int, command: Any, ready: Path) -> bool:
    """Start a command, cancel it at an arrival, at once for 0, or when `ready` is there; says whether it was that late."""
    task = asyncio.ensure_future(as_task(command))
    late = False
    with Arrivals(task, number) as arrivals:
        if number == 0:
            task.cancel()
        while not task.done():
            # once only: a second time means to kill at once
            if arrivals.number > 0 and ready.exists() and not late:
                late = True
                arrivals.number = 0
                task.cancel()
            await asyncio.sleep(0.002)
    assert task.cancelled() or isinstance(task.exception(), asyncio.CancelledError), task
    return late


async def as_task(command: Any) -> Any:
    """A command awaited in a task."""
    return await command
