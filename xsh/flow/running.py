"""One run of a workflow: phase after phase, then, if it did not come to its end, the undos in reverse."""

from __future__ import annotations

import time

from xsh.command.scope import Branch, current_branch, current_hearer
from xsh.flow.events import (
    OutputLines,
    StepFailed,
    StepOutput,
    StepSkipped,
    StepStarted,
    StepSucceeded,
    StepUndone,
    WorkflowEnded,
    WorkflowStarted,
)
from xsh.flow.report import StepReport, WorkflowReport
from xsh.flow.shield import shielded
from xsh.reactor.reactor import need_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from xsh.command.target import LineWriter
    from xsh.flow.events import WorkflowEvent
    from xsh.flow.step import Phase, Step


class Running:
    """The steps of a workflow under way; `tell` gets every event."""

    def __init__(self, name: str, phases: list[Phase], context: Any, tell: Callable[[WorkflowEvent], None]) -> None:
        self.phases = list(phases)
        self.tell = tell
        self.heard = False
        self.shown = False
        self.reports = {
            step.name: StepReport(step.name, phase.name, optional=step.optional)
            for phase in self.phases
            for step in phase.steps
        }
        self.report = WorkflowReport(name, list(self.reports.values()), {} if context is None else context)
        self.finished: list[Step] = []

    async def run(self) -> WorkflowReport:
        """Run it to its end; whatever ends it before is raised with `.report`, after everything was stopped and undone."""
        await need_loop()
        report = self.report
        report.started = time.time()
        began = time.monotonic()
        self.tell(WorkflowStarted(report))
        try:
            for phase in self.phases:
                await self._phase(phase)
        except BaseException as error:
            report.error = error
            self._attach(error)
            raise
        finally:
            try:
                if report.error is not None:
                    await self._unwind()
            except BaseException as error:
                self._attach(error)
                raise
            finally:
                report.duration = time.monotonic() - began
                self.tell(WorkflowEnded(report))
        return report

    def _attach(self, error: BaseException) -> None:
        error.report = self.report  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue] - promised by the language

    # -- forward ---------------------------------------------------------------------------------------------------

    async def _phase(self, phase: Phase) -> None:
        if phase.name is None:
            await self._step(phase.steps[0])
            return
        import anyio

        failures: list[BaseException] = []
        steps = iter(phase.steps)
        width = max((len(step.name) for step in phase.steps), default=0)
        async with anyio.create_task_group() as group:

            def failed(error: BaseException) -> None:
                failures.append(error)
                group.cancel_scope.cancel()

            for _ in range(min(phase.limit or len(phase.steps), len(phase.steps))):
                group.start_soon(self._worker, steps, width, failed)
        if failures:
            raise failures[0]

    async def _worker(self, steps: Iterator[Step], width: int, failed: Callable[[BaseException], None]) -> None:
        import anyio

        for step in steps:
            token = current_branch.set(Branch(step.name, width))
            try:
                await self._step(step)
            except anyio.get_cancelled_exc_class():
                raise
            except BaseException as error:  # noqa: BLE001 - raised by the phase once its other steps have ended
                failed(error)
                return
            finally:
                current_branch.reset(token)

    async def _step(self, step: Step) -> None:
        """Run one step and record how it ended; raises what it raised, unless it is optional."""
        record = self.reports[step.name]
        record.status = "running"
        record.started = time.time()
        began = time.monotonic()
        self.tell(StepStarted(self.report, record))
        token = current_hearer.set(self._hearer(record)) if self.heard else None
        try:
            record.value = await step.run(self.report.context, shown=self.shown)
        except BaseException as error:
            record.duration = time.monotonic() - began
            record.error = error
            record.status = "failed" if isinstance(error, (Exception, SystemExit)) else "cancelled"
            self.tell(StepFailed(self.report, record))
            if step.optional and isinstance(error, Exception):
                return
            if isinstance(error, Exception):
                error.add_note(f"in step {step.name!r} of {self.report.name!r}")
            raise
        finally:
            if token is not None:
                current_hearer.reset(token)
        record.duration = time.monotonic() - began
        record.status = "succeeded"
        self.finished.append(step)
        self.tell(StepSucceeded(self.report, record))

    def _hearer(self, record: StepReport) -> Callable[[], LineWriter]:
        def told(stream: int, line: str) -> None:
            self.tell(StepOutput(self.report, record, stream, line))

        return lambda: OutputLines(told)

    # -- back ------------------------------------------------------------------------------------------------------

    async def _unwind(self) -> None:
        for record in self.report.steps:
            if record.status == "waiting":
                record.status = "skipped"
                self.tell(StepSkipped(self.report, record))
        if any(step.undo is not None for step in self.finished):
            await shielded(self._undo_all)

    async def _undo_all(self) -> None:
        leaving: BaseException | None = None
        for step in reversed(self.finished):
            if step.undo is not None:
                leaving = await self._undo(step) or leaving
        if leaving is not None:
            raise leaving

    async def _undo(self, step: Step) -> BaseException | None:
        """Undo one step; gives what would end the program, once the other undos have run."""
        record = self.reports[step.name]
        try:
            await step.run_undo(self.report.context, shown=self.shown)
            record.undone = True
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - reported, and the others still run
            record.undo_error = error
            if self.report.error is not None:
                self.report.error.add_note(
                    f"the undo of step {step.name!r} failed: {str(error) or type(error).__name__}"
                )
            return None if isinstance(error, Exception) else error
        finally:
            self.tell(StepUndone(self.report, record))
        return None
