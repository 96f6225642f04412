"""Outcomes one by one, as the jobs end; and items in batches."""

from __future__ import annotations

from xsh.flow.crew import Crew, Outcome, checked_limit
from xsh.flow.shield import Beside
from xsh.reactor.reactor import need_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Iterator
    from typing import Any, TypeVar

    T = TypeVar("T")


def as_completed(*jobs: Any, limit: int | None = None) -> AsCompleted:
    """Run jobs, at most `limit` at a time, and give an `Outcome` for each as it ends; leaving the loop stops the rest.

    Takes and raises what `gather` does.

    Example::

        async for outcome in as_completed($`sleep 0.2`, $`sleep 0.1`):
            print(outcome.label)
    """
    return AsCompleted(jobs, checked_limit(limit))


class AsCompleted:
    """The outcomes of several jobs, as they end."""

    __slots__ = ("jobs", "limit")

    __xsh_scope__ = True

    def __init__(self, jobs: tuple[Any, ...], limit: int | None) -> None:
        self.jobs = jobs
        self.limit = limit

    async def __aiter__(self) -> AsyncGenerator[Outcome]:
        await need_loop()
        import anyio

        waiting: list[Outcome] = []
        news = anyio.Event()
        over = False

        def ended(outcome: Outcome) -> None:
            waiting.append(outcome)
            news.set()

        async def run_all() -> None:
            nonlocal over
            try:
                await Crew(self.jobs, self.limit, ended).run()
            finally:
                over = True
                news.set()

        work = Beside(run_all)
        try:
            while waiting or not over:
                batch, waiting = waiting, []
                for outcome in batch:
                    yield outcome
                if not waiting and not over:
                    news = anyio.Event()
                    await news.wait()
        finally:
            await work.stop()
        work.end()


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of `size`, the last one shorter; pulled as they are wanted. Raises ValueError below 1.

    Example::

        for names in batched(range(5), 2):
            print(names)
    """
    if size < 1:
        raise ValueError(f"batched: the size is 1 or more, not {size}")
    return _batches(items, size)


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
