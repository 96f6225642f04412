"""`progress` and `spinner`: how far a loop or several jobs are, while they run."""

from __future__ import annotations

from xsh.flow.gather import Gather, Settle, gather
from xsh.flow.specs import how_many
from xsh.flow.stream import AsCompleted
from xsh.watch.meter import Meter, PlainLines
from xsh.watch.rows import is_plain, live_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterator
    from types import TracebackType
    from typing import Any, Self


def progress(items: Any, label: str = "progress", *, total: int | None = None) -> Progress:
    """The items of an iterable or async iterable one by one, with count, rate and time left on the screen.

    Awaited instead of iterated it runs jobs: a list of them, or a `gather` or `settle`, and gives what those give. Live
    rows on a terminal, a plain line every few seconds elsewhere, both on stderr. `total` is how many there will be, where
    the items do not say. Raises what the items raise, and TypeError for what cannot be iterated.

    Example::

        for number in progress(range(3), "counting"):
            await $`echo ${number}`
        await progress([$`true`, $`true`], "checks")
    """
    many = isinstance(items, (Gather, Settle))
    if not many and not hasattr(items, "__iter__") and not hasattr(items, "__aiter__"):
        raise TypeError(f"progress takes something to iterate or jobs, not {type(items).__name__}")
    return Progress(items, label, total)


def open_meter(label: str, total: int | None, *, counts: bool = True) -> Meter:
    """A meter that is shown: in live rows where stderr is a terminal that can move its cursor, else in plain lines."""
    meter = Meter(label, total, counts=counts)
    meter.view = PlainLines() if is_plain() else live_rows()
    meter.view.add(meter)
    return meter


class Progress:
    """Items whose passing is counted on the screen; iterate it, also with `async for`, or await it."""

    __slots__ = ("items", "label", "total")

    __xsh_scope__ = True

    def __init__(self, items: Any, label: str, total: int | None) -> None:
        self.items = items
        self.label = label
        self.total = total

    def _known(self) -> int | None:
        if self.total is not None:
            return self.total
        if isinstance(self.items, AsCompleted):
            return how_many(self.items.jobs)
        return len(self.items) if hasattr(self.items, "__len__") else None

    def __iter__(self) -> Iterator[Any]:
        if not hasattr(self.items, "__iter__"):
            raise TypeError("these items come one by one as time passes: use `async for`")
        meter = open_meter(self.label, self._known())
        well = False
        try:
            for item in self.items:
                yield item
                meter.advance()
            well = True
        finally:
            meter.close(well=well)

    async def __aiter__(self) -> AsyncGenerator[Any]:
        if not hasattr(self.items, "__aiter__"):
            for item in self:
                yield item
            return
        meter = open_meter(self.label, self._known())
        source = self.items.__aiter__()
        well = False
        try:
            async for item in source:
                yield item
                meter.advance()
            well = True
        finally:
            meter.close(well=well)
            if hasattr(source, "aclose"):
                await source.aclose()

    def _jobs(self) -> Gather | Settle:
        if isinstance(self.items, (Gather, Settle)):
            return self.items.with_progress(self.label)
        return gather(self.items, progress=self.label)

    def __statement__(self) -> Any:
        return self._jobs().__statement__()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._jobs().__await__()


class spinner:  # noqa: N801 - used as a function
    """A block during which the screen shows that something is going on, and for how long.

    A turning mark on a terminal; elsewhere a line when it begins and one when it ends, both on stderr.

    Example::

        with spinner("fetching"):
            await $`sleep 0.1`
    """

    __module__ = "xsh"
    __slots__ = ("label", "meter")

    def __init__(self, label: str) -> None:
        self.label = label
        self.meter: Meter | None = None

    def __enter__(self) -> Self:
        self.meter = open_meter(self.label, None, counts=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.meter is not None:
            self.meter.close(well=kind is None)
