"""Outcomes as the jobs end; leaving the loop, in any way, stops the rest."""

from __future__ import annotations

import asyncio
import gc

import anyio
import pytest

from xsh import as_completed, batched, sh
from xsh.session.session import current_session


async def test_the_fast_one_comes_before_the_slow_one_that_was_started_first() -> None:
    go = anyio.Event()
    seen = []
    async for outcome in as_completed(go.wait, sh("echo fast")):
        seen.append(outcome.index)
        go.set()
    assert seen == [1, 0]


async def test_a_failure_is_an_outcome_and_stops_nothing() -> None:
    found = {outcome.index: outcome.ok async for outcome in as_completed(sh("false"), sh("true"), limit=1)}
    assert found == {0: False, 1: True}


@pytest.mark.parametrize("how", ["closed", "dropped", "raised"])
async def test_leaving_the_loop_stops_the_rest(how: str) -> None:
    outcomes = as_completed(sh("true"), sh("sleep 60")).__aiter__()
    try:
        async for _ in outcomes:
            if how == "raised":
                raise LookupError
            break
    except LookupError:
        await outcomes.aclose()
    if how == "closed":
        await outcomes.aclose()
    del outcomes
    gc.collect()
    # a generator that was dropped is closed in a task of its own
    while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(tasks)
    assert not current_session().runner.jobs


async def test_it_may_be_pulled_and_closed_by_different_tasks_and_scopes() -> None:
    outcomes = as_completed(sh("true"), sh("sleep 60")).__aiter__()
    with anyio.fail_after(30):
        assert (await anext(outcomes)).ok
    with anyio.move_on_after(0.01) as scope:
        await anext(outcomes)
    assert scope.cancelled_caught
    await asyncio.create_task(outcomes.aclose())
    assert not current_session().runner.jobs


def test_items_come_in_batches() -> None:
    assert list(batched(iter(range(5)), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batched([], 2)) == []
    for size in (0, -1):
        with pytest.raises(ValueError, match="1 or more"):
            batched([1], size)
