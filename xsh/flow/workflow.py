"""Named steps in order, some at the same time, that tell what they do and are undone when one of them fails."""

from __future__ import annotations

import sys

from xsh.flow.events import (
    StepFailed,
    StepOutput,
    StepSkipped,
    StepStarted,
    StepSucceeded,
    StepUndone,
    WorkflowEnded,
    WorkflowEvent,
    WorkflowStarted,
)
from xsh.flow.running import Running
from xsh.flow.shield import Beside
from xsh.flow.step import Phase, Step, checked_name
from xsh.reactor.reactor import need_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Mapping
    from typing import Any

    from xsh.flow.report import WorkflowReport

    Listener = Callable[[Any], object]
    Kinds = type[WorkflowEvent] | tuple[type[WorkflowEvent], ...]

MISSING: Any = object()
SEEN = (WorkflowStarted, StepStarted, StepSucceeded, StepFailed, StepSkipped, StepUndone, WorkflowEnded)
"""What a screen is told: all but the output, which the commands show themselves."""


class Workflow:
    """Named steps that run in order; when one fails, what runs is stopped and the finished ones are undone in reverse.

    A job is a command, an awaitable, or a function of no arguments or of the context, which all steps of a run share.

    Example::

        flow = Workflow("release")
        flow.step("build", $`mkdir built`, undo=$`rm -r built`)
        flow.parallel("tests", {"unit": $`true`, "style": $`true`}, limit=2)
        report = await flow.run()
        print(report)
    """

    def __init__(self, name: str) -> None:
        self.name = checked_name(name)
        self._phases: list[Phase] = []
        self._names: set[str] = set()
        self._listeners: list[tuple[type[WorkflowEvent], Listener]] = []

    def step(self, name: str, job: Any = MISSING, **options: Any) -> Any:
        """Add a step and give the workflow; without a job, a decorator for the function that is one.

        `optional` steps may fail; `undo` is the job that takes the step back; `timeout` is for each attempt, `retry` the
        attempts or the arguments of `retry`. Raises TypeError or ValueError for what cannot be a step.

        Example::

            flow.step("upload", $`true`, undo=$`true`, timeout="1m", retry=3)

            @flow.step("tag", optional=True)
            async def tag(context):
                context["tag"] = await $`echo v1`.text()
        """
        checked_name(name)
        if job is MISSING:

            def decorate(function: Any) -> Any:
                self._add(Phase(None, (Step(name, function, **options),)))
                return function

            return decorate
        self._add(Phase(None, (Step(name, job, **options),)))
        return self

    def parallel(
        self,
        name: str,
        jobs: Mapping[str, Any],
        *,
        limit: int | None = None,
        undo: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Workflow:
        """Add steps that run at the same time, at most `limit` of them, and give the workflow.

        The first failure stops the others. `undo` maps names of steps to what takes them back; the other options of
        `step` hold for each. Raises TypeError or ValueError for what cannot be a phase.

        Example::

            flow.parallel("pages", {"start": $`echo start`, "help": $`echo help`}, undo={"start": $`true`})
        """
        checked_name(name)
        if not hasattr(jobs, "items"):
            raise TypeError(f"phase {name!r} maps names to jobs: {{'unit': job, …}}, not {type(jobs).__name__}")
        undos = dict(undo or {})
        unknown = [step for step in undos if step not in jobs]
        if unknown:
            raise ValueError(f"phase {name!r} has no step {unknown[0]!r} to undo")
        steps = tuple(Step(step, job, undo=undos.get(step), **options) for step, job in jobs.items())
        self._add(Phase(name, steps, limit))
        return self

    def _add(self, phase: Phase) -> None:
        names = [step.name for step in phase.steps]
        for name in names:
            if name in self._names:
                raise ValueError(f"workflow {self.name!r} has a step {name!r} already")
        self._names.update(names)
        self._phases.append(phase)

    def on(self, kind: type[WorkflowEvent], listener: Listener = MISSING) -> Any:
        """Call `listener` with every event of that type; without it, a decorator. An error in it harms nobody.

        Raises TypeError for what is no type of event and for a coroutine function: iterate `events()` to await.

        Example::

            flow.on(StepFailed, lambda event: print(event.name, event.error))
        """
        known: Any = kind
        if not isinstance(known, type) or not issubclass(known, WorkflowEvent):
            raise TypeError(f"flow.on takes a type of event, such as StepFailed, not {kind!r}")
        if listener is MISSING:

            def decorate(function: Listener) -> Listener:
                self.on(kind, function)
                return function

            return decorate
        if not callable(listener):
            raise TypeError(f"flow.on takes a function of the event, not {type(listener).__name__}")
        if getattr(getattr(listener, "__code__", None), "co_flags", 0) & 0x80:
            raise TypeError("a listener is a plain function; to await, use `async for event in flow.events():`")
        self._listeners.append((kind, listener))
        return self

    def run(self, context: Any = None) -> Run:
        """Run the steps when awaited and give the report; `context` is a new dict unless given.

        On a failure or a cancellation everything running is stopped, then the undos of finished steps run in reverse,
        shielded; then the error is raised with `.report`.

        Example::

            report = await flow.run({"version": "1.2"})
        """
        return Run(self, context)

    def events(self, context: Any = None) -> Events:
        """Run the steps and iterate over what they tell; raises as `run` does, after the last event.

        Leaving the loop stops what runs and undoes what was done.

        Example::

            async for event in flow.events():
                print(event)
        """
        return Events(self, context)

    # -- what a run asks for ---------------------------------------------------------------------------------------

    def screen(self) -> Listener | None:
        """What shows a run to the user, None for nothing."""
        return None

    def complain(self, text: str) -> None:
        """Say something on stderr."""
        sys.stderr.write(f"xsh: {text}\n")

    def running(self, context: Any, more: list[tuple[Kinds, Listener]]) -> Running:
        """A run that tells the listeners of this moment, and `more`."""
        listeners: list[tuple[Kinds, Listener]] = [*more, *self._listeners]
        broken: set[int] = set()

        def tell(event: WorkflowEvent) -> None:
            for index, (kind, listener) in enumerate(listeners):
                if isinstance(event, kind):
                    try:
                        listener(event)
                    except Exception as error:  # noqa: BLE001 - a listener harms nobody; it is told once
                        if index not in broken:
                            broken.add(index)
                            name = getattr(listener, "__qualname__", repr(listener))
                            self.complain(f"{name} failed at {event!r}: {type(error).__name__}: {error}")

        running = Running(self.name, self._phases, context, tell)
        running.heard = any(issubclass(StepOutput, kind) for kind, _ in listeners)
        return running

    def __repr__(self) -> str:
        return f"<workflow {self.name!r} of {len(self._names)} steps>"


class Run:
    """A workflow that runs when awaited; as a statement its commands talk to the terminal."""

    __slots__ = ("context", "shown", "workflow")

    def __init__(self, workflow: Workflow, context: Any, *, shown: bool = False) -> None:
        self.workflow = workflow
        self.context = context
        self.shown = shown

    def __statement__(self) -> Run:
        return Run(self.workflow, self.context, shown=True)

    def __await__(self) -> Generator[Any, Any, WorkflowReport]:
        return self._run().__await__()

    async def _run(self) -> WorkflowReport:
        screen = self.workflow.screen()
        running = self.workflow.running(self.context, [] if screen is None else [(SEEN, screen)])
        running.shown = self.shown
        return await running.run()


class Events:
    """What a run of a workflow tells, one by one."""

    __slots__ = ("context", "workflow")

    __xsh_scope__ = True

    def __init__(self, workflow: Workflow, context: Any) -> None:
        self.workflow = workflow
        self.context = context

    async def __aiter__(self) -> AsyncGenerator[Any]:
        await need_loop()
        import anyio

        waiting: list[WorkflowEvent] = []
        news = anyio.Event()

        def tell(event: WorkflowEvent) -> None:
            waiting.append(event)
            news.set()

        running = self.workflow.running(self.context, [(WorkflowEvent, tell)])
        work = Beside(running.run)
        event: WorkflowEvent | None = None
        try:
            while not isinstance(event, WorkflowEnded):
                await news.wait()
                news = anyio.Event()
                batch, waiting[:] = waiting[:], []
                for event in batch:
                    yield event
        finally:
            await work.stop()
        work.end()
