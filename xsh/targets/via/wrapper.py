"""What stands before a command to run it elsewhere, how it takes directory and variables, and which exit codes are its own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xsh.errors import TargetError

INSIDE = "inside"
"""Directory or variables are set by a program started inside."""
OUTSIDE = "outside"
"""Directory or variables are those of the wrapper itself, which hands them on."""

NOT_STARTED = (126, 127)
"""Exit codes that may say of any wrapper that nothing was started (POSIX XCU 2.8.2)."""


class Wrapper:
    """The words before a command: `start`, then options, then `end`.

    `directory` and `variables` are INSIDE, OUTSIDE or an option of the wrapper, such as "-w". `terminal` are the options
    that ask for a terminal inside. `by_mark` says that signals sent to the wrapper do not reach the inside, so that the
    processes there are found by a mark in their environment. `own_files` says that it has a file system of its own.
    `exit_codes` (0-255) are those by which the wrapper may tell its own failure, raised as `failure`.
    """

    __slots__ = (
        "by_mark",
        "directory",
        "end",
        "exit_codes",
        "failure",
        "name",
        "own_files",
        "start",
        "terminal",
        "variables",
    )

    def __init__(self, name: str, start: tuple[str, ...], end: tuple[str, ...] = (), **facts: object) -> None:
        from xsh.errors import TargetError

        self.name = name
        self.start = start
        self.end = end
        self.directory = str(facts.pop("directory", INSIDE))
        self.variables = str(facts.pop("variables", INSIDE))
        terminal: tuple[str, ...] = facts.pop("terminal", ())  # type: ignore[assignment]
        self.terminal = terminal
        self.by_mark = bool(facts.pop("by_mark", False))
        self.own_files = bool(facts.pop("own_files", False))
        codes: Iterable[int] = facts.pop("exit_codes", ())  # type: ignore[assignment]
        self.exit_codes = frozenset((*codes, *NOT_STARTED))
        failure: type[TargetError] = facts.pop("failure", TargetError)  # type: ignore[assignment]
        self.failure = failure
        if facts:
            raise TypeError(f"unknown facts of a wrapper: {', '.join(sorted(facts))}")

    def wrap(self, argv: tuple[str, ...], options: Iterable[str] = ()) -> tuple[str, ...]:
        """The words that run `argv` inside."""
        return (*self.start, *options, *self.end, *argv)

    def __repr__(self) -> str:
        return f"<{self.name}>"


def inner_environment(env: Mapping[str, str | None]) -> tuple[str, ...]:
    """The words of env(1) that set and remove variables for the command after them; none for no variables.

    A name that env(1) would take for an option or an assignment cannot occur: names hold no `=`, and `--` ends options.
    """
    removed = [word for name, value in env.items() if value is None for word in ("-u", name)]
    given = [f"{name}={value}" for name, value in env.items() if value is not None]
    return ("env", *removed, "--", *given) if removed or given else ()
