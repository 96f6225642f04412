"""`--guard`: a second process that ends everything when the one that runs the script is killed, by SIGKILL too.

The process that was started becomes the supervisor: it adopts whatever the script leaves (prctl(2)), and forks the
worker that runs the script. They are in one process group, so the terminal's signals reach both; what is sent to the
supervisor's number alone is passed on. Ended by whatever means, the worker leaves its descendants to the supervisor,
which kills them and then ends the same way. Should the supervisor be the one that is killed, the kernel sends the
worker SIGTERM, and that ends the script as always.

The kernel tells who has sent a signal, but not whether to one process or to the group. So the worker notes in a pipe
each signal that it has heard itself; the supervisor waits a moment for such a note before it passes on a signal, since
a second one would mean that the user has lost patience.
"""

from __future__ import annotations

import os
import sys

from xsh.reactor.signals import SIG_DFL, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, signal
from xsh.targets.local.prctl import PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, prctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as signals
    from typing import NoReturn
else:
    # the module `signal` makes enumerations of all of them, which takes longer than a spawn
    import _signal as signals

NOTED = (SIGINT, SIGTERM, SIGHUP)
PASSED_ON = (*NOTED, signals.SIGQUIT, SIGTSTP, SIGCONT, signals.SIGUSR1, signals.SIGUSR2, signals.SIGWINCH)
HEARD = {SIGCHLD, signals.SIGIO, *PASSED_ON}
NOTE_WITHIN = 0.03
"""Seconds that the worker is given to note a signal before it is passed on."""
ONE_SIGNAL = 0.2
"""Seconds between the worker's note and our own hearing of it within which they are one signal."""
GRACE = 1.0
"""Seconds for what a script that ended by itself has left: processes of Python's own, as its commands have ended."""


def reap_strangers(kept: set[int]) -> None:
    """Take the status of every adopted child that has ended, except of those given."""
    while True:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None or found.si_pid in kept:
                return
            os.waitid(os.P_PID, found.si_pid, os.WEXITED | os.WNOHANG)
        except ChildProcessError:
            return


class _Guard:
    active = False


def guard() -> None:
    """Become the supervisor and its worker: returns in the worker, once; raises OSError where the system has neither."""
    if _Guard.active:
        return
    if not prctl(PR_SET_CHILD_SUBREAPER, 1):
        raise OSError("--guard needs Linux")
    _Guard.active = True
    read_end, write_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    before = signals.pthread_sigmask(signals.SIG_BLOCK, HEARD)
    supervisor = os.getpid()
    worker = os.fork()
    if worker:
        os.close(write_end)
        Supervisor(worker, read_end).run()
    os.close(read_end)
    prctl(PR_SET_PDEATHSIG, SIGTERM)
    signals.pthread_sigmask(signals.SIG_SETMASK, before)
    if os.getppid() != supervisor:
        os.kill(os.getpid(), SIGTERM)
    note_from_now_on(write_end)


def note_from_now_on(end: int) -> None:
    """Tell the supervisor of signals that this process heard, and of sessions that are to live on."""
    from xsh.script.interrupt import Interrupts
    from xsh.targets.local.kin import KIN

    def note(kind: bytes, number: int) -> None:
        try:
            os.write(end, b"%s%d\n" % (kind, number))
        except OSError:
            # the supervisor is gone, or has not read for long: it is only advice
            return

    Interrupts.note = lambda number: note(b"S", number)
    KIN.heard = lambda pid: note(b"D", pid)
    KIN.guarded = True


class Supervisor:
    """The parent: hears signals, mirrors stops, and ends everything once the worker has ended."""

    def __init__(self, worker: int, notes: int) -> None:
        self.worker = worker
        self.notes = notes
        self.rest = b""
        self.noted: dict[int, float] = {}
        self.expected: dict[int, int] = {}

    def run(self) -> NoReturn:
        """Watch until the worker has ended, then end as it did."""
        import fcntl

        from xsh.script.keep_terminal import KeptTerminal
        from xsh.targets.local.contain import contain
        from xsh.targets.local.kin import KIN, VARIABLE

        signal(SIGCHLD, SIG_DFL)
        # a note arrives as SIGIO (fcntl(2), O_ASYNC): one wait hears everything
        fcntl.fcntl(self.notes, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(self.notes, fcntl.F_SETFL, os.O_NONBLOCK | fcntl.FASYNC)
        KIN.program = os.environ.get(VARIABLE, "")
        KIN.adopting = True
        terminal = KeptTerminal()
        container = contain(self.worker)
        ended = self._look()
        while ended is None:
            heard = signals.sigwaitinfo(HEARD)
            self._read_notes()
            if heard.si_signo in PASSED_ON:
                self._pass_on(heard)
            ended = self._look()
        self._read_notes()
        killed = os.WIFSIGNALED(ended) and os.WTERMSIG(ended) not in NOTED
        if container is not None and killed:
            container.kill(is_spared)
        self._end_everything(killed=killed)
        if container is not None:
            container.remove()
        if killed:
            reap_strangers(set())
            terminal.restore()
        end_as(ended)

    def _look(self) -> int | None:
        """How the worker has ended, as wait(2) tells it; when it was stopped, so are we, until we are continued."""
        while True:
            pid, status = os.waitpid(self.worker, os.WNOHANG | os.WUNTRACED)
            if pid == 0:
                reap_strangers({self.worker})
                return None
            if not os.WIFSTOPPED(status):
                return status
            stop_oneself(os.WSTOPSIG(status))
            os.kill(self.worker, SIGCONT)

    def _pass_on(self, heard: signals.struct_siginfo) -> None:
        number = heard.si_signo
        if heard.si_code > 0 and number != SIGHUP:
            # a key of the terminal: the worker, in the same group, has it too; a hangup may be the leader's alone
            return
        if number in NOTED and self._worker_heard(number):
            return
        if number in NOTED:
            self.expected[number] = self.expected.get(number, 0) + 1
        try:
            os.kill(self.worker, number)
        except ProcessLookupError:
            return

    def _worker_heard(self, number: int) -> bool:
        """Whether the worker was sent the same signal as we were."""
        import select
        import time

        until = time.monotonic() + NOTE_WITHIN
        while True:
            now = time.monotonic()
            if now - self.noted.pop(number, now - 2 * ONE_SIGNAL) < ONE_SIGNAL:
                return True
            if now >= until:
                return False
            poll = select.poll()
            poll.register(self.notes, select.POLLIN)
            poll.poll((until - now) * 1000)
            if not self._read_notes():
                return False

    def _read_notes(self) -> bool:
        """Take what the worker has noted; False when it can note no more."""
        import time

        from xsh.targets.local.kin import KIN

        while True:
            try:
                chunk = os.read(self.notes, 4096)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            *lines, self.rest = (self.rest + chunk).split(b"\n")
            for line in lines:
                number = int(line[1:])
                if line[:1] == b"D":
                    KIN.detached.add(number)
                elif self.expected.get(number):
                    self.expected[number] -= 1
                else:
                    self.noted[number] = time.monotonic()

    def _end_everything(self, *, killed: bool) -> None:
        from xsh.targets.local.kin import KIN

        if KIN.childless():
            return
        from xsh.engine.stop import describe_process
        from xsh.targets.local.sweep import end_below

        stuck = end_below(
            0.0 if killed else GRACE, set(), lambda: bool(signals.sigpending() & set(NOTED)), own_too=True
        )
        if stuck:
            names = ", ".join(describe_process(pid) for pid in stuck)
            os.write(2, f"xsh: cannot be ended: {names}\n".encode())


def is_spared(pid: int) -> bool:
    """Whether a process was detached by the script."""
    from xsh.targets.local.kin import KIN
    from xsh.targets.local.tree import is_detached, mark_of, read_row

    row = read_row(pid)
    return row is not None and (row.session in KIN.detached or is_detached(mark_of(pid)))


def stop_oneself(number: int) -> None:
    """Stop by a signal, as whoever started us expects; returns when continued."""
    os.kill(os.getpid(), number)
    signals.pthread_sigmask(signals.SIG_UNBLOCK, {number})
    signals.pthread_sigmask(signals.SIG_BLOCK, {number} & HEARD)


def end_as(status: int) -> NoReturn:
    """End with the exit status, or by the signal, of another process."""
    if os.WIFSIGNALED(status):
        import resource

        # the worker has dumped what there is to dump
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(status)
        if number in HEARD:
            signal(number, SIG_DFL)
        os.kill(os.getpid(), number)
        signals.pthread_sigmask(signals.SIG_UNBLOCK, {number})
    sys.stdout = sys.stderr = None
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
