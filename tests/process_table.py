"""The system's process table, as tests see it: children, members of a session, bearers of a cookie (Linux, proc(5))."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

COOKIE = "XSH_TEST_COOKIE"
"""Environment variable that every process a test starts inherits; its value names the test or the script run."""

EXEC_SECONDS = 1.0
"""How long a process may be between two programs before it counts as one without an environment."""

DYING_SECONDS = 0.02
"""How long a process may take from its SIGKILL until the kernel shows that it is exiting."""

PF_EXITING = 0x4
"""The flag of a process that is being ended (include/linux/sched.h)."""


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
    wanted = f"{COOKIE}={cookie}".encode()
    return any(entry.startswith(wanted) for entry in _environment(pid).split(b"\0"))


def _environment(pid: int) -> bytes:
    """The environment a process was started with; empty for one that has none, has ended or is not ours to see.

    In execve(2) a process shows neither environment nor arguments for a moment, and a file opened just before shows
    an empty environment for ever: one empty look means nothing, several with arguments to be seen between them do.
    """
    empty_looks = 0
    deadline = time.monotonic() + EXEC_SECONDS
    try:
        while empty_looks < 3 and time.monotonic() < deadline:
            if environment := _read(f"/proc/{pid}/environ"):
                return environment
            if _read(f"/proc/{pid}/cmdline"):
                empty_looks += 1
            else:
                os.readlink(f"/proc/{pid}/exe")  # fails for a kernel thread and for a zombie
                os.sched_yield()
    except OSError:
        pass
    return b""


def bearers(cookie: str, among: set[int] | None = None) -> list[Process]:
    """All living processes (zombies have no environment) that bear a cookie, this one excepted."""
    candidates = pids() if among is None else among
    found = (read_process(pid) for pid in candidates if pid != os.getpid() and bears_cookie(pid, cookie))
    return [process for process in found if process is not None and process.state != "Z"]


def session_members(session: int) -> list[Process]:
    """All processes of a session (setsid(2)), zombies left out."""
    found = (read_process(pid) for pid in pids())
    return [process for process in found if process and process.session == session and process.state != "Z"]


def children() -> list[Process]:
    """The children of this process, zombies included."""
    found = [read_process(pid) for pid in pids()]
    return [process for process in found if process is not None and process.parent == os.getpid()]


def still_living(processes: list[Process]) -> list[Process]:
    """Those that are not on their way out: killed by SIGKILL, a process takes a moment more, and nobody can wait for it.

    The moment before the kernel shows that it is exiting is covered by DYING_SECONDS.
    """
    return [
        process
        for process in processes
        if not wait_gone(process.pid, DYING_SECONDS) and not (_is_exiting(process.pid) and wait_gone(process.pid))
    ]


def _is_exiting(pid: int) -> bool:
    """Whether the kernel has begun to end a process: PF_EXITING, or a SIGKILL that waits for it."""
    try:
        flags = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[6]
        status = _read(f"/proc/{pid}/status").decode(errors="replace")
    except OSError:
        return True
    pending = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigPnd:", "ShdPnd:"))]
    return bool(int(flags) & PF_EXITING) or any(mask & (1 << (signal.SIGKILL - 1)) for mask in pending)


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


def kill_all(find: Callable[[], list[Process]]) -> None:
    """Kill what `find` finds until it finds nothing: a process may start another while its turn has not come."""
    while found := find():
        kill_and_wait(found)


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
