"""The port of a place that can start programs: what `run` asks of it, whoever provides it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from xsh.result import ExitStatus, Usage

    class Timer(Protocol):
        """A pending call that can be taken back."""

        def cancel(self) -> None:
            """Take the call back."""
            ...

    class Fact(Protocol):
        """Something that becomes true once and can be waited for."""

        true: bool

        def set(self) -> None:
            """Make it true and wake whoever waits."""
            ...

        async def wait(self) -> None:
            """Return once it is true."""
            ...

    class Reactor(Protocol):
        """What drives a job: readiness of descriptors and timers, on asyncio's loop or on our own."""

        def add_reader(self, fd: int, callback: Callable[[], None]) -> None:
            """Call back whenever a descriptor can be read."""
            ...

        def remove_reader(self, fd: int) -> None:
            """Stop watching it."""
            ...

        def add_writer(self, fd: int, callback: Callable[[], None]) -> None:
            """Call back whenever a descriptor can be written."""
            ...

        def remove_writer(self, fd: int) -> None:
            """Stop watching it."""
            ...

        def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
            """Call back once, `delay` seconds from now."""
            ...

        def fact(self) -> Fact:
            """A fact that this thread can wait for."""
            ...

        def call_soon_threadsafe(self, callback: Callable[[], None]) -> None:
            """Call back soon, asked from anywhere."""
            ...

    class LineWriter(Protocol):
        """Takes a job's output in any pieces and shows whole lines behind its label."""

        def write(self, stream: int, data: bytes) -> None:
            """Take a piece of stdout (1) or stderr (2)."""
            ...

        def close(self) -> None:
            """Show what is left."""
            ...

    class Process(Protocol):
        """One started program: its number where it is known, how it ended, and the ways to signal it."""

        @property
        def pid(self) -> int | None:
            """Its process number."""
            ...

        host: str | None
        status: ExitStatus | None
        usage: Usage | None

        def poll(self) -> bool:
            """Whether it has ended; it is reaped then."""
            ...

        def watch(self, reactor: Reactor, ended: Callable[[], None]) -> None:
            """Call back once when it has ended."""
            ...

        def signal(self, number: int) -> None:
            """Send a signal to its whole group."""
            ...

        def members_left(self) -> bool:
            """Whether its group has living members."""
            ...

    class Target(Protocol):
        """A place to run: `spawn` starts one program there and returns at once; raises SpawnError or TargetError."""

        name: str

        def spawn(self, request: SpawnRequest) -> Process:
            """Start one program and return at once."""
            ...

        def nearest(self, name: str) -> list[str]:
            """The programs there whose names are closest to `name`."""
            ...

        def shell(self) -> str:
            """The shell for shell text."""
            ...


class SpawnRequest:
    """Everything a target needs to start one program; the three ends are descriptors of this process.

    `group` is a process of the same job whose process group the program joins; None starts a new one. `terminal` is the
    path of a terminal that becomes the program's own; the three ends are not used then. `job` is the same for all programs
    of a job, which may wait for each other; None for one that nobody waits for in this way.
    """

    __slots__ = ("argv", "cwd", "env", "group", "job", "new_session", "stderr", "stdin", "stdout", "terminal")

    def __init__(
        self,
        argv: tuple[str, ...],
        *,
        stdin: int,
        stdout: int,
        stderr: int,
        cwd: str | None = None,
        env: Mapping[str, str | None] | None = None,
        group: Process | None = None,
        new_session: bool = False,
        terminal: str | None = None,
        job: object = None,
    ) -> None:
        self.argv = argv
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.cwd = cwd
        self.env = env
        self.group = group
        self.job = job
        self.new_session = new_session
        self.terminal = terminal
