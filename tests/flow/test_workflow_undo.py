"""What a workflow did is taken back when a step fails or it is cancelled, once everything that ran was stopped."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.flow.jobs import failing, noting
from xsh import (
    CommandFailed,
    StepStarted,
    StepUndone,
    WorkflowEnded,
    WorkflowEvent,
    sh,
    wait_for,
)
from xsh.flow.workflow import Workflow


async def test_a_failure_undoes_the_finished_steps_in_reverse() -> None:
    notes: list[str] = []
    flow = Workflow("release")
    flow.step("one", noting(notes, "one"), undo=noting(notes, "undo one"))
    flow.step("plain", noting(notes, "plain"))
    flow.parallel(
        "both",
        {"a": noting(notes, "a"), "b": noting(notes, "b")},
        undo={"a": noting(notes, "undo a"), "b": lambda context: notes.append(f"undo b {context}")},
    )
    flow.step("four", sh("exit 4"), undo=noting(notes, "undo four"))
    flow.step("five", noting(notes, "five"))
    with pytest.raises(CommandFailed) as caught:
        await flow.run("ctx")
    assert notes == ["one", "plain", "a", "b", "undo b ctx", "undo a", "undo one"]
    report = caught.value.report  # type: ignore[attr-defined]
    assert [step.status for step in report] == ["succeeded"] * 4 + ["failed", "skipped"]
    assert [step.name for step in report if step.undone] == ["one", "a", "b"]
    assert report.error is caught.value
    assert not report.ok
    assert "in step 'four' of 'release'" in caught.value.__notes__


async def test_everything_that_runs_is_stopped_before_the_undos_begin(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    long = sh("touch ${alive}; trap 'rm ${alive}; exit' TERM; while :; do sleep 0.05; done", alive=alive)
    seen: list[bool] = []

    async def fail() -> None:
        await wait_for(path=alive)
        raise LookupError

    flow = Workflow("w").step("first", sh("true"), undo=lambda: seen.append(alive.exists()))
    flow.parallel("phase", {"long": long, "fail": fail})
    with pytest.raises(LookupError) as caught:
        await flow.run()
    assert seen == [False]
    report = caught.value.report  # type: ignore[attr-defined]
    assert [step.status for step in report] == ["succeeded", "cancelled", "failed"]


async def test_an_undo_that_raises_is_reported_and_the_others_still_run() -> None:
    notes: list[str] = []
    flow = Workflow("w").step("a", sh("true"), undo=noting(notes, "undo a"))
    flow.step("b", sh("true"), undo=failing("stuck")).step("c", failing("first"))
    undone: list[tuple[str, bool]] = []
    flow.on(StepUndone, lambda event: undone.append((event.name, event.error is None)))
    with pytest.raises(LookupError, match="first") as caught:
        await flow.run()
    report = caught.value.report  # type: ignore[attr-defined]
    assert notes == ["undo a"]
    assert undone == [("b", False), ("a", True)]
    assert (report["b"].undone, str(report["b"].undo_error)) == (False, "stuck")
    assert "the undo of step 'b' failed: stuck" in caught.value.__notes__


@pytest.mark.parametrize("how", ["scope", "task"])
async def test_a_cancellation_undoes_shielded_and_is_raised_with_the_report(how: str) -> None:
    notes: list[str] = []
    started = anyio.Event()

    async def undo() -> None:
        await anyio.sleep(0.02)
        notes.append("undone")

    flow = Workflow("w").step("a", sh("true"), undo=undo).step("long", sh("sleep 60"))
    flow.on(StepStarted, lambda event: event.name == "long" and started.set())
    errors: list[BaseException] = []

    async def run() -> None:
        try:
            await flow.run()
        except BaseException as error:
            errors.append(error)
            raise

    if how == "scope":
        async with anyio.create_task_group() as group:
            group.start_soon(run)
            await started.wait()
            group.cancel_scope.cancel()
    else:
        task = asyncio.create_task(run())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert notes == ["undone"]
    assert [step.status for step in errors[0].report] == ["succeeded", "cancelled"]  # type: ignore[attr-defined]


async def test_a_cancellation_during_undo_waits_for_it_and_a_second_one_ends_it() -> None:
    for times, expected in ((1, ["b", "a"]), (2, [])):
        notes: list[str] = []
        undoing, going_on = anyio.Event(), anyio.Event()

        async def undo(name: str, undoing: Any = undoing, going_on: Any = going_on, notes: Any = notes) -> None:
            undoing.set()
            await going_on.wait()
            notes.append(name)

        flow = Workflow("w").step("a", sh("true"), undo=lambda undo=undo: undo("a"))
        flow.step("b", sh("true"), undo=lambda undo=undo: undo("b")).step("c", failing())
        ended: list[WorkflowEvent] = []
        flow.on(WorkflowEnded, ended.append)
        task = asyncio.ensure_future(flow.run()._run())
        await undoing.wait()
        for _ in range(times):
            task.cancel()
            await anyio.wait_all_tasks_blocked()
        going_on.set()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert notes == expected
        assert len(ended) == 1
        assert isinstance(caught.value.report.error, LookupError)  # type: ignore[attr-defined]
