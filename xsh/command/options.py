"""The frozen settings of a command; a merge gives a new one, and each value checks itself when it is set."""

from __future__ import annotations

from xsh.words.duration import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NoReturn

    from xsh.command.retry import RetryPolicy
    from xsh.command.target import Target

    Change = tuple[str, type[Any], Any]

KEPT = 64
"""Copies with one changed option that are kept for the next time it is changed so; then they are begun anew."""

OUTPUTS = ("auto", "show", "tee", "quiet")

DEFAULTS: dict[str, Any] = {
    "cwd": None,
    "env": None,
    "input": None,
    "timeout": None,
    "nothrow": False,
    "accept": (0,),
    "output": "auto",
    "statement": False,
    "stdout": None,
    "append": False,
    "stderr": None,
    "stderr_pipe": None,
    "label": None,
    "retry": None,
    "limit_output": None,
    "grace": None,
    "pty": False,
    "detach": False,
    "objects": False,
    "wait": "auto",
    "shell": None,
    "strict": True,
    "verbose": False,
    "target": None,
}


class Discard:
    """The sink that throws everything away."""

    def __repr__(self) -> str:
        return "DISCARD"


DISCARD = Discard()
KEPT_KINDS = frozenset((bool, int, float, str, type(None), Discard))
"""Values by which copies are kept: they hold nothing alive, and say by themselves what they are."""


def _duration(_name: str, value: Any) -> float | None:
    return None if value is None else parse_duration(value)


def _directory(name: str, value: Any) -> str | None:
    if value is None:
        return None
    path = value if isinstance(value, str) else _fspath(name, value)
    if not path or "\0" in path:
        raise ValueError(f"{name}: {path!r} is not a directory's name")
    return path


def is_path(value: object) -> bool:
    """Whether `value` names a file by itself (os.PathLike), asked of its type as os.fspath does."""
    return hasattr(type(value), "__fspath__")


def _fspath(name: str, value: Any) -> str:
    path: object = value.__fspath__() if is_path(value) else value
    if isinstance(path, bytes):
        return path.decode("utf-8", "surrogateescape")
    if not isinstance(path, str):
        raise TypeError(f"{name} takes a path (str or Path), not {type(value).__name__}")
    return path


def _codes(_name: str, value: Any) -> tuple[int, ...]:
    codes = (value,) if isinstance(value, int) else tuple(value)
    if not codes:
        raise ValueError("accept takes at least one exit code, such as `.accept(0, 1)`; `.nothrow()` takes all")
    for code in codes:
        if isinstance(code, bool) or not isinstance(code, int):
            raise TypeError(f"accept takes exit codes (int), not {type(code).__name__}")
        if not 0 <= code <= 255:
            raise ValueError(f"accept takes exit codes from 0 to 255, not {code}")
    return codes


def _environment(_name: str, value: Any) -> dict[str, str | None] | None:
    if value is None:
        return None
    return {_variable(key): None if text is None else _env_text(key, text) for key, text in dict(value).items()}


def _variable(key: Any) -> str:
    if not isinstance(key, str) or not key or "=" in key or "\0" in key:
        raise ValueError(f"env: {key!r} cannot be the name of an environment variable")
    return key


def _env_text(key: str, value: Any) -> str:
    if isinstance(value, bytes):
        text = value.decode("utf-8", "surrogateescape")
    elif is_path(value):
        text = _fspath("env", value)
    elif isinstance(value, bool) or not isinstance(value, (str, int, float)):
        kind = type(value).__name__
        raise TypeError(f"env: the value of {key} is {kind}; use str, a number, a path, or None to remove it")
    else:
        text = str(value)
    if "\0" in text:
        raise ValueError(f"env: the value of {key} holds a NUL byte, which no environment can carry")
    return text


def _output(_name: str, value: Any) -> str:
    if value not in OUTPUTS:
        raise ValueError(f"output is one of {', '.join(OUTPUTS)}, not {value!r}")
    return str(value)


def _wait(_name: str, value: Any) -> str:
    if value not in ("auto", "eof", "exit"):
        raise ValueError(f"wait is one of auto, eof, exit, not {value!r}")
    return str(value)


def _size(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} takes a number of bytes (int), not {type(value).__name__}")
    if value < 0:
        raise ValueError(f"{name} takes 0 or more bytes, not {value}")
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} takes True or False, not {type(value).__name__}")
    return value


def _target(name: str, value: Any) -> Any:
    """A place to run, or what users hold of one: a shell whose commands run there."""
    place = value if hasattr(value, "spawn") else getattr(value, "target", value)
    if place is not None and not hasattr(place, "spawn"):
        raise TypeError(f"{name} takes a place to run, such as `$.ssh(…)`, not {type(value).__name__}")
    return place


def _text(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} takes text, not {type(value).__name__}")
    return value


CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "cwd": _directory,
    "env": _environment,
    "timeout": _duration,
    "grace": _duration,
    "accept": _codes,
    "output": _output,
    "limit_output": _size,
    "wait": _wait,
    "label": _text,
    "shell": _text,
    "target": _target,
    **dict.fromkeys(("nothrow", "statement", "append", "pty", "detach", "objects", "strict", "verbose"), _flag),
}


class Options:
    """Frozen settings of a command; every field has a default, durations are seconds."""

    __slots__ = (*DEFAULTS, "copies", "simple")

    if TYPE_CHECKING:
        cwd: str | None  # directory to run in; None is the program's own
        env: Mapping[str, str | None] | None  # changes to the environment; None as a value removes
        input: Any  # where stdin comes from; None inherits or is empty, see `Runner`
        timeout: float | None  # seconds until the job is stopped
        nothrow: bool  # an exit code is no error
        accept: tuple[int, ...]  # exit codes (0-255) that are no failure
        output: str  # auto, show, tee or quiet
        statement: bool  # awaited as a statement: its value is not used
        stdout: Any  # a sink for stdout: path, file, None for the default
        append: bool  # a path given to stdout is added to
        stderr: Any  # a sink for stderr: "stdout", path, file
        stderr_pipe: Any  # a stage that reads stderr
        label: str | None  # the name shown before live lines
        retry: RetryPolicy | None
        limit_output: int | None  # bytes of stdout and of stderr that are kept
        grace: float | None  # seconds between asking and killing
        pty: bool  # run on a pseudo-terminal of its own
        detach: bool  # outlives the script
        objects: bool  # keep the values that the last Python stage gives
        wait: str  # auto, eof or exit: when a job counts as ended
        shell: str | None  # the shell for shell text; None is bash, else sh
        strict: bool  # -euo pipefail
        verbose: bool  # print what runs
        target: Target | None  # where it runs; None is here
        simple: bool  # nothing is asked that takes more than a start here and what reads its output
        copies: dict[Change, Options]  # with one changed option each: a loop says the same at every turn

    def __init__(self, **changes: Any) -> None:
        self._fill(DEFAULTS, changes)

    def _fill(self, before: Mapping[str, Any], changes: dict[str, Any]) -> None:
        fill = object.__setattr__
        for name, value in before.items():
            fill(self, name, value)
        for name, value in changes.items():
            good = checked(name, value)
            if name == "env" and good is not None and self.env:
                good = {**self.env, **good}
            fill(self, name, good)
        fill(self, "simple", is_simple(self))
        fill(self, "copies", {})

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"options are frozen; use with_({name}=…)")

    def with_(self, **changes: Any) -> Options:
        """A copy with `changes`; `env` is merged, everything else replaced; raises TypeError or ValueError."""
        key: Change | None = None
        if len(changes) == 1:
            ((name, value),) = changes.items()
            # input may be long, and is another one each time
            kind = value.__class__
            if kind in KEPT_KINDS and name != "input":
                key = (name, kind, value)
                if (kept := self.copies.get(key)) is not None:
                    return kept
        new: Options = object.__new__(Options)
        new._fill({name: getattr(self, name) for name in DEFAULTS}, changes)
        if key is not None:
            if len(self.copies) >= KEPT:
                self.copies.clear()
            self.copies[key] = new
        return new

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Options) and all(getattr(self, n) == getattr(other, n) for n in DEFAULTS)

    __hash__ = None  # type: ignore[assignment]  # holds a mapping

    def __repr__(self) -> str:
        changed = [f"{n}={getattr(self, n)!r}" for n, d in DEFAULTS.items() if getattr(self, n) != d]
        return f"Options({', '.join(changed)})"


def checked(name: str, value: Any) -> Any:
    """`value` as the option `name` holds it; raises TypeError or ValueError that names the option."""
    if name not in DEFAULTS:
        known = ", ".join(sorted(set(DEFAULTS) - {"statement", "stderr_pipe"}))
        raise TypeError(f"{name!r} is no setting of a command; known are {known}")
    check = CHECKS.get(name)
    return check(name, value) if check else value


def is_simple(options: Options) -> bool:
    """Whether a command with these options can be started the short way: most are, and are looked at once."""
    return (
        options.input is None
        and options.timeout is None
        and options.stdout is None
        and options.stderr_pipe is None
        and options.target is None
        and not options.pty
        and not options.detach
    )


PLAIN = Options()
