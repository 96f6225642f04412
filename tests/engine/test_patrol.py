"""Tests of looking at many running programs without a descriptor for each."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from tests import process_table
from tests.script_runner import PROGRAMS
from xsh import gather, sh
from xsh.engine import patrol
from xsh.script.closing import end_everything

if TYPE_CHECKING:
    import pytest

    from xsh.session.session import Session


async def test_a_program_that_ends_with_its_output_held_is_seen_among_many(
    fresh_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patrol, "FEW", 3)
    others = [sh("sleep 1") for _ in range(5)]
    results = await gather(*others, sh.argv(PROGRAMS / "daemonise"))
    assert results[-1].stdout_held
    pid = int(results[-1].text)
    os.kill(pid, signal.SIGKILL)
    assert process_table.wait_gone(pid)
    end_everything(fresh_session.runner)


async def test_many_commands_take_a_descriptor_for_each_stream_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patrol, "FEW", 3)
    counts: list[int] = []
    before = len(os.listdir("/proc/self/fd"))

    async def count() -> None:
        await sh("sleep 0.3")
        counts.append(len(os.listdir("/proc/self/fd")) - before)

    await gather(*(sh("sleep 0.6") for _ in range(30)), count)
    # the two pipes of each, the loop's own and the one that counts
    assert 2 * 30 <= counts[0] <= 2 * 30 + 8


async def test_few_are_watched_each_by_itself(fresh_session: Session) -> None:
    await gather(*(sh("sleep 0.1") for _ in range(4)))
    assert not fresh_session.runner.patrol.jobs
