"""What a workflow tells while it runs: balanced events, by iteration and to listeners."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.flow.jobs import failing, noting
from xsh import (
    StepFailed,
    StepOutput,
    StepSkipped,
    StepStarted,
    StepSucceeded,
    StepUndone,
    WorkflowEnded,
    WorkflowEvent,
    WorkflowStarted,
    gather,
    sh,
)
from xsh.flow.workflow import Workflow


def balanced(events: list[WorkflowEvent]) -> None:
    """Every start has its end, and the whole begins and ends once."""
    assert isinstance(events[0], WorkflowStarted)
    assert isinstance(events[-1], WorkflowEnded)
    counts = Counter(type(event) for event in events)
    assert counts[WorkflowStarted] == counts[WorkflowEnded] == 1
    assert counts[StepStarted] == counts[StepSucceeded] + counts[StepFailed]
    assert counts[StepStarted] + counts[StepSkipped] == len(events[0].report.steps)


async def test_events_are_iterated_and_told_alike() -> None:
    told: list[WorkflowEvent] = []
    seen: list[WorkflowEvent] = []
    flow = Workflow("w").step("a", sh("echo x; echo y >&2"), undo=sh("true")).step("b", failing(), optional=True)
    flow.on(WorkflowEvent, told.append)
    flow.step("c", failing()).step("d", sh("true"))
    with pytest.raises(LookupError) as caught:
        async for event in flow.events():
            seen.append(event)
    assert seen == told
    balanced(seen)
    assert [(e.stream, e.line) for e in seen if isinstance(e, StepOutput)] == [(1, "x"), (2, "y")]
    assert [e.name for e in seen if isinstance(e, StepUndone)] == ["a"]
    assert seen[-1].report is caught.value.report  # type: ignore[attr-defined]


async def test_an_event_is_there_while_its_step_runs(tmp_path: Path) -> None:
    go = tmp_path / "go"
    flow = Workflow("w").step("a", sh("echo first; until [ -e ${go} ]; do sleep 0.01; done; printf last", go=go))
    lines = []
    async for event in flow.events():
        if isinstance(event, StepOutput):
            lines.append(event.line)
            go.touch()
    assert lines == ["first", "last"]


async def test_output_of_jobs_inside_a_step_is_told_too() -> None:
    async def many() -> None:
        await gather(sh("echo one"), sh("echo two"))
        await sh("echo secret").text()

    lines = [e.line async for e in Workflow("w").step("a", many).events() if isinstance(e, StepOutput)]
    assert sorted(lines) == ["one", "two"]


async def test_a_long_line_is_told_whole() -> None:
    flow = Workflow("w").step("a", sh("head -c 3000000 /dev/zero | tr '\\0' x"))
    (event,) = [e async for e in flow.events() if isinstance(e, StepOutput)]
    assert event.line == "x" * 3_000_000


async def test_leaving_the_loop_stops_and_undoes() -> None:
    notes: list[str] = []
    flow = Workflow("w").step("a", sh("true"), undo=noting(notes, "undone")).step("b", sh("sleep 60"))
    told: list[WorkflowEvent] = []
    flow.on(WorkflowEvent, told.append)
    events = flow.events().__aiter__()
    async for event in events:
        if isinstance(event, StepStarted) and event.name == "b":
            break
    await events.aclose()
    assert notes == ["undone"]
    balanced(told)


async def test_a_listener_that_raises_harms_nobody_and_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[WorkflowEvent] = []
    flow = Workflow("w").step("a", sh("true")).step("b", sh("true"))

    def broken(event: WorkflowEvent) -> None:
        raise ZeroDivisionError(event)

    flow.on(StepSucceeded, broken).on(StepSucceeded, seen.append)
    assert (await flow.run()).ok
    assert len(seen) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "broken failed at StepSucceeded('a'): ZeroDivisionError" in line
