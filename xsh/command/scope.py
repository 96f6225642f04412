"""The concurrent branch that code runs in; None outside of any."""

from __future__ import annotations

from contextvars import ContextVar


class Branch:
    """One of several jobs that run at the same time; its lines are shown behind `label`, aligned to `width`."""

    __slots__ = ("label", "prefixed", "width")

    def __init__(self, label: str, width: int = 0, *, prefixed: bool = True) -> None:
        self.label = label
        self.width = width
        self.prefixed = prefixed


current_branch: ContextVar[Branch | None] = ContextVar("xsh_branch", default=None)
