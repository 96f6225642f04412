"""What Ctrl-C, SIGTERM and SIGHUP do to a script: stop what runs, then end it by the same signal.

The handler runs between two steps of whatever Python is doing. Where the script itself is computing, it is
interrupted there, also in a busy loop. Where it waits for a command, or our own code stands between starting a program
and knowing it, the interruption comes at the await instead, which stops the command first. A second signal kills every
program at once, in the handler. A signal that was ignored when we started stays ignored, for us and for our children.
"""

from __future__ import annotations

import os
import sys
import time
from _thread import get_ident, start_new_thread

from xsh.reactor.signals import SIG_DFL, SIG_IGN, SIGHUP, SIGINT, SIGKILL, SIGTERM, getsignal, pthread_kill, signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, ClassVar

    from xsh.engine.runner import Runner

WATCHED = (SIGINT, SIGTERM, SIGHUP)
OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
LIBRARY = os.path.dirname(os.__file__) + os.sep
CALLBACKS = ("<frozen importlib", LIBRARY + "_weakrefset.py", LIBRARY + "weakref.py")
"""Beginnings of files that have callbacks of weak references: what is raised there is lost."""
A_MOMENT = 0.001
"""Seconds after which a signal that could not be raised is heard again."""
BLOCKING = ("session/ask.py", "session/files.py", "session/temporary.py")
"""Files of ours that wait or compute for the user and have nothing that an interruption could leave half done."""


class Interrupts:
    """The handlers of one script; `first` is the signal that began to end it, `note` tells a supervisor of each."""

    note: ClassVar[Callable[[int], None] | None] = None

    def __init__(self, runner: Runner | None = None) -> None:
        self.runner = runner
        self.first: int | None = None
        self.unheard: int | None = None
        """A signal that was sent again; the script may end before it comes."""
        self.poller: Any = None
        self.loop: Any = None
        self.task: Any = None
        self.saved: dict[int, Any] = {}
        self.terminal: Any = None
        self.closing = False
        self.starting = False
        """Whether our own modules are being loaded, or the loop made: a signal is noted then, and raised by `begin`."""

    def begin(self) -> None:
        """From now on the script itself runs; raises KeyboardInterrupt when a signal came before."""
        self.starting = False
        if self.first is not None:
            _say_nothing_of_coroutines()
            raise KeyboardInterrupt

    def install(self) -> None:
        """Handle the signals that were not ignored at the start."""
        for number in WATCHED:
            before = getsignal(number)
            if before is not SIG_IGN:
                try:
                    signal(number, self.handle)
                except ValueError:
                    # only the main thread may set handlers; in another one the program's own stay
                    return
                self.saved[number] = before

    def remove(self) -> None:
        """Put the former handlers back."""
        for number, before in self.saved.items():
            signal(number, before)
        self.saved.clear()

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Begin to end the script, or end it at once when that is asked for again."""
        silent = self.closing or self.starting
        if not silent and in_callback(frame) and hear_again(number):
            self.unheard = number
            return
        if Interrupts.note is not None:
            Interrupts.note(number)
        again = self.first is not None
        runner = self.runner
        self.first = self.first or number
        if runner is None:
            if silent:
                return
            raise KeyboardInterrupt
        runner.interrupted = self.first == SIGINT
        if again:
            kill_now(runner)
        if silent:
            return
        _say_nothing_of_coroutines()
        if runner.in_function or (self._computing() and not runner.connecting and in_users_code(frame)):
            raise KeyboardInterrupt
        if self.task is not None:
            self.loop.call_soon_threadsafe(self.task.cancel)
        elif self.poller is not None:
            self.poller.interrupt(KeyboardInterrupt())
        elif self.loop is None:
            # a loop of the script's own drives it, which no await of ours can interrupt
            raise KeyboardInterrupt

    def _computing(self) -> bool:
        if self.loop is not None:
            import asyncio

            return asyncio.current_task(self.loop) is not None
        return self.poller is None or bool(self.poller.computing)

    def die(self) -> None:
        """End this process by the signal that ended the script, so that whoever started us sees that."""
        number = self.first or self.unheard
        if number is None:
            return
        if sys.stdout is not None:
            sys.stdout.flush()
        signal(number, SIG_DFL)
        os.kill(os.getpid(), number)


def in_callback(frame: FrameType | None) -> bool:
    """Whether a signal may have come in the callback of a weak reference, of the import system or the library."""
    return frame is not None and frame.f_code.co_filename.startswith(CALLBACKS)


def hear_again(number: int) -> bool:
    """Send a signal to this thread once more in a moment; False where there can be no other thread to do so."""
    here = get_ident()

    def send() -> None:
        time.sleep(A_MOMENT)
        pthread_kill(here, number)

    try:
        start_new_thread(send, ())
    except RuntimeError:
        return False
    return True


def _say_nothing_of_coroutines() -> None:
    """An interruption may fall between the making of a coroutine and its first step, which is no mistake of anybody's."""
    # the list itself, and nothing of `warnings`: the interrupted code may be importing it, or what it takes to add a filter
    filters: Any = getattr(sys.modules.get("warnings"), "filters", None)
    if filters is None:
        from _warnings import filters
    filters.insert(0, ("ignore", None, RuntimeWarning, None, 0))


def in_users_code(frame: FrameType | None) -> bool:
    """Whether what is interrupted is the user's own code, or a library that it called, and not ours or one we called."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(OURS):
            return name.endswith(BLOCKING)
        if not name.startswith((LIBRARY, "<frozen ")) and "/site-packages/" not in name:
            return True
        frame = frame.f_back
    return False


def kill_now(runner: Runner) -> None:
    """SIGKILL to every program, at once; what follows from that is left to the loop.

    Whatever is interrupted may be in the middle of the same work, so nothing but the signal is sent from here.
    """
    runner.hurry = True
    for job in list(runner.jobs):
        for member in list(job.members):
            if member.alive and member.process is not None:
                try:
                    member.process.signal(SIGKILL)
                except PermissionError:
                    # another user's: the ladder notes it and the message names it
                    continue
        try:
            job.reactor.call_soon_threadsafe(lambda job=job: job.stop(SIGKILL, 0))
        except RuntimeError:
            # its loop is closed, so nothing of it runs
            continue
