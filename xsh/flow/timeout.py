"""Waiting for a time, and no longer than a time."""

from __future__ import annotations

from xsh.reactor.reactor import pause
from xsh.words.duration import format_duration, parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Self


class timeout:  # noqa: N801 - used as a function
    """A block that may take so long: raises the builtin TimeoutError once everything in it has been stopped.

    The duration is seconds or text such as "1m30s".

    Example::

        with timeout("3s"):
            await $`./slow-check`
    """

    __module__ = "xsh"
    __slots__ = ("duration", "scope")

    def __init__(self, duration: float | str) -> None:
        self.duration = parse_duration(duration)
        self.scope: Any = None

    def __enter__(self) -> Self:
        import anyio

        self.scope = anyio.move_on_after(self.duration)
        self.scope.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        swallowed = bool(self.scope.__exit__(kind, error, trace))
        if self.scope.cancelled_caught:
            late = TimeoutError(f"timed out after {format_duration(self.duration)}")
            # the statement that was stopped is worth seeing, how it was told to stop is not
            raise late.with_traceback(trace) from None
        return swallowed


async def sleep(duration: float | str) -> None:
    """Wait so long: seconds, or text such as "1.5s"."""
    await pause(parse_duration(duration))
