"""A barrier lets all parties pass together, round after round; one that fails breaks it for all."""

from __future__ import annotations

import asyncio

import anyio
import pytest

from xsh import Barrier, BrokenBarrier, gather, settle


async def test_nobody_passes_before_all_are_there_round_after_round() -> None:
    barrier = Barrier(3)
    arrived: list[int] = []

    async def party() -> None:
        for turn in range(3):
            arrived.append(turn)
            await barrier.wait()
            assert arrived.count(turn) == 3

    await gather(party, party, party)
    assert len(arrived) == 9


async def test_a_party_that_fails_breaks_it_with_its_error() -> None:
    barrier = Barrier(3)

    async def dying() -> None:
        async with barrier:
            raise LookupError("the port is taken")

    outcomes = await settle(barrier.wait, dying, barrier.wait)
    assert [type(outcome.error) for outcome in outcomes] == [BrokenBarrier, LookupError, BrokenBarrier]
    assert "the port is taken" in str(outcomes[0].error)
    assert outcomes[0].error.__cause__ is outcomes[1].error
    with pytest.raises(BrokenBarrier):
        await barrier.wait()


async def test_a_party_that_is_cancelled_breaks_it() -> None:
    barrier = Barrier(2)
    waiting = asyncio.create_task(barrier.wait())
    await anyio.wait_all_tasks_blocked()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(BrokenBarrier):
        await barrier.wait()


async def test_a_party_that_is_cancelled_after_all_were_there_breaks_nothing() -> None:
    barrier = Barrier(2)
    first = asyncio.create_task(barrier.wait())
    await anyio.wait_all_tasks_blocked()

    async def second() -> None:
        await barrier.wait()

    last = asyncio.create_task(second())
    await asyncio.sleep(0)
    last.cancel()
    await first
    await asyncio.wait([last])
    both = Barrier(1)
    await both.wait()
    await gather(barrier.wait, barrier.wait)


async def test_it_can_be_broken_by_hand() -> None:
    barrier = Barrier(2)
    task = asyncio.create_task(barrier.wait())
    await anyio.wait_all_tasks_blocked()
    barrier.abort()
    with pytest.raises(BrokenBarrier, match="aborted"):
        await task
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="limit is"):
            Barrier(wrong)
