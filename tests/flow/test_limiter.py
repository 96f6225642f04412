"""A limiter and a semaphore hold under any schedule of cancellations; a queue runs the most urgent first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.async_tests import run_async
from xsh import CommandFailed, JobQueue, Limiter, Semaphore, gather, sh

STEPS = st.lists(st.tuples(st.sampled_from(["enter", "leave", "cancel", "turn"]), st.integers(0, 30)), max_size=40)
MAKERS: dict[str, Callable[[int], Any]] = {"limiter": Limiter, "semaphore": Semaphore}


class Visitors:
    """Tasks that want a place, each told when to leave; what they see is checked as they see it."""

    def __init__(self, places: Any, limit: int) -> None:
        self.places = places
        self.limit = limit
        self.asked: list[int] = []
        self.entered: list[int] = []
        self.inside: dict[int, asyncio.Event] = {}
        self.tasks: dict[int, asyncio.Task[None]] = {}

    def add(self) -> None:
        number = len(self.tasks)
        self.tasks[number] = asyncio.create_task(self._visit(number))

    async def _visit(self, number: int) -> None:
        self.asked.append(number)
        async with self.places:
            self.entered.append(number)
            leave = self.inside[number] = asyncio.Event()
            assert len(self.inside) <= self.limit
            try:
                await leave.wait()
            finally:
                del self.inside[number]

    async def settle(self) -> None:
        """Let everybody go as far as they can."""
        for _ in range(5):
            await asyncio.sleep(0)


async def follow(make: Callable[[int], Any], limit: int, steps: list[tuple[str, int]]) -> None:
    """Go through a schedule; afterwards every place must be there."""
    visitors = Visitors(make(limit), limit)
    for step, number in steps:
        if step == "enter":
            visitors.add()
        elif step == "leave" and visitors.inside:
            list(visitors.inside.values())[number % len(visitors.inside)].set()
        elif step == "cancel" and visitors.tasks:
            visitors.tasks[number % len(visitors.tasks)].cancel()
        elif step == "turn":
            await asyncio.sleep(0)
    await visitors.settle()
    waiting = [n for n in visitors.asked if n not in visitors.entered and not visitors.tasks[n].done()]
    assert not waiting or len(visitors.inside) == limit
    while any(not task.done() for task in visitors.tasks.values()):
        for leave in visitors.inside.values():
            leave.set()
        await visitors.settle()
    for task in visitors.tasks.values():
        assert task.cancelled() or task.exception() is None
    assert visitors.entered == sorted(visitors.entered, key=visitors.asked.index)
    for _ in range(limit):
        visitors.add()
    await visitors.settle()
    assert len(visitors.inside) == limit
    for leave in visitors.inside.values():
        leave.set()
    await asyncio.gather(*list(visitors.tasks.values())[-limit:])


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@given(limit=st.integers(1, 3), steps=STEPS)
# cancelled in the turn in which it was given its place
@example(limit=1, steps=[("enter", 0), ("enter", 0), ("turn", 0), ("enter", 0), ("cancel", 0), ("cancel", 1)])
@example(limit=3, steps=[*[("enter", 0)] * 4, ("turn", 0), ("enter", 0), ("enter", 0), ("cancel", 0), ("cancel", 3)])
def test_never_above_the_limit_never_a_lost_place_in_the_order_asked(
    make: Callable[[int], Any], limit: int, steps: list[tuple[str, int]]
) -> None:
    run_async(follow(make, limit, steps))


async def test_several_calls_share_one_cap() -> None:
    limiter = Limiter(2)
    running = peak = 0

    async def job() -> None:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await anyio.sleep(0.01)
        running -= 1

    await gather(gather(*(lambda: limiter.run(job) for _ in range(5))), *(limiter.run(job) for _ in range(5)))
    assert (running, peak) == (0, 2)
    with pytest.raises(CommandFailed):
        await limiter.run(sh("false"))
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="limit is"):
            Limiter(wrong)
        with pytest.raises(ValueError, match="limit is"):
            JobQueue(wrong)


async def test_the_most_urgent_runs_next_and_first_come_first_within() -> None:
    ran: list[str] = []
    async with JobQueue(1) as queue:
        for name, priority in (("low", 0), ("high", 10), ("low too", 0), ("high too", 10)):
            queue.submit(lambda name=name: ran.append(name), priority=priority)
        await queue.join()
        assert ran == ["high", "high too", "low", "low too"]
        handle = queue.submit(sh("exit 3"))
        with pytest.raises(CommandFailed):
            await handle
        with pytest.raises(TypeError, match="job 6 is int"):
            queue.submit(5)
    with pytest.raises(RuntimeError, match="inside"):
        queue.submit(sh("true"))


async def test_leaving_the_block_waits_and_an_error_in_it_stops() -> None:
    ran: list[int] = []
    async with JobQueue(2) as queue:
        for number in range(5):
            queue.submit(lambda number=number: ran.append(number))
    assert sorted(ran) == [0, 1, 2, 3, 4]
    with pytest.raises(LookupError):
        async with JobQueue(1) as queue:
            handles = [queue.submit(sh("sleep 60")), queue.submit(anyio.sleep(60))]
            await anyio.wait_all_tasks_blocked()
            raise LookupError
    for handle in handles:
        with pytest.raises(RuntimeError, match="stopped before"):
            await handle


async def test_leaving_the_block_raises_what_nobody_has_asked_for() -> None:
    with pytest.raises(ExceptionGroup, match="2 jobs of the queue failed") as caught:
        async with JobQueue(2) as queue:
            seen = queue.submit(sh("exit 3"))
            queue.submit(sh("exit 4"))
            queue.submit(sh("true"))
            await queue.join()
            queue.submit(sh("exit 5"))
            with pytest.raises(CommandFailed):
                await seen
    assert sorted(error.exit_code for error in caught.value.exceptions if isinstance(error, CommandFailed)) == [4, 5]
    with pytest.raises(ExceptionGroup, match="a job of the queue failed"):
        async with JobQueue(1) as queue:
            queue.submit(sh("false"))


async def test_an_error_of_the_block_itself_is_raised_alone() -> None:
    with pytest.raises(LookupError):
        async with JobQueue(1) as queue:
            queue.submit(sh("false"))
            await queue.join()
            raise LookupError


async def test_a_handle_may_be_awaited_after_its_queue_was_left() -> None:
    queue = JobQueue(1)
    with pytest.raises(ExceptionGroup):
        async with queue:
            handle = queue.submit(sh("exit 3"))
    with pytest.raises(CommandFailed):
        await handle
    async with queue:
        assert (await queue.submit(sh("echo again"))).text == "again"


async def test_a_job_that_ends_the_program_ends_the_others_of_its_queue_first() -> None:
    async def leave() -> None:
        raise SystemExit(4)

    with pytest.raises(SystemExit):
        async with JobQueue(2) as queue:
            queue.submit(sh("sleep 60"))
            queue.submit(leave)
