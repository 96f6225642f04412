"""What a scripted program does: what it writes, when, and how it ends."""

from __future__ import annotations

import signal as signals

from xsh.result import SIGNAL_BASE, ExitStatus
from xsh.words.duration import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Call:
    """One command that was run: its `argv`, `cwd`, `env` (the changes), `input` (bytes) and the `signals` it was sent.

    `text` is the command as one line: the words quoted where they need it, or the shell text. `exit` is None until
    it has ended.
    """

    __module__ = "xsh.testing"
    __slots__ = ("argv", "cwd", "env", "exit", "host", "input", "signals", "text")

    def __init__(
        self, argv: tuple[str, ...], text: str, cwd: str | None, env: Mapping[str, str | None], host: str
    ) -> None:
        self.argv = argv
        self.text = text
        self.cwd = cwd
        self.env = dict(env)
        self.host = host
        self.input = b""
        self.signals: list[str] = []
        self.exit: int | None = None

    def __repr__(self) -> str:
        return f"<call {self.text}>"


class Reply:
    """How a scripted program answers: `stdout` and `stderr`, then its end by `exit` (0-255) or `signal` (a name).

    `stdout` is text, bytes, or an iterable of them, sync or async, written piece by piece with `pause` between two.
    It begins after `delay`. Signals in `ignores` do not end it.
    """

    __module__ = "xsh.testing"
    __slots__ = ("delay", "ignores", "pause", "status", "stderr", "stdout", "used")

    def __init__(
        self,
        stdout: object = b"",
        *,
        stderr: str | bytes = b"",
        exit: int = 0,
        signal: str | None = None,
        delay: float | str = 0,
        pause: float | str = 0,
        ignores: Iterable[str] = (),
    ) -> None:
        self.stdout = stdout
        self.used = False
        self.stderr = as_bytes(stderr)
        self.delay = parse_duration(delay)
        self.pause = parse_duration(pause)
        self.ignores = frozenset(signal_number(name) for name in ignores)
        if exit not in range(256):
            raise ValueError(f"exit is an exit code from 0 to 255, not {exit!r}")
        if signal is None:
            self.status = ExitStatus(exit)
        else:
            number = signal_number(signal)
            self.status = ExitStatus(SIGNAL_BASE + number, signals.Signals(number).name)

    def take(self) -> object:
        """The output for one more run; raises TypeError for an iterator that an earlier run has used up."""
        if self.used and (hasattr(self.stdout, "__next__") or hasattr(self.stdout, "__anext__")):
            raise TypeError(
                "the scripted output is an iterator, which gives its pieces once: give a list or a function"
            )
        self.used = True
        return self.stdout


def as_bytes(data: object) -> bytes:
    """Text or bytes as bytes; raises TypeError for anything else."""
    if isinstance(data, str):
        return data.encode("utf-8", "surrogateescape")
    if isinstance(data, (bytes, bytearray)):
        return bytes(data)
    raise TypeError(f"a scripted program writes text or bytes, not {type(data).__name__}")


def signal_number(name: str) -> int:
    """The number of a signal by its name ("TERM", "SIGTERM"); raises ValueError for an unknown one."""
    try:
        return int(signals.Signals["SIG" + name.upper().removeprefix("SIG")])
    except KeyError:
        raise ValueError(f"{name!r} is no signal; use a name such as TERM, HUP, KILL") from None


def as_reply(value: object) -> Reply:
    """What a test's function gave, as a reply: None, an exit code, text, bytes, pieces of them, or a reply itself."""
    if isinstance(value, Reply):
        return value
    if value is None or isinstance(value, bool):
        return Reply(exit=0 if value is None or value else 1)
    return Reply(exit=value) if isinstance(value, int) else Reply(value)
