"""A workflow runs its steps in order, tells what it does, and takes back what was done when one of them fails."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.script_runner import ScriptRunner
from xsh import (
    CommandFailed,
    CommandTimedOut,
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
    timeout,
)
from xsh.flow.workflow import Workflow


def noting(notes: list[str], text: str) -> Any:
    """A job that notes that it ran."""
    return lambda: notes.append(text)


def failing(text: str = "no") -> Any:
    """A job that fails."""

    def fail() -> None:
        raise LookupError(text)

    return fail


async def test_steps_run_in_order_and_are_reported() -> None:
    flow = Workflow("release")
    flow.step("build", sh("echo built"))
    flow.step("count", lambda context: context.setdefault("seen", 1))

    @flow.step("late")
    async def late(context: dict[str, int]) -> int:
        return context["seen"] + 1

    report = await flow.run()
    assert [(step.name, step.status) for step in report] == [(n, "succeeded") for n in ("build", "count", "late")]
    assert (report["build"].value.text, report["late"].value, report.context) == ("built", 2, {"seen": 1})
    assert report.ok
    assert report
    assert report["build"].duration > 0
    assert report["build"].started is not None
    assert "3 succeeded" in report.summary
    assert [line.split()[0] for line in str(report).splitlines()] == ["build", "count", "late", "release"]


async def test_each_run_starts_afresh_with_its_own_context() -> None:
    flow = Workflow("again").step("add", lambda context: context.append(1))
    first: list[int] = []
    assert (await flow.run(first)).context is first
    assert (await flow.run([])).context == [1]


@pytest.mark.parametrize("limit", [None, 1, 2, 9])
async def test_a_phase_runs_its_steps_at_once_up_to_its_limit(limit: int | None) -> None:
    running: list[int] = []
    peak = 0

    async def job() -> None:
        nonlocal peak
        running.append(1)
        peak = max(peak, len(running))
        await anyio.sleep(0.01)
        running.pop()

    flow = Workflow("w").parallel("tests", {str(n): job for n in range(4)}, limit=limit)
    report = await flow.run()
    assert peak == min(limit or 4, 4)
    assert [step.phase for step in report] == ["tests"] * 4
    assert (await Workflow("w").parallel("none", {}).run()).ok


async def test_an_optional_step_may_fail() -> None:
    flow = Workflow("w").step("lint", failing(), optional=True).step("build", sh("true"))
    report = await flow.run()
    assert report.ok
    assert report["lint"].status == "failed"
    assert str(report["lint"].error) == "no"


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
        while not alive.exists():
            await anyio.sleep(0.01)
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
            seen.append(event)  # noqa: PERF401 - kept also when it raises
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


async def test_a_step_is_tried_again_and_may_take_so_long() -> None:
    tries: list[int] = []

    async def slow_once() -> str:
        tries.append(1)
        if len(tries) == 1:
            await anyio.sleep(60)
        return "done"

    retry = {"attempts": 2, "delay": 0, "on": TimeoutError}
    report = await Workflow("w").step("a", slow_once, timeout=0.02, retry=retry).run()
    assert (report["a"].value, len(tries)) == ("done", 2)
    with pytest.raises(CommandTimedOut):
        await Workflow("w").step("b", sh("sleep 60"), timeout="20ms").run()
    with pytest.raises(TimeoutError):
        await Workflow("w").step("c", lambda: anyio.sleep(60), timeout="20ms").run()
    with pytest.raises(TimeoutError), timeout("20ms"):
        await Workflow("w").step("d", sh("sleep 60")).run()


async def test_a_command_that_a_function_forgot_to_await_is_an_error() -> None:
    async def forgetful() -> Any:
        return sh("true")

    with pytest.raises(TypeError, match=r"`true`, which was never run"):
        await Workflow("w").step("a", forgetful).run()


def two(first: int, second: int) -> None:
    """A function that no step can call."""


def named(*, key: int) -> None:
    """The same."""


@pytest.mark.parametrize(
    ("define", "error", "says"),
    [
        (lambda flow: flow.step("a", 5), TypeError, "step 'a' is int"),
        (lambda flow: flow.step("a", None), TypeError, "step 'a' is NoneType"),
        (lambda flow: flow.step("a", two), TypeError, "needs the arguments first, second"),
        (lambda flow: flow.step("a", named), TypeError, "needs the arguments key"),
        (lambda flow: flow.step("a", sh("true"), undo="x"), TypeError, "the undo of step 'a' is str"),
        (lambda flow: flow.step(two), TypeError, 'step\\("build"\\)'),
        (lambda flow: flow.step(""), ValueError, "must not be empty"),
        (lambda flow: flow.step("a", sh("true")).step("a", sh("true")), ValueError, "has a step 'a' already"),
        (lambda flow: flow.step("a", sh("true"), retry=0), ValueError, "1 or more"),
        (lambda flow: flow.step("a", sh("true"), timeout="soon"), ValueError, "no duration"),
        (lambda flow: flow.step("a", sh("true"), colour=1), TypeError, "colour"),
        (lambda flow: flow.parallel("p", [sh("true")]), TypeError, "maps names to jobs"),
        (lambda flow: flow.parallel("p", {"a": sh("true")}, limit=0), ValueError, "limit is 1 or more"),
        (lambda flow: flow.parallel("p", {"a": sh("true")}, undo={"b": two}), ValueError, "no step 'b'"),
        (lambda flow: flow.parallel("p", {"a": 1}), TypeError, "step 'a' is int"),
        (lambda flow: flow.on(int, print), TypeError, "a type of event"),
        (lambda flow: flow.on(StepFailed, 5), TypeError, "a function"),
        (lambda flow: flow.on(StepFailed, anyio.sleep), TypeError, "plain function"),
    ],
)
def test_what_is_wrong_is_said_where_it_is_defined(define: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        define(Workflow("w"))


PIPELINE = """\
flow = Workflow("package")
flow.step("clean", $`rm -rf dist`)
flow.step("build", $`mkdir dist && echo built > dist/app`, undo=$`rm -r dist`)
flow.step("test", lambda context: $`grep -q ${context["word"]} dist/app`)
flow.step("pack", $`tar cf app.tar dist`)
report = await flow.run({"word": argv[0]})
print(report.ok, len(report))
"""


def test_the_pipeline_of_the_cookbook_is_ten_lines(script: ScriptRunner) -> None:
    assert len(PIPELINE.splitlines()) <= 10
    done = script(PIPELINE, "built")
    assert done.stdout == "True 4\n"
    assert done.returncode == 0
    assert (script.folder / "app.tar").exists()
    assert [line.split(" after")[0] for line in done.stderr.splitlines()][-2:] == [
        "package: pack succeeded",
        "package succeeded",
    ]
    done = script(PIPELINE, "absent")
    assert done.returncode == 1
    assert "package: pack skipped" in done.stderr
    assert "package: build undone" in done.stderr
    assert "in step 'test' of 'package'" in done.stderr
    assert not (script.folder / "dist").exists()


def test_output_of_a_phase_is_labelled_and_that_of_a_lone_step_is_not(script: ScriptRunner) -> None:
    done = script(
        "flow = Workflow('w')\nflow.step('a', $`echo alone`)\n"
        "flow.parallel('p', {'one': $`echo 1`, 'three': $`echo 3`}, limit=1)\nawait flow.run()\n"
    )
    assert done.stdout == "alone\none   | 1\nthree | 3\n"


INTERRUPTED = """
flow = Workflow("w")
flow.step("a", $`touch a`, undo=$`echo undoing; until [ -e go ]; do sleep 0.01; done; rm a; echo undone`)
flow.step("b", $`true`, undo=$`echo b`)
flow.step("long", {job})
await flow.run()
"""


@pytest.mark.parametrize(("job", "waits_for"), [("$`echo ready; sleep 60`", "ready"), ("$`false`", "undoing")])
def test_ctrl_c_undoes_and_does_not_cut_an_undo_short(script: ScriptRunner, job: str, waits_for: str) -> None:
    running = script.start(INTERRUPTED.format(job=job))
    running.wait_for(waits_for)
    running.send_signal(signal.SIGINT)
    running.wait_for("undoing")
    (script.folder / "go").touch()
    done = running.finish()
    assert done.stdout.endswith("b\nundoing\nundone\n")
    assert done.returncode == -signal.SIGINT
    assert not (script.folder / "a").exists()


def test_a_terminal_shows_one_line_a_step_and_a_summary(pty_session: Any, xsh_argv: list[str], tmp_path: Path) -> None:
    (tmp_path / "w.xsh").write_text(
        "flow = Workflow('w')\nflow.step('one', $`true`, undo=$`true`)\nflow.step('three', $`false`)\n"
        "flow.step('four', $`true`)\ntry:\n    await flow.run()\nexcept CommandError: pass\n"
    )
    session = pty_session([*xsh_argv, "w.xsh"])
    session.wait()
    starts = [line[:7] for line in session.screen if line]
    assert starts == ["✓ one  ", "✗ three", "- four ", "↶ one  ", "● w fai"]
    assert "\x1b[32m✓\x1b[0m" in bytes(session.transcript).decode()


def test_a_secret_is_masked_in_the_lines_of_steps(script: ScriptRunner) -> None:
    done = script("word = $.secret('hunter2')\nawait Workflow('w').step('is hunter2', $`true`).run()\n")
    assert "hunter2" not in done.stderr
    assert "is ***" in done.stderr
