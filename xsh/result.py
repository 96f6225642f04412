"""What happened: the exit status of a program and the frozen record of a finished job."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NoReturn

SIGNAL_BASE = 128


def decode(data: bytes) -> str:
    """Text of `data` as UTF-8; bytes that are not UTF-8 survive as surrogate escapes."""
    return data.decode("utf-8", "surrogateescape")


def split_lines(text: str) -> list[str]:
    """Lines of `text`, which end at LF or CRLF and nothing else; blank ones stay, a final newline adds none."""
    if not text:
        return []
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    if "\r" in text:
        lines = [line.removesuffix("\r") for line in lines]
    return lines


class ExitStatus:
    """How one process ended: a `code` of 0-255 or the name of the `signal` that killed it.

    Source: wait(2) and, for the code of a killed process, POSIX XCU 2.8.2 (128 + signal number).
    """

    __slots__ = ("code", "signal")

    def __init__(self, code: int, signal: str | None = None) -> None:
        self.code = code
        self.signal = signal

    @property
    def ok(self) -> bool:
        """Whether the program exited by itself with code 0."""
        return self.code == 0 and self.signal is None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExitStatus) and (self.code, self.signal) == (other.code, other.signal)

    def __hash__(self) -> int:
        return hash((self.code, self.signal))

    def __repr__(self) -> str:
        return f"ExitStatus({self.code})" if self.signal is None else f"ExitStatus({self.code}, {self.signal!r})"


class Usage:
    """What a process used, from the kernel's own accounting (wait4(2)): CPU seconds and peak memory in bytes."""

    __module__ = "xsh"
    __slots__ = ("max_rss_bytes", "system_s", "user_s")

    def __init__(self, user_s: float = 0.0, system_s: float = 0.0, max_rss_bytes: int = 0) -> None:
        self.user_s = user_s
        self.system_s = system_s
        self.max_rss_bytes = max_rss_bytes

    def __add__(self, other: Usage) -> Usage:
        peak = max(self.max_rss_bytes, other.max_rss_bytes)
        return Usage(self.user_s + other.user_s, self.system_s + other.system_s, peak)

    def __repr__(self) -> str:
        return f"Usage(user_s={self.user_s:.3f}, system_s={self.system_s:.3f}, max_rss_bytes={self.max_rss_bytes})"


class Result:
    """Frozen record of a finished job; true when it is `ok`, its text as `str`, its lines when iterated.

    Example::

        r = await $`git rev-parse --short HEAD`
        if r:
            print(f"at {r}, {r.duration:.1f} s")
    """

    __module__ = "xsh"
    __slots__ = (
        "_decoded",
        "argv",
        "command",
        "duration",
        "exit_code",
        "host",
        "objects",
        "pid",
        "signal",
        "stages",
        "stderr_data",
        "stdout_data",
        "stdout_held",
        "timed_out",
        "truncated",
        "usage",
    )

    if TYPE_CHECKING:
        argv: tuple[str, ...]  # what was executed; empty for shell text
        command: str  # the text, quoted for reading
        duration: float  # seconds
        exit_code: int  # 0-255
        signal: str | None  # the name of the signal that killed it
        host: str | None  # where it ran; None is here
        objects: tuple[Any, ...] | None  # what the last Python stage gave, when asked for
        pid: int | None
        stages: tuple[Result, ...]  # one for each stage; itself alone for a command
        stdout_data: bytes | None  # None when not captured
        stderr_data: bytes | None
        stdout_held: bool  # a daemon held its output open; what it wrote later is not here
        timed_out: bool
        truncated: bool  # more was written than limit_output keeps
        usage: Usage
        _decoded: dict[str, str]

    def __init__(
        self,
        *,
        command: str,
        argv: tuple[str, ...],
        status: ExitStatus,
        duration: float = 0.0,
        stdout: bytes | None = None,
        stderr: bytes | None = None,
        pid: int | None = None,
        host: str | None = None,
        stages: tuple[Result, ...] | None = None,
        timed_out: bool = False,
        truncated: bool = False,
        stdout_held: bool = False,
        usage: Usage | None = None,
        objects: tuple[Any, ...] | None = None,
    ) -> None:
        fill = object.__setattr__
        fill(self, "command", command)
        fill(self, "argv", argv)
        fill(self, "exit_code", status.code)
        fill(self, "signal", status.signal)
        fill(self, "duration", duration)
        fill(self, "stdout_data", stdout)
        fill(self, "stderr_data", stderr)
        fill(self, "pid", pid)
        fill(self, "host", host)
        fill(self, "stages", stages or (self,))
        fill(self, "timed_out", timed_out)
        fill(self, "truncated", truncated)
        fill(self, "stdout_held", stdout_held)
        fill(self, "usage", usage or Usage())
        fill(self, "objects", objects)
        fill(self, "_decoded", {})

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Result is frozen; {name} cannot be set")

    def __setstate__(self, state: tuple[None, dict[str, object]]) -> None:
        for name, value in state[1].items():
            object.__setattr__(self, name, value)

    @property
    def status(self) -> ExitStatus:
        """The exit code and signal as one value."""
        return ExitStatus(self.exit_code, self.signal)

    @property
    def ok(self) -> bool:
        """Whether the exit code is 0, no signal killed the program and no timeout ended it."""
        return self.exit_code == 0 and self.signal is None and not self.timed_out

    @property
    def stdout_bytes(self) -> bytes:
        """Exactly what the program wrote to stdout; raises ValueError when it was not captured."""
        return self._captured("stdout", self.stdout_data)

    @property
    def stderr_bytes(self) -> bytes:
        """Exactly what the program wrote to stderr; raises ValueError when it was not captured."""
        return self._captured("stderr", self.stderr_data)

    @property
    def stdout(self) -> str:
        """What the program wrote to stdout, untouched, as text; raises ValueError when it was not captured."""
        return self._text("stdout", self.stdout_data)

    @property
    def stderr(self) -> str:
        """What the program wrote to stderr, untouched, as text; raises ValueError when it was not captured."""
        return self._text("stderr", self.stderr_data)

    @property
    def text(self) -> str:
        """stdout less its final newlines, as in the shell's `$(...)` (POSIX XCU 2.6.3)."""
        return self.stdout.rstrip("\r\n") if self.stdout.endswith("\r\n") else self.stdout.rstrip("\n")

    @property
    def lines(self) -> list[str]:
        """stdout as lines, which end at LF or CRLF and nothing else; blank ones stay."""
        return split_lines(self.stdout)

    def json(self) -> Any:
        """stdout parsed as one JSON document; raises ValueError that names the command when it is none."""
        import json

        try:
            return json.loads(self.stdout)
        except ValueError as error:
            raise ValueError(f"the output of `{self.command}` is not JSON: {error}") from error

    def _captured(self, stream: str, data: bytes | None) -> bytes:
        if data is None:
            raise ValueError(
                f"{stream} of `{self.command}` was not captured: it went to the terminal or to a file; "
                "use the value (`r = await …`), or `.tee()` to have both"
            )
        return data

    def _text(self, stream: str, data: bytes | None) -> str:
        decoded = self._decoded
        if stream not in decoded:
            decoded[stream] = decode(self._captured(stream, data))
        return decoded[stream]

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return self.text

    def __iter__(self) -> Iterator[str]:
        return iter(self.lines)

    def __or__(self, other: object) -> NoReturn:
        raise TypeError(
            "a finished Result cannot be piped: `await` binds before `|`; write `await (a | b)`, or `await a.pipe(b)`"
        )

    __ror__ = __or__

    def __repr__(self) -> str:
        how = f"exit_code={self.exit_code}" if self.signal is None else f"signal={self.signal!r}"
        size = "" if self.stdout_data is None else f", stdout={len(self.stdout_data)} bytes"
        return f"Result({self.command!r}, {how}, duration={self.duration:.3f}{size})"
