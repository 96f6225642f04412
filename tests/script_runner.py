"""Runs `.xsh` scripts as users do, in a process of their own with a HOME of their own, and leaves nothing running."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import process_table
from tests.leak_guard import LeftBehindError
from tests.process_table import COOKIE

CHECKOUT = Path(__file__).resolve().parent.parent
SOURCES = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("COVERAGE_SITE"))))
"""PYTHONPATH of what the tests run: this checkout's xsh, and under `make coverage` what saves the figures of the dying."""
PROGRAMS = CHECKOUT / "tests" / "programs"


@dataclass(frozen=True)
class ScriptRun:
    """How a script ended and what it wrote."""

    returncode: int
    stdout_bytes: bytes
    stderr_bytes: bytes
    duration: float

    @property
    def stdout(self) -> str:
        """Standard output as UTF-8, undecodable bytes as surrogates."""
        return self.stdout_bytes.decode("utf-8", "surrogateescape")

    @property
    def stderr(self) -> str:
        """Standard error as UTF-8, undecodable bytes as surrogates."""
        return self.stderr_bytes.decode("utf-8", "surrogateescape")


class RunningScript:
    """A started script: signal it, wait for what it writes, then `finish` it."""

    def __init__(self, argv: Sequence[str], cwd: Path, env: dict[str, str], **streams: object) -> None:
        self.cookie = f"{os.environ.get(COOKIE, '')}:{uuid.uuid4().hex}"
        self.started = time.monotonic()
        self.received = bytearray()
        """Standard output read by `wait_for` so far."""
        self.process = subprocess.Popen(
            argv,
            cwd=cwd,
            env={**env, COOKIE: self.cookie},
            start_new_session=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
        )

    @property
    def pid(self) -> int:
        """The pid of xsh itself."""
        return self.process.pid

    def send_signal(self, number: int) -> None:
        """Signal xsh alone, not what it started."""
        self.process.send_signal(number)

    def wait_for(self, text: str, timeout: float = 40) -> str:
        """Read standard output until the text occurs; all that was read so far. AssertionError when it does not."""
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        deadline = time.monotonic() + timeout
        while text.encode() not in self.received:
            if not select.select([descriptor], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise AssertionError(
                    f"no {text!r} within {timeout} s; standard output so far: {bytes(self.received)!r}"
                )
            chunk = os.read(descriptor, 1 << 16)
            if not chunk:
                raise AssertionError(f"standard output ended without {text!r}: {bytes(self.received)!r}")
            self.received += chunk
        return self.received.decode("utf-8", "surrogateescape")

    def living(self) -> list[process_table.Process]:
        """Every living process this script started, at any depth and in any session."""
        found = {process.pid: process for process in process_table.bearers(self.cookie)}
        found |= {process.pid: process for process in process_table.session_members(self.pid)}
        return list(found.values())

    def finish(self, data: bytes | None = None, timeout: float = 30, *, may_leave: bool = False) -> ScriptRun:
        """Wait for the end; nothing it started may outlive it unless `may_leave` (then it is killed silently).

        AssertionError when it does not end in time, LeftBehindError when it leaves a process behind.
        """
        try:
            stdout, stderr = self.process.communicate(data, timeout)
        except subprocess.TimeoutExpired as error:
            seen = f"stdout {self._all(error.output)!r}, stderr {error.stderr!r}"
            raise AssertionError(f"the script did not end within {timeout} s and was killed; {seen}") from None
        else:
            duration = time.monotonic() - self.started
            left = process_table.still_living(self.living())
            if left and not may_leave:
                raise LeftBehindError("the script left behind:\n" + "\n".join(f"  {process}" for process in left))
            return ScriptRun(self.process.returncode, self._all(stdout), stderr or b"", duration)
        finally:
            self.close()

    def close(self) -> None:
        """Kill the script and whatever it started, and close our ends of its pipes."""
        self.process.kill()
        self.process.wait()
        process_table.kill_all(self.living)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None and not stream.closed:
                stream.close()

    def _all(self, rest: bytes | None) -> bytes:
        return bytes(self.received) + (rest or b"")


class ScriptRunner:
    """The `script` fixture: `script("source", *args)` writes a file and runs it to its end."""

    def __init__(self, folder: Path, after: Callable[[Callable[[], None]], None]) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self._after = after

    def environment(self, **changes: str) -> dict[str, str]:
        """The environment scripts run in: nothing of the user's but PATH, with `tests/programs` on it."""
        return {
            "PATH": f"{PROGRAMS}:{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "PYTHONPATH": SOURCES,
            **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
            **changes,
        }

    def write(self, source: str | bytes, name: str = "script.xsh") -> Path:
        """Write a script file as it is given, character for character."""
        path = self.folder / name
        path.write_bytes(source if isinstance(source, bytes) else source.encode("utf-8", "surrogateescape"))
        return path

    def start(self, source: str | bytes | Path, *args: str, **settings: object) -> RunningScript:
        """Start a script without waiting; the fixture kills what is left at the end of the test.

        Settings: `env` (changes), `cwd`, `name`, `options` (of xsh, before the file), and `stdin stdout stderr` as
        `subprocess.Popen` takes them.
        """
        env = self.environment(**settings.pop("env", {}))  # type: ignore[arg-type]
        cwd = settings.pop("cwd", self.folder)
        name = settings.pop("name", "script.xsh")
        options = settings.pop("options", ())
        path = source if isinstance(source, Path) else self.write(source, name)  # type: ignore[arg-type]
        argv = [sys.executable, "-m", "xsh", *options, str(path), *args]  # type: ignore[misc]
        return self.start_argv(argv, cwd=cwd, env=env, **settings)  # type: ignore[arg-type]

    def start_argv(self, argv: Sequence[str], *, cwd: Path, env: dict[str, str], **streams: object) -> RunningScript:
        """Start any program the same way, under the same watch."""
        streams.setdefault("stdin", subprocess.DEVNULL)
        running = RunningScript(argv, cwd, env, **streams)
        self._after(running.close)
        return running

    def xsh(self, *args: str, stdin: bytes | None = None, timeout: float = 30, **settings: object) -> ScriptRun:
        """Run `xsh` with exactly these arguments (`-c`, `--version`, …)."""
        return self._run_argv([sys.executable, "-m", "xsh", *args], stdin, timeout, settings)

    def __call__(
        self,
        source: str | bytes | Path,
        *args: str,
        stdin: bytes | None = None,
        timeout: float = 30,
        may_leave: bool = False,
        **settings: object,
    ) -> ScriptRun:
        """Run a script to its end; `timeout` in seconds, then its whole session is killed and the test fails."""
        settings["stdin"] = subprocess.DEVNULL if stdin is None else subprocess.PIPE
        return self.start(source, *args, **settings).finish(stdin, timeout, may_leave=may_leave)

    def _run_argv(self, argv: list[str], stdin: bytes | None, timeout: float, settings: dict[str, object]) -> ScriptRun:
        env = self.environment(**settings.pop("env", {}))  # type: ignore[arg-type]
        cwd = settings.pop("cwd", self.folder)
        settings.setdefault("stdin", subprocess.DEVNULL if stdin is None else subprocess.PIPE)
        return self.start_argv(argv, cwd=cwd, env=env, **settings).finish(stdin, timeout)  # type: ignore[arg-type]
