"""Several jobs at the same time, at most so many, pulled as places become free: what every name of this folder runs on."""

from __future__ import annotations

import time

from xsh.command.scope import Branch, Onlookers, current_branch
from xsh.flow.direct import DirectJobs, is_direct, was_stopped
from xsh.flow.specs import each, how_many, is_coroutine, is_fresh, is_job, known_jobs, label_of, not_a_job, run_spec
from xsh.reactor.reactor import need_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from typing import Any

    from xsh.command.scope import Meter


LEAVING = (SystemExit, KeyboardInterrupt)
"""What ends the program; raised through a task it would stop the loop before anything is cleaned up."""


PAUSE = 0.01
"""Seconds after which jobs that never wait let others have a turn."""


class Outcome:
    """How one of many jobs ended: its `value`, or the `error` it raised; true when it is `ok`.

    `label` is its name, `duration` its seconds, `index` its place in the input (from 0).
    """

    __module__ = "xsh"
    __slots__ = ("duration", "error", "index", "label", "value")

    def __init__(self, index: int, label: str, duration: float, value: Any, error: BaseException | None) -> None:
        self.index = index
        self.label = label
        self.duration = duration
        self.value = value
        self.error = error

    @property
    def ok(self) -> bool:
        """Whether it ended without an error and, for a result, with success."""
        return self.error is None

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        how = f"value={self.value!r}" if self.ok else f"error={self.error!r}"
        return f"Outcome({self.label!r}, {how}, duration={self.duration:.3f})"


def checked_limit(limit: Any) -> int | None:
    """`limit` as it was given; raises ValueError below 1, TypeError for what is no whole number."""
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise TypeError(f"limit is a whole number, not {type(limit).__name__}")
    if limit < 1:
        raise ValueError(f"limit is 1 or more, not {limit}; leave it out to run all at once")
    return limit


class Crew:
    """One run of many jobs; `ended` is told each outcome, and `stop` stops those that run and starts no more."""

    def __init__(
        self,
        jobs: tuple[Any, ...],
        limit: int | None,
        ended: Callable[[Outcome], None],
        *,
        shown: bool = False,
        progress: str | None = None,
    ) -> None:
        self.jobs = jobs
        self.limit = limit
        self.ended = ended
        self.shown = shown
        self.progress = progress
        self.meter: Meter | None = None
        self.count = 0
        self.group: Any = None
        self.stopped = False
        self.broken: BaseException | None = None
        self.pulled: set[Any] = set()
        self.pause_at = 0.0
        self.direct = DirectJobs()
        self.known = known_jobs(jobs)
        self.width = max((len(label_of(job, index)) for index, job in enumerate(self.known)), default=0)
        self.prefixed = len(self.known) != 1

    async def run(self) -> None:
        """Run all of them; everything has ended when this returns or raises. Raises what the iterable raised."""
        await need_loop()
        if self.progress is None or Onlookers.open is None:
            return await self._run_all()
        self.meter = Onlookers.open(self.progress, how_many(self.jobs))
        well = False
        try:
            await self._run_all()
            well = not self.stopped
        finally:
            self.meter.close(well=well)

    async def _run_all(self) -> None:
        import anyio

        for index, job in enumerate(self.known):
            if not is_job(job):
                raise not_a_job(job, index)
        source = each(self.jobs)
        try:
            async with anyio.create_task_group() as self.group:
                if self.limit is None:
                    await self._all_at_once(source)
                    await self.direct.end()
                else:
                    lock = anyio.Lock(fast_acquire=True)
                    for _ in range(min(self.limit, len(self.known) or self.limit)):
                        self.group.start_soon(self._worker, source, lock)
        finally:
            for job in (*self.pulled, *self.known):
                if is_coroutine(job) and is_fresh(job):
                    job.close()
            with anyio.CancelScope(shield=True):
                await source.aclose()
        if self.broken is not None:
            raise self.broken

    def stop(self) -> None:
        """Stop what runs and start nothing more."""
        self.stopped = True
        if self.group is not None:
            self.group.cancel_scope.cancel()

    async def _all_at_once(self, source: AsyncGenerator[Any]) -> None:
        try:
            async for job in source:
                if is_coroutine(job):
                    self.pulled.add(job)
                if is_direct(job):
                    self._direct(job, self._next())
                    if self.stopped:
                        return
                    await self._give_turns()
                else:
                    self.group.start_soon(self._one, job, self._next())
        except (Exception, *LEAVING) as error:  # noqa: BLE001 - raised by `run` once everything has ended
            self._break(error)
        except BaseException as cancelled:
            await self.direct.end(cancelled)
            raise

    def _next(self) -> int:
        self.count += 1
        return self.count - 1

    def _break(self, error: BaseException) -> None:
        self.broken = self.broken or error
        self.stop()

    async def _worker(self, source: AsyncGenerator[Any], lock: Any) -> None:
        while not self.stopped:
            async with lock:
                try:
                    job = await anext(source)
                except StopAsyncIteration:
                    return
                except (Exception, *LEAVING) as error:  # noqa: BLE001 - raised by `run` once everything has ended
                    self._break(error)
                    return
                index = self._next()
            if is_direct(job):
                await self._direct(job, index).settle()
            else:
                await self._one(job, index)
            await self._give_turns()

    async def _give_turns(self) -> None:
        """Let the loop turn now and then: jobs that never wait would keep everybody else, and a cancellation, from it."""
        if time.monotonic() > self.pause_at:
            from anyio.lowlevel import checkpoint

            await checkpoint()
            self.pause_at = time.monotonic() + PAUSE

    def _direct(self, stage: Any, index: int) -> Any:
        """Start a command without a task for it and give its job, which calls back when it has ended."""
        branch = self._branch(stage, index)
        token = current_branch.set(branch)
        began = time.monotonic()

        def ended(job: Any) -> None:
            if (self.stopped or self.direct.stopping) and was_stopped(job):
                # by us or by whoever cancelled us: that is no outcome of its own
                return
            value: Any = None
            error: BaseException | None = None
            try:
                value = stage.runner.verdict(job)
            except Exception as raised:  # noqa: BLE001 - it is the outcome
                error = raised
            except LEAVING as leaving:
                self._break(leaving)
                return
            self._over(Outcome(index, branch.label, time.monotonic() - began, value, error))

        try:
            return self.direct.add(stage.__statement__() if self.shown else stage, ended)
        finally:
            current_branch.reset(token)

    def _branch(self, job: Any, index: int) -> Branch:
        branch = Branch(label_of(job, index), self.width, prefixed=self.prefixed)
        if self.meter is not None:
            self.meter.began(index, branch.label)
        return branch

    def _over(self, outcome: Outcome) -> None:
        if self.meter is not None:
            self.meter.ended(outcome.index)
        self.ended(outcome)

    async def _one(self, job: Any, index: int) -> None:
        if self.pulled:
            self.pulled.discard(job)
        branch = self._branch(job, index)
        token = current_branch.set(branch)
        began = time.monotonic()
        value: Any = None
        error: BaseException | None = None
        try:
            value = await run_spec(job, index, shown=self.shown)
        except Exception as raised:  # noqa: BLE001 - it is the outcome
            error = raised
        except LEAVING as leaving:
            # it would stop the loop here, before the others have ended
            self._break(leaving)
            return
        finally:
            current_branch.reset(token)
        self._over(Outcome(index, branch.label, time.monotonic() - began, value, error))
