"""The queue for a host's sessions: who waits, who is sent to a further connection, who is let in."""

from __future__ import annotations

import asyncio

from xsh.targets.ssh.places import Places


async def test_a_job_that_has_a_place_waits_for_none() -> None:
    places = Places(1)
    assert await places.enter("a")
    assert not await places.enter("a")
    both = [asyncio.ensure_future(places.enter("b")) for _ in range(2)]
    other = asyncio.ensure_future(places.enter("c"))
    await asyncio.sleep(0)
    places.leave("a")
    assert await asyncio.gather(*both) == [True, False]
    assert not other.done()
    further = Places(1, places)
    assert further.take("b")
    places.leave("b")
    await asyncio.sleep(0)
    assert not other.done()
    further.leave("b")
    assert await other
    places.leave("c")
    assert (places.taken, further.taken, places.holders) == (0, 0, {})


async def test_a_cancelled_wait_takes_no_place() -> None:
    places = Places(1)
    assert await places.enter("a")
    queued, given, sent = (asyncio.ensure_future(places.enter("b")) for _ in range(3))
    await asyncio.sleep(0)
    queued.cancel()
    await asyncio.wait([queued])
    places.leave("a")
    # one was given a place in this moment, the other was sent away
    given.cancel()
    sent.cancel()
    await asyncio.wait([given, sent])
    assert (places.taken, places.sent, len(places.waiting), places.holders) == (0, 0, 0, {})
    assert await places.enter("c")


async def test_those_sent_away_count_before_they_are_there() -> None:
    places = Places(2)
    for job in ("a", "b"):
        assert await places.enter(job)
    waiting = [asyncio.ensure_future(places.enter(job)) for job in ("c", "c", "d")]
    await asyncio.sleep(0)
    places.leave("a")
    places.leave("b")
    assert await asyncio.gather(*waiting[:2]) == [True, False]
    assert not waiting[2].done()
    places.leave("c")
    assert await waiting[2]


async def test_narrowed_those_that_hold_wait_for_none() -> None:
    places = Places(4)
    for job in ("a", "a", "b", "b"):
        assert await places.enter(job)
    for job in ("b", "a"):
        places.narrow()
        places.leave(job)
        assert not await places.enter(job)
    assert (places.width, places.taken) == (2, 2)
