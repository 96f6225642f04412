"""All of several jobs at once: results in order, and the first failure stops the rest."""

from __future__ import annotations

from xsh.command.scope import Branch, current_branch
from xsh.flow.specs import each, known_jobs, label_of, run_spec
from xsh.reactor.reactor import need_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator
    from typing import Any


def gather(*jobs: Any, limit: int | None = None) -> Gather:
    """Run all jobs, at most `limit` at a time, and give their results in input order when awaited.

    Takes many jobs or one iterable of them, sync or async, pulled as places become free. The first failure stops the
    rest and is raised once they have ended. Raises ValueError for a limit below 1, TypeError for what is no job.

    Example::

        users, orders = await gather($`wc -l users.csv`, $`wc -l orders.csv`)
        await gather((($`gzip ${f}`) for f in glob("*.log")), limit=4)
    """
    return Gather(jobs, _checked_limit(limit))


def _checked_limit(limit: Any) -> int | None:
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise TypeError(f"limit is a whole number, not {type(limit).__name__}")
    if limit < 1:
        raise ValueError(f"limit is 1 or more, not {limit}; leave it out to run all at once")
    return limit


class Gather:
    """Several jobs that will run at once; awaited as a statement their lines are shown behind their labels."""

    __slots__ = ("jobs", "limit", "shown")

    def __init__(self, jobs: tuple[Any, ...], limit: int | None, *, shown: bool = False) -> None:
        self.jobs = jobs
        self.limit = limit
        self.shown = shown

    def __statement__(self) -> Gather:
        return Gather(self.jobs, self.limit, shown=True)

    def __await__(self) -> Generator[Any, Any, list[Any]]:
        return self._run().__await__()

    async def _run(self) -> list[Any]:
        await need_loop()
        import anyio

        run = Run(self, anyio)
        return await run.all()


class Run:
    """One run of a gather."""

    def __init__(self, gather: Gather, anyio: Any) -> None:
        self.gather = gather
        self.anyio = anyio
        self.results: dict[int, Any] = {}
        self.error: BaseException | None = None
        self.group: Any = None
        self.count = 0
        self.known = known_jobs(gather.jobs)
        self.width = max((len(label_of(job, i)) for i, job in enumerate(self.known)), default=0)

    async def all(self) -> list[Any]:
        """The results in input order."""
        source = each(self.gather.jobs)
        limit = self.gather.limit
        async with self.anyio.create_task_group() as self.group:
            if limit is None:
                async for job in source:
                    self.group.start_soon(self._one, job, self._next())
            else:
                lock = self.anyio.Lock()
                for _ in range(min(limit, len(self.known) or limit)):
                    self.group.start_soon(self._worker, source, lock)
        if self.error is not None:
            raise self.error
        return [self.results[index] for index in range(self.count)]

    def _next(self) -> int:
        self.count += 1
        return self.count - 1

    async def _worker(self, source: AsyncIterator[Any], lock: Any) -> None:
        while self.error is None:
            async with lock:
                try:
                    job = await anext(source)
                except StopAsyncIteration:
                    return
                except Exception as error:  # noqa: BLE001 - told to whoever awaits
                    self._fail(error)
                    return
                index = self._next()
            await self._one(job, index)

    async def _one(self, job: Any, index: int) -> None:
        several = len(self.known) != 1
        branch = Branch(label_of(job, index), self.width, prefixed=several)
        token = current_branch.set(branch)
        try:
            self.results[index] = await run_spec(job, index, shown=self.gather.shown)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            # raised by whoever awaits: an exit that leaves its task here would stop the loop before the others ended
            self._fail(error)
        finally:
            current_branch.reset(token)

    def _fail(self, error: BaseException) -> None:
        if self.error is None:
            self.error = error
            self.group.cancel_scope.cancel()
