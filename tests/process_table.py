"""The system's process table, as tests see it: children, members of a session, bearers of a cookie (Linux, proc(5))."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from dataclasses import dataclass

COOKIE = "XSH_TEST_COOKIE"
"""Environment variable that every process a test starts inherits; its value names the test or the script run."""


@dataclass(frozen=True)
class Process:
    """One process: its parent, session, one-letter state (`Z` is a zombie) and command line."""

    pid: int
    parent: int
    session: int
    state: str
    command: str

    def __str__(self) -> str:
        return f"process {self.pid} (state {self.state}, parent {self.parent}): {self.command}"


def pids() -> set[int]:
    """The pids of all processes; empty where there is no /proc."""
    try:
        return {int(name) for name in os.listdir("/proc") if name.isdigit()}
    except FileNotFoundError:
        return set()


def read_process(pid: int) -> Process | None:
    """What /proc says of a process, or None when it has gone."""
    try:
        stat = _read(f"/proc/{pid}/stat").decode(errors="replace")
        command = _read(f"/proc/{pid}/cmdline").replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return None
    name, _, rest = stat.partition("(")[2].rpartition(")")
    state, parent, _group, session = rest.split()[:4]
    return Process(pid, int(parent), int(session), state, command or f"[{name}]")


def bears_cookie(pid: int, cookie: str) -> bool:
    """Whether the environment a process was started with names this cookie (or one that begins with it)."""
    try:
        environment = _read(f"/proc/{pid}/environ")
    except OSError:
        return False
    wanted = f"{COOKIE}={cookie}".encode()
    return any(entry.startswith(wanted) for entry in environment.split(b"\0"))


def bearers(cookie: str, among: set[int] | None = None) -> list[Process]:
    """All living processes (zombies have no environment) that bear a cookie, this one excepted."""
    candidates = pids() if among is None else among
    found = (read_process(pid) for pid in candidates if pid != os.getpid() and bears_cookie(pid, cookie))
    return [process for process in found if process is not None and process.state != "Z"]


def session_members(session: int) -> list[Process]:
    """All processes of a session (setsid(2)), zombies left out."""
    found = (read_process(pid) for pid in pids())
    return [process for process in found if process and process.session == session and process.state != "Z"]


def kill_and_wait(processes: list[Process], seconds: float = 10) -> None:
    """SIGKILL each process by its pid, reap it where it is our child, and return when all have gone."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + seconds
    for process in processes:
        if process.parent == os.getpid():
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, 0)
        else:
            wait_gone(process.pid, deadline - time.monotonic())


def wait_gone(pid: int, seconds: float = 10) -> bool:
    """Wait until a process has ended (not until it is reaped): True when it has, False when time ran out."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], max(seconds, 0))[0])
    finally:
        os.close(descriptor)


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        chunks = []
        while chunk := os.read(descriptor, 1 << 16):
            chunks.append(chunk)
        return b"".join(chunks)
    finally:
        os.close(descriptor)
