"""One step of a workflow: its job, how often and how long it may try, and what undoes it."""

from __future__ import annotations

from xsh.command.pipeline import Stage
from xsh.command.retry import RetryPolicy, attempt
from xsh.flow.crew import checked_limit
from xsh.flow.specs import is_coroutine, is_job, needed_arguments
from xsh.flow.timeout import sleep
from xsh.flow.timeout import timeout as limited
from xsh.words.duration import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

WHAT_IS_A_JOB = "a command, an awaitable, or a function of no arguments or of the context"


class Step:
    """A named job; raises TypeError or ValueError for what cannot be one, where it is defined."""

    __slots__ = ("job", "name", "optional", "policy", "timeout", "undo", "wants_context", "wants_context_undo")

    def __init__(
        self,
        name: str,
        job: Any,
        *,
        optional: bool = False,
        undo: Any = None,
        timeout: float | str | None = None,
        retry: int | Mapping[str, Any] | RetryPolicy | None = None,
    ) -> None:
        self.name = checked_name(name)
        self.job = job
        self.wants_context = checked_job(job, f"step {name!r}")
        self.undo = undo
        self.wants_context_undo = undo is not None and checked_job(undo, f"the undo of step {name!r}")
        self.optional = optional
        self.timeout = None if timeout is None else parse_duration(timeout)
        self.policy = checked_policy(retry)
        if self.policy is not None and is_coroutine(job):
            raise TypeError(f"step {name!r}: a coroutine runs once; to retry it give the function that makes it")

    async def run(self, context: Any, *, shown: bool) -> Any:
        """Its value; each attempt may take its timeout. Raises what the last attempt raised, TimeoutError."""
        if self.policy is None:
            return await self._once(context, shown)
        return await attempt(self.policy, lambda: self._once(context, shown), sleep)

    async def _once(self, context: Any, shown: bool) -> Any:
        if self.timeout is None:
            return await value_of(self.job, self.wants_context, context, shown=shown)
        if isinstance(self.job, Stage):
            own = self.job.options.timeout
            stage = self.job.timeout(self.timeout if own is None else min(own, self.timeout))
            return await value_of(stage, False, context, shown=shown)
        with limited(self.timeout):
            return await value_of(self.job, self.wants_context, context, shown=shown)

    async def run_undo(self, context: Any, *, shown: bool) -> None:
        """Undo it; raises what its undo raises."""
        await value_of(self.undo, self.wants_context_undo, context, shown=shown)


class Phase:
    """Steps that run at the same time, at most `limit` of them; one step alone has no name and no label."""

    __slots__ = ("limit", "name", "steps")

    def __init__(self, name: str | None, steps: tuple[Step, ...], limit: int | None = None) -> None:
        self.name = name
        self.steps = steps
        self.limit = checked_limit(limit)


async def value_of(job: Any, wants_context: bool, context: Any, *, shown: bool) -> Any:
    """The value of a job; with `shown` its commands talk to the terminal."""
    value: Any = job
    if callable(job) and not isinstance(job, Stage):
        value = job(context) if wants_context else job()
    form: Any = getattr(value, "__statement__", None)
    if shown and form is not None:
        value = form()
    if hasattr(value, "__await__"):
        value = await value
    if isinstance(value, Stage):
        raise TypeError(f"it gave the command `{value.display}`, which was never run: await it in the function")
    return value


def checked_name(name: Any) -> str:
    """`name` as it was given; raises TypeError for what is no text, ValueError for empty text."""
    if not isinstance(name, str):
        if callable(name):
            raise TypeError('a step has a name: write `@flow.step("build")`')
        raise TypeError(f"a step's name is text, not {type(name).__name__}")
    if not name.strip():
        raise ValueError("a step's name must not be empty")
    return name


def checked_policy(retry: int | Mapping[str, Any] | RetryPolicy | None) -> RetryPolicy | None:
    """The policy for a number of attempts, or for the arguments of `retry`; raises TypeError, ValueError."""
    if retry is None or isinstance(retry, RetryPolicy):
        return retry
    return RetryPolicy(retry) if isinstance(retry, int) else RetryPolicy(**retry)


def checked_job(job: Any, what: str) -> bool:
    """Whether a job takes the context; raises TypeError for what is no job or needs more than that."""
    if not is_job(job):
        raise TypeError(f"{what} is {type(job).__name__} ({str(job)[:40]!r}); a job is {WHAT_IS_A_JOB}")
    if isinstance(job, Stage) or not callable(job):
        return False
    needed, named = needed_arguments(job)
    if len(needed) + 2 * len(named) > 1:
        needed += named
        raise TypeError(f"{what} needs the arguments {', '.join(needed)}; a job is {WHAT_IS_A_JOB}")
    return bool(needed)
