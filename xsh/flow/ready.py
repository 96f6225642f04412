"""Waiting until something that does not exit is ready."""

from __future__ import annotations

import os

from xsh.errors import CommandError
from xsh.flow.timeout import sleep
from xsh.flow.timeout import timeout as limit
from xsh.words.duration import format_duration, parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

CONNECT_LIMIT = 2.0
"""Seconds that one try to connect may take."""


async def wait_for(
    *,
    port: int | None = None,
    host: str = "127.0.0.1",
    url: str | None = None,
    path: Any = None,
    line: str | None = None,
    job: Any = None,
    timeout: float | str | None = None,
    interval: float | str = "50ms",
) -> Any:
    """Return once a port accepts, a URL answers below 400, a path exists, or a line of a job matches a pattern.

    Give exactly one of `port`, `url`, `path`, `line` (with `job`). With `job`, the end of that job before it is ready
    is an error with its output. Raises TimeoutError after `timeout`, CommandError, and TypeError for other combinations.

    Example::

        async with $`python -m http.server 8000`.start() as server:
            await wait_for(port=8000, job=server, timeout="10s")
    """
    asked = [
        name for name, value in (("port", port), ("url", url), ("path", path), ("line", line)) if value is not None
    ]
    if len(asked) != 1:
        raise TypeError("wait_for takes exactly one of port=, url=, path=, line= (with job=)")
    if line is not None and job is None:
        raise TypeError("wait_for(line=…) needs job=: the started command whose lines are looked at")
    if line is not None:
        return await _bounded(_line(line, job), timeout, f"a line of `{job.stage.display}` that matches {line!r}")
    if port is not None:
        what, ready = f"{host}:{port}", lambda: _connects(host, port)
    elif url is not None:
        what, ready = url, lambda: _answers(url)
    else:
        what, ready = str(path), lambda: _exists(path)
    return await _bounded(_poll(ready, job, parse_duration(interval)), timeout, what)


async def _bounded(work: Any, duration: Any, what: str) -> Any:
    if duration is None:
        return await work
    try:
        with limit(duration):
            return await work
    except TimeoutError as error:
        if isinstance(error, CommandError):
            raise
        raise TimeoutError(f"{what} was not ready after {format_duration(parse_duration(duration))}") from None


async def _poll(ready: Any, job: Any, interval: float) -> None:
    while not await ready():
        if job is not None and not job.running:
            await ended_early(job)
        await sleep(interval)


async def ended_early(job: Any) -> NoReturn:
    """Raise the error of a job that ended before it was ready, also when it ended well."""
    result = await job.wait()
    raise CommandError(
        result,
        f"{result.command}: ended with exit {result.exit_code} before it was ready",
        tail="" if result.stdout_data is None else result.stdout.strip()[-2000:],
        location=job.stage.location,
    )


async def _line(pattern: str, job: Any) -> Any:
    import re

    compiled = re.compile(pattern)
    async for text in job.stdout:
        found = compiled.search(text)
        if found:
            return found
    return await ended_early(job)


async def _connects(host: str, port: int) -> bool:
    import anyio

    try:
        with anyio.fail_after(CONNECT_LIMIT):
            stream = await anyio.connect_tcp(host, port)
    except (OSError, TimeoutError):
        return False
    await stream.aclose()
    return True


async def _answers(url: str) -> bool:
    import anyio.to_thread

    def ask() -> bool:
        import urllib.request

        try:
            with urllib.request.urlopen(url, timeout=CONNECT_LIMIT) as answer:  # noqa: S310 - the user's own URL
                return bool(answer.status < 400)
        except OSError:
            return False

    return await anyio.to_thread.run_sync(ask, abandon_on_cancel=True)


async def _exists(path: Any) -> bool:
    return os.path.exists(path)  # noqa: ASYNC240 - one stat
