"""Trying again: how often, how long between, and after which errors."""

from __future__ import annotations

from xsh.errors import CommandError
from xsh.words.duration import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import Any, TypeVar

    T = TypeVar("T")


class RetryPolicy:
    """How to try again: `attempts` in all, with a delay that grows by `backoff` up to `max_delay` seconds.

    `jitter` 0.25 spreads each delay by up to 25 % either way, so that many clients do not come back at once.
    """

    __slots__ = ("attempts", "backoff", "delay", "jitter", "max_delay", "on")

    def __init__(
        self,
        attempts: int = 3,
        *,
        delay: float | str = "100ms",
        backoff: float = 2.0,
        max_delay: float | str = "30s",
        jitter: float = 0.25,
        on: type[BaseException] | tuple[type[BaseException], ...] = CommandError,
    ) -> None:
        if attempts.__class__ is not int or attempts < 1:
            raise ValueError(f"retry: attempts is a whole number of 1 or more, not {attempts!r}")
        if not backoff >= 1:
            raise ValueError(f"retry: backoff is 1 or more, not {backoff!r}")
        if not 0 <= jitter <= 1:
            raise ValueError(f"retry: jitter lies between 0 and 1, not {jitter!r}")
        self.attempts = attempts
        self.delay = parse_duration(delay)
        self.backoff = backoff
        self.max_delay = parse_duration(max_delay)
        self.jitter = jitter
        self.on = on

    def delays(self) -> Iterator[float]:
        """The seconds to wait before the second, third, … attempt."""
        import random

        wait = self.delay
        for _ in range(self.attempts - 1):
            yield min(wait, self.max_delay) * (1 + self.jitter * random.uniform(-1, 1))  # noqa: S311 - spreads load, guards nothing
            wait *= self.backoff


async def attempt(policy: RetryPolicy, once: Callable[[], Awaitable[T]], sleep: Callable[[float], Awaitable[Any]]) -> T:
    """The first success of `once`; the last error carries every attempt's error in `.attempts`."""
    errors: list[BaseException] = []
    delays = policy.delays()
    while True:
        try:
            return await once()
        except policy.on as error:
            errors.append(error)
            wait = next(delays, None)
            if wait is None:
                if isinstance(error, CommandError):
                    error.attempts = tuple(errors)
                raise
        await sleep(wait)
