"""anyio's own primitives under the names that scripts use; loaded only when a script mentions one."""

from __future__ import annotations

from anyio import Condition, Event, Lock, Semaphore
from anyio import create_task_group as task_group

__all__ = ["Condition", "Event", "Lock", "Semaphore", "task_group"]
