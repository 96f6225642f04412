"""How each of many jobs ended, in input order; no failure stops the others."""

from __future__ import annotations

import pytest

from xsh import CommandFailed, ProgramNotFound, settle, sh


async def test_outcomes_come_in_input_order_with_what_failed() -> None:
    outcomes = await settle(sh("sleep 0.05; echo slow"), sh("exit 3"), lambda: 7, sh("no-such-program"), limit=4)
    assert [outcome.ok for outcome in outcomes] == [True, False, True, False]
    assert [outcome.index for outcome in outcomes] == [0, 1, 2, 3]
    assert [bool(outcome) for outcome in outcomes.succeeded] == [True, True]
    assert (outcomes[0].value.text, outcomes[2].value) == ("slow", 7)
    assert [type(outcome.error) for outcome in outcomes.failed] == [CommandFailed, ProgramNotFound]
    assert [outcome.label for outcome in outcomes.failed] == ["exit 3", "no-such-program"]
    assert outcomes[0].duration >= 0.05
    assert repr(outcomes) == "<2 succeeded, 2 failed>"
    with pytest.raises(ExceptionGroup, match="2 of 4 jobs failed") as caught:
        outcomes.raise_failures()
    assert list(caught.value.exceptions) == [outcome.error for outcome in outcomes.failed]


async def test_nothing_is_raised_where_nothing_failed() -> None:
    outcomes = await settle(sh("true"))
    outcomes.raise_failures()
    assert len(outcomes) == 1
    assert not outcomes.failed
