"""A workflow runs its steps in order and reports them; what is wrong in one is said where it is defined."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from tests.flow.jobs import failing
from xsh import (
    CommandTimedOut,
    StepFailed,
    sh,
    timeout,
)
from xsh.flow.workflow import Workflow


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
