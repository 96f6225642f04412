"""The first to end, and the first to succeed; the losers have ended by then."""

from __future__ import annotations

import time

import anyio
import pytest

from xsh import CommandFailed, first_ok, race, sh, timeout
from xsh.session.session import current_session


async def test_the_first_to_end_wins_good_or_bad() -> None:
    assert (await race(sh("sleep 60"), sh("echo quick"))).text == "quick"
    with pytest.raises(CommandFailed, match="exit 3"):
        await race(sh("sleep 60"), sh("exit 3"))
    assert not current_session().runner.jobs


async def test_the_losers_of_a_large_race_are_reaped_with_the_winner() -> None:
    assert await race(*(sh("sleep 60") for _ in range(50)), sh("true"))
    assert not current_session().runner.jobs


async def test_a_race_inside_a_timeout_is_stopped_whole() -> None:
    with pytest.raises(TimeoutError), timeout("50ms"):
        await race(sh("sleep 60"), sh("sleep 61"))
    assert not current_session().runner.jobs


async def test_the_first_success_wins_and_failures_are_passed_over() -> None:
    assert (await first_ok(sh("false"), sh("sleep 60"), sh("echo ok"))).text == "ok"
    assert not current_session().runner.jobs


async def test_when_all_fail_every_error_is_shown() -> None:
    with pytest.raises(ExceptionGroup, match="all 3 jobs failed") as caught:
        await first_ok(sh("exit 1"), sh("exit 2"), sh("exit 3"))
    assert sorted(error.exit_code for error in caught.value.exceptions) == [1, 2, 3]  # type: ignore[attr-defined]


async def test_with_stagger_the_next_starts_when_one_fails() -> None:
    began = time.monotonic()
    assert (await first_ok(sh("false"), sh("echo second"), stagger=30)).text == "second"
    assert time.monotonic() - began < 25


async def test_with_stagger_the_next_starts_after_that_long_and_a_success_starts_no_more() -> None:
    started: list[str] = []

    async def slow() -> str:
        started.append("slow")
        await anyio.sleep(60)
        return "slow"

    async def quick() -> str:
        started.append("quick")
        return "quick"

    assert await first_ok(slow, quick, slow, stagger="20ms") == "quick"
    assert started == ["slow", "quick"]
    started.clear()
    assert await first_ok(quick, slow, stagger=60) == "quick"
    assert started == ["quick"]
