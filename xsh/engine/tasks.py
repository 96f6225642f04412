"""Whether running a stage takes tasks of asyncio's loop; what does not can be driven by our own poll loop."""

from __future__ import annotations

from xsh.command.command import Command
from xsh.command.options import is_path
from xsh.command.pipeline import Source, Transform, as_stage
from xsh.command.transform import Tee
from xsh.engine.between import kind_of
from xsh.engine.bounds import is_bounded
from xsh.engine.ends import real_file
from xsh.engine.wiring import parts_of, ready_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.pipeline import Stage


def needs_tasks(stage: Stage, *, bounded: bool = False) -> bool:
    """Whether one of its segments of Python stages cannot run in the callback that reads; see `Segment.direct`.

    `bounded` says that the job it is a side branch of has a timeout.
    """
    if stage.options.simple and isinstance(stage, Command):
        return False
    parts = parts_of(stage)
    bounded = bounded or is_bounded(stage)
    if isinstance(parts[0], Source) and len(parts) > 1 and not isinstance(parts[1], Command):
        return True
    return any(_needs_tasks(part, bounded) for part in parts)


def _needs_tasks(part: Stage, bounded: bool) -> bool:
    if isinstance(part, Source):
        return not is_ready(part.data)
    options = part.options
    if driven_by_loop(options.target):
        return True
    if isinstance(part, Transform):
        return bounded or options.input is not None or kind_of(part.function) != "function"
    if isinstance(part, Tee):
        return bounded or any(needs_tasks(branch) for branch in part.branches)
    if options.input is not None and not is_ready(options.input):
        return True
    side = options.stderr_pipe
    return side is not None and needs_tasks(as_stage(side, last=True), bounded=bounded)


def driven_by_loop(target: Any) -> bool:
    """Whether a place, or the one that it wraps, works with asyncio's loop only."""
    while target is not None:
        if getattr(target, "needs_loop", False):
            return True
        target = getattr(target, "base", None)
    return False


def is_ready(data: Any) -> bool:
    """Whether input can be given without a task: bytes that are there, a path, or a real file."""
    return is_path(data) or real_file(data) is not None or ready_bytes(data) is not None
