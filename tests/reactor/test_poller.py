"""The poll loop: descriptors, timers, calls from elsewhere, and the way to asyncio's loop half-way."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from xsh.reactor.poller import Poller
from xsh.reactor.reactor import current_reactor, need_loop
from xsh.script.execute import drive
from xsh.script.interrupt import Interrupts


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """A pipe's read and write end."""
    read_end, write_end = os.pipe()
    yield read_end, write_end
    os.close(read_end)
    os.close(write_end)


def test_a_coroutine_gives_its_value_and_its_error() -> None:
    async def value() -> int:
        return 3

    async def error() -> None:
        raise LookupError

    assert Poller().drive(value()) == 3
    with pytest.raises(LookupError):
        Poller().drive(error())
    assert Poller.active is None


def test_a_descriptor_calls_back_until_it_is_removed(ends: tuple[int, int]) -> None:
    read_end, write_end = ends
    seen: list[bytes] = []

    async def main() -> None:
        reactor = current_reactor()
        over = reactor.fact()

        def ready() -> None:
            seen.append(os.read(read_end, 1))
            if len(seen) == 3:
                reactor.remove_reader(read_end)
                over.set()

        reactor.add_reader(read_end, ready)
        reactor.add_writer(write_end, lambda: reactor.remove_writer(write_end))
        os.write(write_end, b"abcd")
        await over.wait()
        assert over.true
        await over.wait()

    Poller().drive(main())
    assert seen == [b"a", b"b", b"c"]


def test_timers_fire_in_their_order_and_can_be_taken_back() -> None:
    fired: list[str] = []

    async def main() -> None:
        reactor = current_reactor()
        over = reactor.fact()
        reactor.call_later(0.03, over.set)
        reactor.call_later(0.02, lambda: fired.append("second"))
        reactor.call_later(0.0, lambda: fired.append("first"))
        taken = reactor.call_later(0.01, lambda: fired.append("never"))
        taken.cancel()
        taken.cancel()
        await over.wait()

    Poller().drive(main())
    assert fired == ["first", "second"]


def test_a_timer_set_by_a_timer_counts_from_then() -> None:
    times: list[float] = []

    async def main() -> None:
        reactor = current_reactor()
        over = reactor.fact()

        def again() -> None:
            times.append(time.monotonic())
            if len(times) == 3:
                over.set()
            else:
                reactor.call_later(0.01, again)

        again()
        await over.wait()

    Poller().drive(main())
    assert times[2] - times[0] >= 0.02


def test_a_call_from_another_thread_wakes_it() -> None:
    async def main() -> None:
        reactor = current_reactor()
        over = reactor.fact()
        thread = threading.Thread(target=lambda: reactor.call_soon_threadsafe(over.set))
        thread.start()
        await over.wait()
        thread.join()

    Poller().drive(main())


def test_an_interruption_comes_at_the_await() -> None:
    async def main() -> str:
        reactor = current_reactor()
        reactor.call_later(0, lambda: reactor.interrupt(KeyboardInterrupt()))
        try:
            await reactor.fact().wait()
        except KeyboardInterrupt:
            return "interrupted"
        return "never"

    assert Poller().drive(main()) == "interrupted"


def test_foreign_awaitables_are_explained() -> None:
    class Foreign:
        def __await__(self) -> Iterator[Any]:
            yield self

    async def main() -> None:
        await Foreign()

    with pytest.raises(RuntimeError, match="needs `import asyncio` in the script"):
        Poller().drive(main())


def test_everything_goes_on_under_asyncio(ends: tuple[int, int]) -> None:
    read_end, write_end = ends
    seen: list[str] = []

    async def main() -> str:
        reactor = current_reactor()
        before, timed, woken = reactor.fact(), reactor.fact(), reactor.fact()
        reactor.add_reader(read_end, lambda: (seen.append(os.read(read_end, 9).decode()), before.set()))
        reactor.call_later(0.01, timed.set)
        reactor.call_soon_threadsafe(woken.set)
        await need_loop()
        assert asyncio.current_task() is not None
        assert current_reactor() is not reactor
        await need_loop()
        os.write(write_end, b"x")
        for fact in (woken, timed, before):
            await asyncio.wait_for(fact.wait(), 10)
        reactor.remove_reader(read_end)
        late = reactor.fact()
        reactor.call_later(0, late.set)
        await late.wait()
        return "value"

    assert drive(main(), False, Interrupts()) == "value"
    assert seen == ["x"]
    assert Poller.active is None


def test_outside_of_any_loop_it_is_explained() -> None:
    with pytest.raises(RuntimeError, match="no event loop is running: await the command inside an async function"):
        current_reactor()
