"""Ctrl-Z in the middle of a spawn would stop us for good: a watch lets a child go on that was stopped before its program.

The child of a vfork-style spawn is in our process group, with our signals blocked, until it has made its own; a SIGTSTP
from the terminal waits in it until then and stops it just before execve(2). Its parent waits for that call in the
kernel, where no signal reaches it and, in os.posix_spawn, nobody else gets the interpreter. So while a terminal is
ours, a spawn leaves the interpreter to a thread, which continues such a child. It is known by a flag: PF_FORKNOEXEC,
forked and no program executed yet (include/linux/sched.h). Ctrl-Z itself is not lost: we are stopped by it as well.
"""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock, get_native_id, start_new_thread

from xsh.reactor.signals import SIG_BLOCK, SIG_SETMASK, SIGCONT, pthread_sigmask, valid_signals
from xsh.targets.local.group import stat_fields
from xsh.targets.local.kin import now
from xsh.targets.local.posix_spawn import PosixSpawn
from xsh.targets.local.spawn import RESTORED, SPAWNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xsh.targets.local.spawn import How, Spawn

LOOK_SECONDS = 0.05
"""Between two looks at what is being spawned."""
LONG_SECONDS = 0.03
"""A spawn that has lasted so long is looked into; most take half a millisecond."""
QUIET_LOOKS = 20
"""Looks without any spawn after which the thread sleeps until the next one."""
BIRTH_SLACK = 0.05
"""Seconds by which a start that the kernel counts in ticks may seem to lie before one that we saw."""
TICKS = os.sysconf("SC_CLK_TCK")
PF_FORKNOEXEC = 0x40
INSTALLED: list[SpawnWatch] = []


class SpawnWatch:
    """Spawns by a call that others can watch, and watches it, from `install` to `remove`.

    The thread is none of `threading`, whose import costs more than all of this.
    """

    def __init__(self) -> None:
        self.before: Spawn | None = None
        self.posix_spawn: PosixSpawn | None = None
        self.running: dict[int, float] = {}
        self.count = 0
        self.started = self.parked = self.ended = False
        self.thread = 0
        self.gate = allocate_lock()
        self.gate.acquire()

    def install(self) -> None:
        """Spawn in this way from now on, where it can be done and is of use."""
        if sys.platform != "linux":
            return
        try:
            self.posix_spawn = PosixSpawn(RESTORED)
        except (ImportError, OSError):
            return
        self.before, SPAWNING.call = SPAWNING.call, self.spawn
        INSTALLED.append(self)

    def remove(self) -> None:
        """Spawn as before; the thread ends."""
        if SPAWNING.call == self.spawn:
            SPAWNING.call = self.before
        if self in INSTALLED:
            INSTALLED.remove(self)
        self.ended = True
        self._wake()

    def pause(self) -> None:
        """End the thread until the next spawn; returns when it has gone."""
        if not self.started:
            return
        self.ended = True
        self._wake()
        while not self.thread or os.path.exists(f"/proc/self/task/{self.thread}"):
            os.sched_yield()
        self.gate.acquire(blocking=False)
        self.started = self.ended = False
        self.thread = 0

    def spawn(self, program: str, argv: Sequence[str], env: Mapping[bytes, bytes], *how: *How) -> int:
        """Spawn, watched."""
        assert self.posix_spawn is not None
        thread = get_native_id()
        try:
            self.count += 1
            self.running[thread] = now()
            if not self.started:
                self._start()
            elif self.parked:
                self._wake()
            return self.posix_spawn(program, argv, env, *how)
        finally:
            self.running.pop(thread, None)

    def _start(self) -> None:
        self.started = True
        # with all signals blocked, which the thread inherits: one that it took would not wake the main thread's poll(2)
        before = pthread_sigmask(SIG_BLOCK, valid_signals())
        try:
            start_new_thread(self._run, ())
        except RuntimeError:
            # no more threads for us now; the next spawn tries again
            self.started = False
        finally:
            pthread_sigmask(SIG_SETMASK, before)

    def _wake(self) -> None:
        try:
            self.gate.release()
        except RuntimeError:
            # another has just done it
            return

    def _run(self) -> None:
        self.thread = get_native_id()
        quiet, seen = 0, 0
        while not self.ended:
            if quiet < QUIET_LOOKS:
                self.gate.acquire(timeout=LOOK_SECONDS)
            else:
                self.parked = True
                # looked at again, since a spawn that began in between has not seen that
                if self.count == seen and not self.ended:
                    self.gate.acquire()
                self.parked = False
            quiet = 0 if self.count != seen or self.running else quiet + 1
            seen = self.count
            self._look()

    def _look(self) -> None:
        late = now() - LONG_SECONDS
        for thread, began in self.running.copy().items():
            if began <= late:
                for pid in children_of(thread):
                    if stopped_before_its_program(pid, began):
                        proceed(pid)


def before_fork() -> None:
    """Have no thread while the script forks: Python warns of forks beside threads, and what they hold is held for ever."""
    for watch in INSTALLED:
        watch.pause()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=before_fork)


def children_of(thread: int) -> list[str]:
    """The pids of the children of one of our threads; of all our threads where the kernel does not tell them apart."""
    try:
        with open(f"/proc/self/task/{thread}/children") as file:
            return file.read().split()
    except OSError:
        pass
    try:
        every = os.listdir("/proc")
    except OSError:
        return []
    us = b"%d" % os.getpid()
    return [pid for pid in every if pid.isdigit() and us in stat_fields(pid)[1:2]]


def stopped_before_its_program(pid: str, began: float) -> bool:
    """Whether a child, forked no earlier than `began`, is stopped and has not executed a program yet."""
    fields = stat_fields(pid)
    return (
        len(fields) > 19
        and fields[0] == b"T"
        and bool(int(fields[6]) & PF_FORKNOEXEC)
        and int(fields[19]) / TICKS >= began - BIRTH_SLACK
    )


def proceed(pid: str) -> None:
    """Let a stopped child go on."""
    try:
        os.kill(int(pid), SIGCONT)
    except OSError:
        # it was killed in this moment
        return
