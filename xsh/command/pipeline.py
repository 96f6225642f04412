"""Stages and their order: what can be awaited, iterated and connected with `|`."""

from __future__ import annotations

from xsh.command.answers import Answers
from xsh.command.options import DEFAULTS, PLAIN, is_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Generator
    from typing import Any, NoReturn, Protocol, Self

    from xsh.command.options import Options
    from xsh.errors import Location
    from xsh.result import Result

    class Runner(Protocol):
        """The engine that a stage is awaited through."""

        def run(self, stage: Stage) -> Coroutine[Any, Any, Result]:
            """Run a stage to its end."""
            ...

        def begin(self, stage: Stage, ended: Callable[[Any], None]) -> Any:
            """Start a stage and call back with its job when it has ended or could not start."""
            ...

        def verdict(self, job: Any) -> Result:
            """The result of a job that has ended, or its error raised."""
            ...

        def start(self, stage: Stage) -> Any:
            """Start a stage and give its live job."""
            ...

        def iterate(self, stage: Stage) -> AsyncIterator[Any]:
            """The lines of a stage while it runs."""
            ...


MODES = ("lines", "text", "bytes")
ONE_STAGE = "stdout append stderr stderr_pipe input env timeout grace cwd nothrow accept retry label pty"
"""Options of one stage that say nothing about a pipeline it becomes part of."""


class Stage(Answers):
    """One element of a pipeline; awaiting it runs it and gives a `Result`, iterating it gives lines while it runs.

    Nothing starts before that, and a stage may be run many times.
    """

    __module__ = "xsh"
    __slots__ = ("location", "options", "runner")

    is_stage = True

    def __init__(self, runner: Runner | None, options: Options = PLAIN, location: Location | None = None) -> None:
        fill = object.__setattr__
        fill(self, "runner", runner)
        fill(self, "options", options)
        fill(self, "location", location)

    if TYPE_CHECKING:
        runner: Runner | None
        options: Options
        location: Location | None

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__.lower()} is frozen; its setters return a new one")

    @property
    def display(self) -> str:
        """The text shown to people, quoted for reading."""
        raise NotImplementedError

    # -- running -------------------------------------------------------------------------------------------------

    def _engine(self) -> Runner:
        if self.runner is None:
            raise TypeError(f"{self.display} cannot run by itself: connect it to a command with `|`")
        return self.runner

    def __await__(self) -> Generator[Any, Any, Result]:
        return self._engine().run(self).__await__()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._engine().iterate(self)

    def start(self) -> Any:
        """Start it now and give the live `Job`; raises SpawnError or TargetError when it cannot start."""
        return self._engine().start(self)

    def __statement__(self) -> Self:
        """The form whose result nobody uses: it talks to the terminal unless it was told otherwise."""
        return self._copy(self.options.with_(statement=True))

    # -- connecting ----------------------------------------------------------------------------------------------

    def pipe(self, other: Any) -> Pipeline:
        """This stage's stdout into `other`: a stage, function, path or file; raises TypeError for anything else."""
        return Pipeline.of(self, as_stage(other, last=True))

    def __or__(self, other: Any) -> Pipeline:
        return self.pipe(other)

    def __ror__(self, other: Any) -> Pipeline:
        return Pipeline.of(as_source(other), self)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"`{self.display}` has not run, so it is neither true nor false; write `await …` or `await ….ok()`"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.display}>"


class Pipeline(Stage):
    """Stages in order, each one's stdout the next one's stdin; awaiting it yields one result."""

    __module__ = "xsh"
    __slots__ = ("stages",)

    if TYPE_CHECKING:
        stages: tuple[Stage, ...]

    def __init__(
        self,
        stages: tuple[Stage, ...],
        runner: Runner | None,
        options: Options = PLAIN,
        location: Location | None = None,
    ) -> None:
        super().__init__(runner, options, location)
        object.__setattr__(self, "stages", stages)

    @staticmethod
    def of(left: Stage, right: Stage) -> Pipeline:
        """The two connected, nested pipelines made flat; how output goes is what the last one says."""
        stages: list[Stage] = []
        for side in (left, right):
            if isinstance(side, Pipeline):
                stages.extend(side.spread())
            else:
                stages.append(side)
        inner = [branch for stage in stages for branch in getattr(stage, "branches", ())]
        lead = next((stage for stage in (*stages, *inner) if stage.runner is not None), left)
        whole = right.options if right.runner is not None else left.options
        plain = {name: DEFAULTS[name] for name in ONE_STAGE.split()}
        options = lead.options.with_(**plain, output=whole.output, limit_output=whole.limit_output)
        return Pipeline(tuple(stages), lead.runner, options, lead.location)

    def spread(self) -> tuple[Stage, ...]:
        """The stages with what was set on the whole pipeline handed to those it concerns."""
        own = self.options
        stages = list(self.stages)
        if own.cwd is not None or own.env is not None:
            for index, stage in enumerate(stages):
                if stage.runner is not None:
                    env = {**own.env, **(stage.options.env or {})} if own.env else stage.options.env
                    stages[index] = stage.with_options(cwd=stage.options.cwd or own.cwd, env=env)
        if own.stderr is not None:
            stages = [s.with_options(stderr=own.stderr) if s.options.stderr is None else s for s in stages]
        if own.input is not None:
            stages.insert(0, as_source(own.input))
        if own.stdout is not None:
            stages[-1] = stages[-1].with_options(stdout=own.stdout, append=own.append)
        if own.timeout is not None:
            stages[-1] = stages[-1].with_options(timeout=own.timeout)
        return tuple(stages)

    @property
    def display(self) -> str:
        """The stages with bars between."""
        return " | ".join(stage.display for stage in self.stages)


class Transform(Stage):
    """A stage that is a Python function over lines, text or bytes; see `stream`."""

    __module__ = "xsh"
    __slots__ = ("function", "mode")

    if TYPE_CHECKING:
        function: Callable[..., Any]
        mode: str

    def __init__(self, function: Callable[..., Any], mode: str = "lines") -> None:
        if mode not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}, not {mode!r}")
        super().__init__(None)
        object.__setattr__(self, "function", function)
        object.__setattr__(self, "mode", mode)

    @property
    def display(self) -> str:
        """The function as a hole would hold it."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return "${" + str(name) + "}"


class Source(Stage):
    """Where a pipeline's first stdin comes from: text, bytes, a path, a file, an iterable, sync or async."""

    __slots__ = ("data",)

    if TYPE_CHECKING:
        data: Any

    def __init__(self, data: Any) -> None:
        super().__init__(None)
        object.__setattr__(self, "data", data)

    @property
    def display(self) -> str:
        """The kind of data."""
        return f"<{type(self.data).__name__}>"


class Sink(Stage):
    """Where a pipeline's last stdout goes: a path or a file."""

    __slots__ = ("to",)

    if TYPE_CHECKING:
        to: Any

    def __init__(self, to: Any) -> None:
        super().__init__(None)
        object.__setattr__(self, "to", to)

    @property
    def display(self) -> str:
        """The file's name."""
        return str(getattr(self.to, "name", self.to))


def as_stage(value: Any, *, last: bool = False) -> Stage:
    """`value` as a stage that reads: a stage, function, path or file; raises TypeError that names what it is."""
    if isinstance(value, Stage):
        return value
    if last and (is_path(value) or hasattr(value, "write")):
        return Sink(value)
    if callable(value):
        return Transform(value)
    kind = "an unfinished coroutine" if hasattr(value, "cr_await") else type(value).__name__
    hint = '; for a file use `| Path("…")`' if isinstance(value, str) else ""
    raise TypeError(f"cannot pipe into {kind}: a stage is a command, a function, a Path or an open file{hint}")


def as_source(value: Any) -> Stage:
    """`value` as what a pipeline starts with; raises TypeError that names what it is."""
    if isinstance(value, Stage):
        return value
    if hasattr(value, "cr_await"):
        raise TypeError("cannot pipe from an unfinished coroutine: await it first")
    if _is_readable(value):
        return Source(value)
    if callable(value):
        return Source(value())
    raise TypeError(
        f"cannot pipe from {type(value).__name__}: a source is text, bytes, a Path, a file, or an iterable of lines"
    )


def _is_readable(value: Any) -> bool:
    if isinstance(value, (str, bytes, bytearray, memoryview)) or is_path(value):
        return True
    return hasattr(value, "read") or hasattr(value, "__aiter__") or hasattr(value, "__iter__")
