"""Trying a job again."""

from __future__ import annotations

from xsh.command.retry import RetryPolicy, attempt
from xsh.flow.specs import run_spec
from xsh.flow.timeout import sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


async def retry(job: Any, attempts: int = 3, **how: Any) -> Any:
    """The first success of a job in at most `attempts` tries, with a growing delay between.

    `delay`, `backoff`, `max_delay`, `jitter` and `on` are those of `RetryPolicy`. The last error carries every
    attempt's error in `.attempts`. Raises TypeError for a coroutine, which can run only once: give a function.

    Example::

        await retry($`curl -fsS ${url}`, attempts=5, delay="1s")
    """
    if hasattr(job, "cr_await"):
        raise TypeError("retry: a coroutine can run only once; give the function: `retry(lambda: fetch(x))`")
    policy = RetryPolicy(attempts, **how)
    return await attempt(policy, lambda: run_spec(job, 0, shown=False), sleep)
