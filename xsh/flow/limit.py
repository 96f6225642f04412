"""A cap on how many run at once, shared by whoever holds it; a queue of jobs by priority; a barrier."""

from __future__ import annotations

import heapq

from xsh.command.scope import Branch, current_branch
from xsh.flow.crew import LEAVING, checked_limit
from xsh.flow.specs import is_coroutine, is_fresh, is_job, label_of, not_a_job, run_spec
from xsh.reactor.reactor import need_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType
    from typing import Any, Self


class Limiter:
    """At most `n` at a time, in the order they asked; a waiter that is cancelled does not lose a place.

    Example::

        limiter = Limiter(2)
        await gather(*(limiter.run($`echo ${n}`) for n in range(4)))
    """

    __module__ = "xsh"

    def __init__(self, n: int) -> None:
        self.n = checked_limit(n)
        self._semaphore: Any = None

    def _places(self) -> Any:
        if self._semaphore is None:
            import anyio

            self._semaphore = anyio.Semaphore(self.n or 1)
        return self._semaphore

    async def __aenter__(self) -> Self:
        await self._places().acquire()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._places().release()

    async def run(self, job: Any) -> Any:
        """The value of a job that runs as soon as there is a place; raises what it raises."""
        async with self:
            return await run_spec(job, 0, shown=False)


class JobQueue:
    """Runs submitted jobs, at most `limit` at a time, those of high priority first, in order within one priority.

    Leaving its block waits for what was submitted and raises an ExceptionGroup of the errors of those jobs whose handle
    nobody has awaited; an error or cancellation in the block stops what runs and is raised itself.

    Example::

        async with JobQueue(1) as queue:
            later = queue.submit($`echo later`)
            first = queue.submit($`echo first`, priority=10)
            print((await first).text, (await later).text)
    """

    __module__ = "xsh"

    def __init__(self, limit: int) -> None:
        self.limit = checked_limit(limit) or 1
        self._waiting: list[tuple[float, int, Queued]] = []
        self._count = 0
        self._running = 0
        self._group: Any = None
        self._idle: Any = None
        self._leaving: BaseException | None = None
        self._failed: list[Queued] = []

    async def __aenter__(self) -> Self:
        await need_loop()
        import anyio

        self._failed.clear()
        self._idle = anyio.Event()
        self._idle.set()
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if kind is not None:
            self._group.cancel_scope.cancel()
        # given to the group it would come back inside an ExceptionGroup; it is raised as it is once all has ended
        own = isinstance(error, (Exception, *LEAVING))
        if own:
            kind = error = trace = None
        try:
            result: bool | None = await self._group.__aexit__(kind, error, trace)
        finally:
            for _, _, queued in self._waiting:
                queued.give_up()
            self._waiting.clear()
            self._group = None
        if self._leaving is not None:
            raise self._leaving
        if kind is None and not own:
            self._raise_unseen()
        return False if own else result

    def _raise_unseen(self) -> None:
        """Raise the errors that nobody has asked for: a queue would hide them, and no job fails silently."""
        unseen = [queued.error for queued in self._failed if not queued.awaited and isinstance(queued.error, Exception)]
        if unseen:
            jobs = "a job" if len(unseen) == 1 else f"{len(unseen)} jobs"
            raise ExceptionGroup(f"{jobs} of the queue failed", unseen)

    def submit(self, job: Any, *, priority: float = 0) -> Queued:
        """Queue a job and give a handle whose `await` is its value; raises TypeError for what is no job."""
        if self._group is None:
            raise RuntimeError("submit jobs inside `async with JobQueue(…) as queue:`")
        if not is_job(job):
            raise not_a_job(job, self._count)
        import anyio

        queued = Queued(job, label_of(job, self._count), anyio.Event())
        heapq.heappush(self._waiting, (-priority, self._count, queued))
        self._count += 1
        if self._idle.is_set():
            self._idle = anyio.Event()
        if self._running < self.limit:
            self._running += 1
            self._group.start_soon(self._work)
        return queued

    async def join(self) -> None:
        """Return once nothing is queued or running; raises nothing of the jobs'."""
        await self._idle.wait()

    async def _work(self) -> None:
        try:
            while self._waiting:
                _, _, queued = heapq.heappop(self._waiting)
                try:
                    await queued.run()
                    if queued.error is not None:
                        self._failed.append(queued)
                except LEAVING as error:
                    self._leaving = error
                    self._group.cancel_scope.cancel()
                    return
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()


class Queued:
    """A job in a queue: `await` gives its value or raises its error."""

    def __init__(self, job: Any, label: str, done: Any) -> None:
        self.job = job
        self.label = label
        self.value: Any = None
        self.error: BaseException | None = None
        self.awaited = False
        self._done = done

    async def run(self) -> None:
        """Run it now; its error is kept for whoever awaits it."""
        token = current_branch.set(Branch(self.label))
        try:
            self.value = await run_spec(self.job, 0, shown=False)
        except Exception as error:  # noqa: BLE001 - raised by whoever awaits the handle
            self.error = error
        except BaseException:
            self.give_up()
            raise
        finally:
            current_branch.reset(token)
            self._done.set()

    def give_up(self) -> None:
        """Its queue was left before it has ended: whoever awaits it is told."""
        if is_coroutine(self.job) and is_fresh(self.job):
            self.job.close()
        self.error = RuntimeError(f"{self.label}: its queue was stopped before the job had ended")
        self._done.set()

    def __await__(self) -> Generator[Any, Any, Any]:
        self.awaited = True
        return self._value().__await__()

    async def _value(self) -> Any:
        await self._done.wait()
        if self.error is not None:
            raise self.error
        return self.value


class BrokenBarrier(RuntimeError):
    """A party of the barrier failed, so it will never be complete."""

    __module__ = "xsh"


class Barrier:
    """A point that `parties` tasks pass together, again and again; one that fails at it breaks it for all.

    A party fails by an error inside its `async with` block, by being cancelled while it waits, or by `abort`.

    Example::

        ready = Barrier(2)

        async def service(name):
            async with ready:
                print(name, "is up")

        await gather(service("db"), service("cache"))
    """

    __module__ = "xsh"

    def __init__(self, parties: int) -> None:
        self.parties = checked_limit(parties) or 1
        self._arrived = 0
        self._gate: Any = None
        self._broken: BaseException | None = None

    async def wait(self) -> None:
        """Return once all parties wait; raises BrokenBarrier, from its error, when one has failed."""
        await need_loop()
        self._check()
        import anyio

        gate = self._gate = self._gate or anyio.Event()
        self._arrived += 1
        if self._arrived == self.parties:
            self._arrived, self._gate = 0, None
            gate.set()
        try:
            await gate.wait()
        except BaseException as error:
            if self._gate is gate:
                self.abort(error)
            raise
        if self._gate is gate:
            self._check()

    def abort(self, error: BaseException | None = None) -> None:
        """Break it: everybody who waits, or comes later, gets BrokenBarrier."""
        self._broken = self._broken or error or RuntimeError("the barrier was aborted")
        if self._gate is not None:
            self._gate.set()

    def _check(self) -> None:
        if self._broken is not None:
            why = str(self._broken) or type(self._broken).__name__
            raise BrokenBarrier(f"a party of the barrier failed: {why}") from self._broken

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self.abort(error)
        else:
            await self.wait()
