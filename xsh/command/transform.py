"""`stream` and `tee`: Python functions and several branches as stages."""

from __future__ import annotations

from xsh.command.pipeline import Stage, Transform, as_stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Tee(Stage):
    """Sends one stream to several stages; see `tee`."""

    __slots__ = ("branches",)

    if TYPE_CHECKING:
        branches: tuple[Stage, ...]

    def __init__(self, branches: tuple[Stage, ...]) -> None:
        super().__init__(None)
        object.__setattr__(self, "branches", branches)

    @property
    def display(self) -> str:
        """The call with its branches."""
        return f"tee({', '.join(branch.display for branch in self.branches)})"


def stream(function: Callable[..., Any], mode: str = "lines") -> Transform:
    """`function` as a stage that is given "lines" (default), "text" or "bytes" chunks; raises ValueError, TypeError."""
    if not callable(function):
        raise TypeError(f"stream takes a function, not {type(function).__name__}")
    return Transform(function, mode)


def tee(*stages: Any) -> Tee:
    """One stream to several stages, paths or files; raises TypeError for anything else."""
    if not stages:
        raise TypeError("tee takes at least one stage")
    return Tee(tuple(as_stage(stage, last=True) for stage in stages))
