"""One of several jobs: the first to end, or the first to succeed."""

from __future__ import annotations

from xsh.flow.crew import Crew, Outcome
from xsh.flow.gather import Many
from xsh.words.duration import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any


def race(*jobs: Any) -> Race:
    """Run all jobs and give the value, or raise the error, of the first that ends; the others have ended by then.

    Raises ValueError when there are none.

    Example::

        quick = await race($`sleep 30`, $`echo quick`)
    """
    return Race(jobs)


def first_ok(*jobs: Any, stagger: float | str | None = None) -> FirstOk:
    """Run jobs until one succeeds and give its value; the others have ended by then.

    With `stagger` the next one starts after that long, or at once when one fails; without, all start together. When
    all fail an ExceptionGroup of every error is raised. Raises ValueError when there are none.

    Example::

        page = await first_ok($`false`, $`echo from the backup`, stagger="2s")
    """
    return FirstOk(jobs, None if stagger is None else parse_duration(stagger))


class Race(Many):
    """The jobs of `race`."""

    __slots__ = ()

    async def _run(self) -> Any:
        first: list[Outcome] = []

        def ended(outcome: Outcome) -> None:
            first.append(outcome)
            crew.stop()

        crew = Crew(self.jobs, None, ended, shown=self.shown)
        await crew.run()
        if not first:
            raise ValueError("race: there are no jobs")
        if first[0].error is not None:
            raise first[0].error
        return first[0].value


class FirstOk(Many):
    """The jobs of `first_ok`."""

    __slots__ = ("stagger",)

    def __init__(self, jobs: tuple[Any, ...], stagger: float | None = None, *, shown: bool = False) -> None:
        super().__init__(jobs, None, shown=shown)
        self.stagger = stagger

    def __statement__(self) -> FirstOk:
        return FirstOk(self.jobs, self.stagger, shown=True)

    async def _run(self) -> Any:
        won: list[Outcome] = []
        errors: list[Exception] = []
        failed: Any = None

        def ended(outcome: Outcome) -> None:
            if outcome.error is None:
                won.append(outcome)
                crew.stop()
            elif isinstance(outcome.error, Exception):
                errors.append(outcome.error)
                if failed is not None:
                    failed.set()

        jobs: Any = self.jobs
        if self.stagger is not None:
            import anyio

            failed = anyio.Event()

            async def one_after_another() -> AsyncIterator[Any]:
                nonlocal failed
                from xsh.flow.specs import each

                started = False
                source = each(self.jobs)
                try:
                    async for job in source:
                        if started:
                            with anyio.move_on_after(self.stagger):
                                await failed.wait()
                            failed = anyio.Event()
                        started = True
                        yield job
                finally:
                    await source.aclose()

            jobs = (one_after_another(),)
        crew = Crew(jobs, None, ended, shown=self.shown)
        await crew.run()
        if won:
            return won[0].value
        if not errors:
            raise ValueError("first_ok: there are no jobs")
        raise ExceptionGroup(f"all {len(errors)} jobs failed", errors)
