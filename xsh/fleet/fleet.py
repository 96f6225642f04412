"""The hosts of a fleet as one place to run, and the engine that runs each command on all of them."""

from __future__ import annotations

from xsh.command.pipeline import Pipeline, Stage
from xsh.errors import XshError
from xsh.fleet.report import SKIPPED, STOPPED, FleetReport, HostResult
from xsh.flow.crew import Crew, checked_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from typing import Any, NoReturn

    from xsh.command.pipeline import Runner
    from xsh.command.target import SpawnRequest, Target
    from xsh.flow.crew import Outcome

LISTS: tuple[type[Any], ...] = (list, tuple)
ORDERS = ("input", "sorted", "reversed", "shuffled")


class FleetTarget:
    """Many places as one: what runs here runs on each of them, at most `limit` at a time.

    `max_failures` (a count, or a share of the hosts as "10%") are borne; one more stops what runs and starts no more.
    `serial` are the sizes of batches that run one after another: a count, a share, or a list whose last one repeats;
    with it no failure is borne unless `max_failures` says so. Raises TypeError and ValueError for what cannot be.
    """

    needs_loop = True

    def __init__(
        self,
        places: Sequence[tuple[str, Target]],
        *,
        limit: int | None = 20,
        max_failures: int | str | None = None,
        serial: Any = None,
        order: str = "input",
    ) -> None:
        if not places:
            raise ValueError("a fleet needs at least one host")
        names = [name for name, _ in places]
        twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        if twice:
            raise ValueError(f"hosts of a fleet have different names; twice there are {', '.join(twice)}")
        if order not in ORDERS:
            raise ValueError(f"order is one of {', '.join(ORDERS)}, not {order!r}")
        self.places = list(places)
        self.limit = checked_limit(limit)
        self.order = order
        if max_failures is None and serial is not None:
            max_failures = 0
        self.max_failures = None if max_failures is None else share("max_failures", max_failures, len(places), least=0)
        self.batches = batches(serial, len(places))

    @property
    def name(self) -> str:
        """The names of its hosts, folded."""
        from xsh.fleet.hosts import fold

        return fold(name for name, _ in self.places)

    def spread(self, engine: Runner) -> FleetRunner:
        """The engine for commands that are to run on all."""
        return FleetRunner(self, engine)

    def ordered(self) -> list[tuple[int, str, Target]]:
        """The places in the order in which they have their turn, with their numbers in input order."""
        found = [(index, name, target) for index, (name, target) in enumerate(self.places)]
        if self.order == "sorted":
            found.sort(key=lambda place: place[1])
        elif self.order == "reversed":
            found.reverse()
        elif self.order == "shuffled":
            import random

            random.shuffle(found)
        return found

    def spawn(self, request: SpawnRequest) -> NoReturn:
        """A fleet cannot be one stage among others; raises TypeError."""
        raise TypeError(
            f"{request.argv[0]}: a fleet cannot be one stage of a pipeline; write the whole pipeline in its literal"
        )

    def nearest(self, name: str) -> list[str]:
        """The nearest programs on its first host."""
        return self.places[0][1].nearest(name)

    def shell(self) -> str:
        """The shell of its first host; each host is asked again for its own."""
        return self.places[0][1].shell()

    def __repr__(self) -> str:
        return f"<fleet {self.name}>"


def share(what: str, value: Any, total: int, *, least: int) -> int:
    """A count of hosts: a number as it is, a percentage such as "10%" of all, rounded down; raises ValueError."""
    if isinstance(value, str) and value.endswith("%"):
        try:
            percent = float(value[:-1])
        except ValueError:
            percent = -1
        if not 0 <= percent <= 100:
            raise ValueError(f"{what} is a count or a percentage of 0% to 100%, not {value!r}")
        return max(least, int(total * percent / 100))
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f'{what} is a count or a percentage such as "10%", not {value!r}')
    if value < least:
        raise ValueError(f"{what} is {least} or more, not {value}")
    return value


def batches(serial: Any, total: int) -> list[int]:
    """The sizes of the batches; one of all where there are none. Raises TypeError and ValueError."""
    if serial is None:
        return [total]
    sizes: list[Any] = list(serial) if isinstance(serial, LISTS) else [serial]
    if not sizes:
        raise ValueError("serial names no size of a batch")
    counts = [share("serial", size, total, least=1) for size in sizes]
    found: list[int] = []
    while sum(found) < total:
        found.append(counts[min(len(found), len(counts) - 1)])
    return found


class FleetRunner:
    """Runs a stage on every host of a fleet; fulfils the `Runner` port, but what it gives is a `FleetReport`."""

    def __init__(self, fleet: FleetTarget, engine: Runner) -> None:
        self.fleet = fleet
        self.engine = engine

    async def run(self, stage: Stage) -> Any:
        """Run it on all hosts and give the FleetReport; as a statement it raises FleetFailed unless all did well."""
        shown = stage.options.statement and stage.options.output == "auto"

        def job(name: str, target: Target) -> Any:
            return placed(stage, name, target, self.engine)

        report = await run_on_all(self.fleet, stage.display, job, shown=shown)
        if stage.options.statement:
            report.raise_failures()
        return report

    def start(self, stage: Stage) -> NoReturn:
        """There is no single job of a fleet; raises TypeError."""
        raise TypeError(f"{stage.display}: a command of a fleet is awaited; use one host to have a job")

    def iterate(self, stage: Stage) -> AsyncIterator[Any]:
        """There is no single stream of a fleet; raises TypeError."""
        raise TypeError(f"{stage.display}: a command of a fleet is awaited; use one host to go through its lines")


def placed(stage: Stage, name: str, target: Target, engine: Runner) -> Stage:
    """The stage as it runs on one host, under the host's name."""
    label = stage.options.label or name
    new = stage.with_options(target=target, label=label)
    fill = object.__setattr__
    fill(new, "runner", engine)
    if isinstance(new, Pipeline):
        parts = [part if part.runner is None else placed(part, name, target, engine) for part in new.stages]
        fill(new, "stages", tuple(parts))
    return new


async def run_on_all(
    fleet: FleetTarget, what: str, job: Callable[[str, Any], Any], *, shown: bool = False
) -> FleetReport:
    """Run `job` of each host's name and place, batch after batch, and give the report; raises what is a fault of ours."""
    run = FleetRun(fleet, job, shown=shown)
    results = await run.run()
    return FleetReport(what, results)


class FleetRun:
    """One run: which hosts have begun, how each ended, how many failed."""

    def __init__(self, fleet: FleetTarget, job: Callable[[str, Any], Any], *, shown: bool) -> None:
        self.fleet = fleet
        self.job = job
        self.shown = shown
        self.results: dict[int, HostResult] = {}
        self.begun: set[int] = set()
        self.failures = 0
        self.broken: BaseException | None = None

    async def run(self) -> list[HostResult]:
        """A result for each host in input order."""
        fleet = self.fleet
        waiting = fleet.ordered()
        for size in fleet.batches:
            batch, waiting = waiting[:size], waiting[size:]
            if self.enough:
                break
            await self._batch(batch)
            if self.broken is not None:
                raise self.broken
        for index, (name, _) in enumerate(fleet.places):
            if index not in self.results:
                self.results[index] = HostResult(name, STOPPED if index in self.begun else SKIPPED)
        return [self.results[index] for index in sorted(self.results)]

    @property
    def enough(self) -> bool:
        """Whether more hosts have failed than is borne."""
        most = self.fleet.max_failures
        return most is not None and self.failures > most

    async def _batch(self, batch: list[tuple[int, str, Target]]) -> None:
        def ended(outcome: Outcome) -> None:
            index, name, _ = batch[outcome.index]
            error = outcome.error
            if error is not None and not isinstance(error, (XshError, OSError)):
                self.broken = self.broken or error
                crew.stop()
                return
            result = HostResult.of(name, outcome.value, error, outcome.duration)
            self.results[index] = result
            if not result.ok:
                self.failures += 1
                if self.enough:
                    crew.stop()

        jobs = [self._job(*place) for place in batch]
        crew = Crew((jobs,), self.fleet.limit, ended, shown=self.shown)
        # one form of lines for all batches, also for a batch of one
        names = [name for name, _ in self.fleet.places]
        crew.width, crew.prefixed = max(map(len, names)), len(names) != 1
        await crew.run()

    def _job(self, index: int, name: str, target: Target) -> Callable[[], Any]:
        def begin() -> Any:
            self.begun.add(index)
            return self.job(name, target)

        # the label of its lines
        begin.__name__ = name
        return begin
