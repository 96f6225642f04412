"""What can be run as one of many: a command, an awaitable, or a function of no arguments that gives either."""

from __future__ import annotations

from xsh.command.pipeline import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from typing import Any

LABEL_WIDTH = 30
LISTS: tuple[type[Any], ...] = (list, tuple)


async def run_spec(spec: Any, position: int, *, shown: bool) -> Any:
    """The value of one job; with `shown` a command talks to the terminal. Raises TypeError that names its place."""
    value: Any = spec
    if callable(spec) and not isinstance(spec, Stage):
        value = called(spec, position)
    elif is_coroutine(spec) and not is_fresh(spec):
        raise TypeError(f"job {position + 1} is a coroutine that has been started; one runs once: give its function")
    if shown and hasattr(value, "__statement__"):
        value = value.__statement__()
    if hasattr(value, "__await__"):
        return await value
    if value is not spec:
        return value
    raise not_a_job(spec, position)


def called(function: Callable[[], Any], position: int) -> Any:
    """What a job's function gives; raises TypeError with the fix for one that needs arguments."""
    try:
        return function()
    except TypeError as error:
        inside = error.__traceback__ is not None and error.__traceback__.tb_next is not None
        by_place, by_name = needed_arguments(function)
        needed = [*by_place, *by_name]
        if inside or not needed:
            raise
        name = getattr(function, "__name__", type(function).__name__)
        raise TypeError(
            f"job {position + 1} needs arguments ({', '.join(needed)}), and a job is called without: "
            f"give `lambda: {name}(…)`"
        ) from None


def needed_arguments(function: Callable[..., Any]) -> tuple[list[str], list[str]]:
    """The arguments without which a function cannot be called, by place and by name; none where Python cannot tell."""
    import inspect

    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return [], []
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [each for each in parameters if each.default is each.empty and each.kind not in several]
    by_name = inspect.Parameter.KEYWORD_ONLY
    return [e.name for e in needed if e.kind != by_name], [e.name for e in needed if e.kind == by_name]


def is_coroutine(job: Any) -> bool:
    """Whether a job is a coroutine object, which runs once."""
    return hasattr(job, "cr_await")


def is_fresh(coroutine: Any) -> bool:
    """Whether a coroutine has not begun (inspect.getcoroutinestate)."""
    return coroutine.cr_frame is not None and not coroutine.cr_running and not coroutine.cr_suspended


def not_a_job(spec: Any, position: int) -> TypeError:
    """The error for something in a list of jobs that is none."""
    return TypeError(
        f"job {position + 1} is {type(spec).__name__} ({str(spec)[:40]!r}); "
        "a job is a command, an awaitable, or a function of no arguments that gives one"
    )


def is_job(spec: Any) -> bool:
    """Whether something can be run as one of many."""
    return isinstance(spec, Stage) or callable(spec) or hasattr(spec, "__await__")


def label_of(spec: Any, position: int) -> str:
    """The name of a job before its lines: its own label, its command, its function's name, or its number."""
    own = spec.options.label or spec.display if isinstance(spec, Stage) else getattr(spec, "__name__", None)
    text = str(own or "")
    text = "" if text == "<lambda>" else " ".join(text.split())
    text = text or f"job {position + 1}"
    return text if len(text) <= LABEL_WIDTH else text[: LABEL_WIDTH - 1] + "…"


def known_jobs(jobs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The jobs whose names can be seen before they run: those given, or those in the one list given."""
    if len(jobs) == 1 and isinstance(jobs[0], LISTS):
        return tuple(jobs[0])
    return jobs if len(jobs) > 1 else ()


def how_many(jobs: tuple[Any, ...]) -> int | None:
    """How many jobs there are, None where only pulling them would tell."""
    if len(jobs) != 1 or is_job(jobs[0]):
        return len(jobs)
    return len(jobs[0]) if hasattr(jobs[0], "__len__") else None


async def each(jobs: tuple[Any, ...]) -> AsyncGenerator[Any]:
    """The jobs one by one: those given, or those of the one iterable given, pulled when they are wanted."""
    if len(jobs) == 1 and not is_job(jobs[0]):
        source = jobs[0]
        if hasattr(source, "__aiter__"):
            try:
                async for job in source:
                    yield job
            finally:
                # left before its end, it would be closed when Python collects it, too late for what it holds
                close = getattr(source, "aclose", None)
                if close is not None:
                    await close()
            return
        if not hasattr(source, "__iter__"):
            raise not_a_job(source, 0)
        jobs = source
    for job in jobs:
        yield job
