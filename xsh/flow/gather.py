"""All of several jobs at once: their results, or how each of them ended."""

from __future__ import annotations

from xsh.flow.crew import Crew, Outcome, checked_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import Any, Self


def gather(*jobs: Any, limit: int | None = None, progress: str | None = None) -> Gather:
    """Run all jobs, at most `limit` at a time, and give their results in input order when awaited.

    Takes many jobs or one iterable of them, sync or async, pulled as places become free. The first failure stops the
    rest and is raised once they have ended. `progress` is the name under which the screen shows how far they are.
    Raises ValueError for a limit below 1, TypeError for what is no job.

    Example::

        users, orders = await gather($`wc -l users.csv`, $`wc -l orders.csv`)
        await gather((($`gzip ${f}`) for f in glob("*.log")), limit=4)
    """
    return Gather(jobs, checked_limit(limit), progress=progress)


def settle(*jobs: Any, limit: int | None = None, progress: str | None = None) -> Settle:
    """Run all jobs, at most `limit` at a time, and give an `Outcome` for each, in input order; no failure stops others.

    Takes and raises what `gather` does.

    Example::

        report = await settle($`true`, $`false`)
        for outcome in report.failed:
            print(outcome.label, outcome.error)
    """
    return Settle(jobs, checked_limit(limit), progress=progress)


class Many:
    """Several jobs that will run at once; awaited as a statement their lines are shown behind their labels."""

    __slots__ = ("jobs", "limit", "progress", "shown")

    def __init__(
        self, jobs: tuple[Any, ...], limit: int | None = None, *, shown: bool = False, progress: str | None = None
    ) -> None:
        self.jobs = jobs
        self.limit = limit
        self.shown = shown
        self.progress = progress

    def __statement__(self) -> Many:
        return type(self)(self.jobs, self.limit, shown=True, progress=self.progress)

    def with_progress(self, label: str) -> Self:
        """The same jobs; the screen shows under `label` how far they are."""
        return type(self)(self.jobs, self.limit, shown=self.shown, progress=label)

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._run().__await__()

    async def _run(self) -> Any:
        raise NotImplementedError


class Gather(Many):
    """The jobs of `gather`."""

    __slots__ = ()

    async def _run(self) -> list[Any]:
        results: list[Any] = []
        errors: list[BaseException] = []

        def ended(outcome: Outcome) -> None:
            if outcome.error is None:
                # a list and not a dict by number: a million results are a million places
                results.extend([None] * (outcome.index + 1 - len(results)))
                results[outcome.index] = outcome.value
            else:
                errors.append(outcome.error)
                crew.stop()

        crew = Crew(self.jobs, self.limit, ended, shown=self.shown, progress=self.progress)
        await crew.run()
        if errors:
            raise errors[0]
        return results


class Settle(Many):
    """The jobs of `settle`."""

    __slots__ = ()

    async def _run(self) -> Outcomes:
        outcomes: list[Outcome] = []
        crew = Crew(self.jobs, self.limit, outcomes.append, shown=self.shown, progress=self.progress)
        await crew.run()
        return Outcomes(outcomes)


class Outcomes:
    """How each of many jobs ended, in input order."""

    __slots__ = ("_all",)

    def __init__(self, outcomes: list[Outcome]) -> None:
        self._all = sorted(outcomes, key=lambda outcome: outcome.index)

    @property
    def succeeded(self) -> list[Outcome]:
        """Those that ended well."""
        return [outcome for outcome in self._all if outcome.ok]

    @property
    def failed(self) -> list[Outcome]:
        """Those that raised."""
        return [outcome for outcome in self._all if not outcome.ok]

    def raise_failures(self) -> None:
        """Raise an ExceptionGroup of every error, if there is one."""
        errors = [outcome.error for outcome in self._all if isinstance(outcome.error, Exception)]
        if errors:
            raise ExceptionGroup(f"{len(errors)} of {len(self._all)} jobs failed", errors)

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, index: int) -> Outcome:
        return self._all[index]

    def __repr__(self) -> str:
        return f"<{len(self.succeeded)} succeeded, {len(self.failed)} failed>"
