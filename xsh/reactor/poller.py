"""A poll(2) loop of a few lines that drives one coroutine and the jobs it waits for, without asyncio.

It exists for start-up: importing asyncio costs several times what a script with a few commands takes. The moment
code needs more than commands one after another, `hand_over` moves the half-run coroutine and everything that is
registered here to asyncio's loop; jobs keep their reference to this object, which then only passes calls on.
"""

from __future__ import annotations

import os
import select
import time

from xsh.reactor.facts import LoopFact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from typing import Any, ClassVar

READ = select.POLLIN | select.POLLHUP | select.POLLERR | select.POLLNVAL
WRITE = select.POLLOUT | select.POLLHUP | select.POLLERR | select.POLLNVAL

NEVER = float("inf")


class Handover:
    """What the coroutine yields to be continued on asyncio's loop."""

    def __await__(self) -> Generator[Any, Any, None]:
        yield self


class Fact:
    """Something that becomes true once; awaiting it hands the coroutine back to the poller until then."""

    __slots__ = ("poller", "true", "under_loop")

    def __init__(self, poller: Poller) -> None:
        self.poller = poller
        self.true = False
        self.under_loop: Any = None

    def set(self) -> None:
        """Make it true."""
        self.true = True
        if self.under_loop is not None:
            self.under_loop.set()

    async def wait(self) -> None:
        """Return once it is true."""
        while not self.true:
            if self.poller.loop is not None:
                self.under_loop = self.under_loop or LoopFact(self.poller.loop)
                await self.under_loop.wait()
            else:
                await _Yield(self)


class _Yield:
    __slots__ = ("fact",)

    def __init__(self, fact: Fact) -> None:
        self.fact = fact

    def __await__(self) -> Generator[Any, Any, None]:
        yield self.fact


class PollTimer:
    """A pending call of the poller."""

    __slots__ = ("callback", "under_loop", "when")

    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when = when
        self.callback: Callable[[], None] | None = callback
        self.under_loop: Any = None

    def cancel(self) -> None:
        """Take the call back."""
        self.callback = None
        if self.under_loop is not None:
            self.under_loop.cancel()


class Poller:
    """The loop itself; `active` is the one that drives this program, if any."""

    active: ClassVar[Poller | None] = None

    def __init__(self) -> None:
        self.poll = select.poll()
        self.readers: dict[int, Callable[[], None]] = {}
        self.writers: dict[int, Callable[[], None]] = {}
        self.timers: list[PollTimer] = []
        self.due = NEVER
        self.posted: list[Callable[[], None]] = []
        self.thrown: BaseException | None = None
        self.loop: Any = None
        self.handed = False
        self.computing = False
        self.wake_end: int | None = None
        self.wake_read: int | None = None

    # -- what jobs ask for ---------------------------------------------------------------------------------------

    def fact(self) -> Fact:
        """A fact that the coroutine can wait for."""
        return Fact(self)

    def add_reader(self, fd: int, callback: Callable[[], None]) -> None:
        """Call back whenever `fd` can be read."""
        if self.loop is not None:
            self.loop.add_reader(fd, callback)
            return
        self.readers[fd] = callback
        if fd in self.writers:
            self._register(fd)
        else:
            self.poll.register(fd, READ)

    def remove_reader(self, fd: int) -> None:
        """Stop watching `fd` for reading."""
        if self.loop is not None:
            self.loop.remove_reader(fd)
        elif self.readers.pop(fd, None) is not None:
            if fd in self.writers:
                self._register(fd)
            else:
                self.poll.unregister(fd)

    def add_writer(self, fd: int, callback: Callable[[], None]) -> None:
        """Call back whenever `fd` can be written."""
        if self.loop is not None:
            self.loop.add_writer(fd, callback)
            return
        self.writers[fd] = callback
        self._register(fd)

    def remove_writer(self, fd: int) -> None:
        """Stop watching `fd` for writing."""
        if self.loop is not None:
            self.loop.remove_writer(fd)
        elif self.writers.pop(fd, None) is not None:
            self._register(fd)

    def _register(self, fd: int) -> None:
        mask = (READ if fd in self.readers else 0) | (WRITE if fd in self.writers else 0)
        if mask:
            self.poll.register(fd, mask)
        else:
            self.poll.unregister(fd)

    def call_later(self, delay: float, callback: Callable[[], None]) -> Any:
        """Call back after `delay` seconds."""
        if self.loop is not None:
            return self.loop.call_later(delay, callback)
        timer = PollTimer(time.monotonic() + delay, callback)
        self.timers.append(timer)
        self.due = min(self.due, timer.when)
        return timer

    def call_soon_threadsafe(self, callback: Callable[[], None]) -> None:
        """Call back soon; may be asked from another thread or from a signal handler."""
        if self.loop is not None:
            self.loop.call_soon_threadsafe(callback)
            return
        self.posted.append(callback)
        if self.wake_end is not None:
            os.write(self.wake_end, b"!")

    def interrupt(self, error: BaseException) -> None:
        """Raise `error` at the await where the coroutine stands; may be asked from a signal handler."""
        self.thrown = error
        if self.wake_end is not None:
            os.write(self.wake_end, b"!")

    # -- driving -------------------------------------------------------------------------------------------------

    def drive(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run `coroutine` to its end and give its value; `handed` is set when asyncio must go on with it."""
        self.wake_read, self.wake_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self.add_reader(self.wake_read, self._drain)
        Poller.active = self
        try:
            return self._steps(coroutine)
        finally:
            if not self.handed:
                Poller.active = None
                self.remove_reader(self.wake_read)
                self.close()

    def _steps(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        error: BaseException | None = None
        try:
            while True:
                self.computing = True
                token = coroutine.send(None) if error is None else coroutine.throw(error)
                self.computing = False
                if isinstance(token, Handover):
                    self.handed = True
                    return None
                if not isinstance(token, Fact):
                    raise RuntimeError(  # noqa: TRY004 - no argument of ours
                        f"the script awaited {token!r}, which needs `import asyncio` in the script"
                    )
                while not token.true and self.thrown is None:
                    self.once()
                error, self.thrown = self.thrown, None
        except StopIteration as end:
            return end.value
        finally:
            self.computing = False

    def once(self) -> None:
        """Wait for the next event and call back."""
        for fd, event in self.poll.poll(self._patience()):
            if event & READ and fd in self.readers:
                self.readers[fd]()
            if event & WRITE and fd in self.writers:
                self.writers[fd]()
        if self.timers:
            now = time.monotonic()
            if now >= self.due:
                self._fire(now)
        while self.posted:
            self.posted.pop(0)()

    def _patience(self) -> float | None:
        if self.posted:
            return 0
        # one that was taken back may be the earliest: it costs one turn for nothing, and no search at every turn
        return max(0.0, (self.due - time.monotonic()) * 1000 + 0.5) if self.timers else None

    def _fire(self, now: float) -> None:
        due = [timer for timer in self.timers if timer.when <= now]
        self.timers = [timer for timer in self.timers if timer.when > now and timer.callback is not None]
        self.due = min((timer.when for timer in self.timers), default=NEVER)
        for timer in sorted(due, key=lambda timer: timer.when):
            callback, timer.callback = timer.callback, None
            if callback is not None:
                callback()

    def _drain(self) -> None:
        if self.wake_read is not None:
            os.read(self.wake_read, 512)

    def close(self) -> None:
        """Give the descriptors back."""
        for end in (self.wake_read, self.wake_end):
            if end is not None:
                os.close(end)
        self.wake_read = self.wake_end = None

    # -- handing over --------------------------------------------------------------------------------------------

    async def hand_over(self) -> None:
        """Continue the coroutine on asyncio's loop; at once when that is where it runs already."""
        if self.loop is None:
            await Handover()

    def move_to(self, loop: Any) -> None:
        """Register everything with `loop` and only pass calls on from now."""
        if self.wake_read is not None:
            self.remove_reader(self.wake_read)
        self.close()
        self.loop = loop
        for fd, callback in self.readers.items():
            loop.add_reader(fd, callback)
        for fd, callback in self.writers.items():
            loop.add_writer(fd, callback)
        for timer in self.timers:
            if timer.callback is not None:
                timer.under_loop = loop.call_later(max(0.0, timer.when - time.monotonic()), timer.callback)
        for callback in self.posted:
            loop.call_soon(callback)
