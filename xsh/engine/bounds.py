"""How long a job may take at the most, by its own settings and those of its stages."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.pipeline import Stage


def is_bounded(stage: Stage) -> bool:
    """Whether a stage, or one of its stages, has a timeout."""
    if stage.options.timeout is not None:
        return True
    parts: tuple[Stage, ...] = getattr(stage, "stages", ())
    return bool(parts) and any(part.options.timeout is not None for part in parts)


def shortest_timeout(job: Any) -> float | None:
    """The seconds after which a job is stopped, None where nothing of it has a timeout."""
    shortest: float | None = job.options.timeout
    for member in job.members:
        timeout = member.stage.options.timeout
        if timeout is not None and (shortest is None or timeout < shortest):
            shortest = timeout
    return shortest
