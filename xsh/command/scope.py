"""The concurrent branch that code runs in; None outside of any."""

from __future__ import annotations

from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from xsh.command.target import LineWriter

    class Meter(Protocol):
        """Shows how many of several jobs are done and which of them run."""

        def began(self, index: int, label: str) -> None:
            """Note that a job has started."""
            ...

        def ended(self, index: int) -> None:
            """Note that a job is over."""
            ...

        def close(self, *, well: bool) -> None:
            """Say how it went and take it from the screen."""
            ...


class Branch:
    """One of several jobs that run at the same time; its lines are shown behind `label`, aligned to `width`."""

    __slots__ = ("label", "prefixed", "width")

    def __init__(self, label: str, width: int = 0, *, prefixed: bool = True) -> None:
        self.label = label
        self.width = width
        self.prefixed = prefixed


class Onlookers:
    """Who shows how far several jobs are, where that is asked for, and what hides secrets there; the session says who."""

    open: Callable[[str, int | None], Meter] | None = None
    mask: Callable[[str], str] = str


current_branch: ContextVar[Branch | None] = ContextVar("xsh_branch", default=None)

current_hearer: ContextVar[Callable[[], LineWriter] | None] = ContextVar("xsh_hearer", default=None)
"""Makes what is told the output of each command run here, besides where it goes anyway; None where nobody asks."""
