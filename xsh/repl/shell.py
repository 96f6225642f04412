"""The state of one interactive shell: names, aliases, jobs, how the last line ended."""

from __future__ import annotations

import os
import sys

from xsh.repl.history.history import History
from xsh.repl.jobs.table import JobTable
from xsh.targets.local.which import which
from xsh.watch.notices import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from xsh.repl.jobs.line import Line
    from xsh.repl.jobs.table import JobEntry
    from xsh.session.session import Session


class Bound:
    """The names that the user bound, live: those of the namespace less what the shell itself put there."""

    __slots__ = ("given", "names")

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self.given: dict[str, Any] = dict(names)

    def give(self, name: str, value: Any) -> None:
        """Put a name of the shell's own into the namespace, unless the user has one of that name."""
        if name not in self:
            self.names[name] = value
            self.given[name] = value

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str) or name not in self.names:
            return False
        return name not in self.given or self.names[name] is not self.given[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in list(self.names) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def nothing() -> bool:
    """False: there is no prompt yet."""
    return False


class Shell:
    """What everything at the prompt looks at; only the loop and the session commands change it.

    `names` is the namespace of the user's code, `aliases` gives text or a Python function for a command's first word,
    `status` is how the last line ended (0-255) and `signal` the name of the signal that ended it, `last` the value of
    the last expression, `duration` the seconds that the last line took, `target_name` "" for this machine. `leaving` is
    the status to leave with, None while it goes on, and `handover` the job that `fg` wants in the foreground next.
    """

    def __init__(self, session: Session) -> None:
        self.module = type(sys)("__main__")
        self.names: dict[str, Any] = self.module.__dict__
        self.names["__builtins__"] = sys.modules["builtins"]
        self.user_names = Bound(self.names)
        self.aliases: dict[str, str | Callable[..., Any]] = {}
        self.abbreviations: dict[str, str] = {}
        self.status = 0
        self.signal: str | None = None
        self.last: Any = None
        self.duration: float | None = None
        self.jobs = JobTable()
        self.session = session
        self.history = History(secrets=session.secrets)
        self.session_id = f"{os.getpid()}-{os.urandom(4).hex()}"
        self.target_name = ""
        self.directories: list[str] = []
        self.disowned: list[Line] = []
        self.leaving: int | None = None
        self.handover: JobEntry | None = None
        self.warned_of_jobs = False
        self.at_interrupt: Callable[[], bool] = nothing
        self.at_leave: Callable[[], object] = nothing
        self.interrupted_early = False
        self.control: Any = None
        self.vi_mode = False

    def bound(self) -> Bound:
        """The names that the user bound, live: a container of text."""
        return self.user_names

    def give(self, name: str, value: Any) -> None:
        """Put a name of the shell's own into the namespace, unless the user has one of that name."""
        self.user_names.give(name, value)

    def find(self, name: str) -> bool:
        """Whether a command line may start with this word: a program on PATH or a path to one."""
        return which(name) is not None

    def say(self, text: str) -> None:
        """Tell the user something in xsh's name, above the prompt when that is shown."""
        self.session.runner.notice(text)

    def say_plain(self, text: str) -> None:
        """Write a line on stderr, above the prompt when that is shown."""
        say(self.session.secrets, text)

    def ended(self, status: int, signal: str | None = None) -> None:
        """Note how a line ended; `status` in the namespace says it too."""
        self.status = status
        self.signal = signal
        self.give("status", status)
