"""A started pipeline: what runs, when it has ended, and the ways to look at it and to stop it."""

from __future__ import annotations

import time

from xsh.engine.bounds import is_bounded, shortest_timeout
from xsh.engine.held import HeldOutput
from xsh.engine.member import Member, Stdin
from xsh.engine.reaping import alive, reap, reap_next
from xsh.engine.stop import Ladder, signal_number
from xsh.engine.streams import STDERR, STDOUT, Streams
from xsh.reactor.signals import SIGTERM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator
    from typing import Any, Self

    from xsh.command.pipeline import Stage
    from xsh.engine.segment import Segment
    from xsh.result import Result

WATCH_AFTER = 0.05
"""Seconds after which a job that still runs is watched by its exit, not only by the end of its output."""


class Job:
    """The live handle of something started: look at it, write to it, wait for it, stop it.

    Example::

        async with $`python -m http.server 8000`.start() as job:
            await wait_for(port=8000, job=job)
            print(job.pid, job.running)
    """

    __module__ = "xsh"

    def __init__(self, runner: Any, reactor: Any, stage: Stage, *, handle: bool = False) -> None:
        self.runner = runner
        self.reactor = reactor
        self.stage = stage
        self.options = stage.options
        self.is_handle = handle
        self.bounded = is_bounded(stage)
        self.started = time.monotonic()
        self._pending = 0
        self.members: list[Member] = []
        self.streams = Streams(self)
        self.workers: list[Segment] = []
        self.error: BaseException | None = None
        self._timers: list[Any] = []
        self._fact = reactor.fact()
        self.ladder = Ladder(self)
        self._held = HeldOutput(self)
        self.result: Result | None = None
        self.when_ended: Callable[[Job], None] | None = None
        self.timed_out = False
        self.killed = False
        self.mode = "quiet"
        self.limit: float | None = None

    # -- what users see ------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int | None:
        """The process number of the last command of the pipeline; None when it has none."""
        return next((member.process.pid for member in reversed(self.members) if member.process is not None), None)

    @property
    def running(self) -> bool:
        """Whether something of it still runs."""
        return not self._fact.true

    @property
    def stdin(self) -> Stdin:
        """Where text for the program is written; raises ValueError when its input comes from elsewhere."""
        writer = self.streams.input
        if writer is None:
            why = "its input was set, or it was not started by .start()"
            raise ValueError(f"stdin of `{self.stage.display}` is not a pipe to us: {why}")
        return Stdin(self.stage.display, writer)

    @property
    def stdout(self) -> AsyncIterator[str]:
        """Lines of stdout from its beginning, while it runs."""
        return self.streams.lines(STDOUT)

    @property
    def stderr(self) -> AsyncIterator[str]:
        """Lines of stderr from its beginning, while it runs."""
        return self.streams.lines(STDERR)

    def __aiter__(self) -> AsyncIterator[str]:
        return self.streams.lines(STDOUT)

    async def wait(self) -> Result:
        """Its result, once everything has ended and was reaped; raises as `await command` does."""
        await self.settle()
        result: Result = self.runner.verdict(self)
        return result

    def __await__(self) -> Generator[Any, None, Result]:
        return self.wait().__await__()

    def send_signal(self, signal: str | int) -> None:
        """Send a signal, by name ("HUP", "SIGHUP") or number, to every process of it; raises ValueError if unknown."""
        number = signal_number(signal)
        for member in self.members:
            if member.alive and member.process is not None:
                member.process.signal(number)
                break

    async def kill(self, grace: float | None = None) -> Result:
        """End it: ask, wait the grace (seconds), kill; gives its record and never raises for how it ended."""
        self.killed = self.killed or self.running
        if self.running:
            self.ladder.stop(SIGTERM, grace)
        await self.settle()
        assert self.result is not None
        return self.result

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        if self.running:
            await self.kill()

    def __repr__(self) -> str:
        return f"<Job {self.stage.display} pid={self.pid} {'running' if self.running else 'ended'}>"

    # -- what the runner does ------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Return once everything has ended; a cancellation stops the job first and is raised after that."""
        interrupted: BaseException | None = None
        while not self._fact.true:
            try:
                await (self._fact.wait() if interrupted is None else self.runner.shielded(self._fact))
            except BaseException as error:  # noqa: BLE001 - raised again below
                # the next one means that the user has lost patience
                self.ladder.stop(self.runner.stop_signal(), 0.0 if interrupted is not None else None)
                interrupted = interrupted or error
        if interrupted is not None:
            raise interrupted

    def stop(self, signal: int | None = None, grace: float | None = None) -> None:
        """Begin to stop it; what has ended is told by `settle`."""
        self.ladder.stop(self.runner.stop_signal() if signal is None else signal, grace)

    def add(self, member: Member) -> None:
        """Count a command that was started."""
        self.members.append(member)
        if member.process is not None:
            self._pending += 1
            self.ladder.catch_up(member.process)

    @property
    def facts(self) -> dict[str, Any]:
        """What happened besides the statuses: had_to_kill, denied, unkillable, stdout_held."""
        return self.ladder.facts

    def work(self, segment: Segment, members: list[Member]) -> None:
        """Begin a segment of Python stages."""
        segment.begin()
        self.members.extend(members)
        self.workers.append(segment)
        self._pending += 1

    @property
    def started_any(self) -> bool:
        """Whether a program or a Python stage of it has started."""
        return bool(self.workers) or any(member.process is not None for member in self.members)

    def undo(self) -> None:
        """Connecting has failed before anything started: it is as new, and can be connected again."""
        self.streams.undo()
        self.members.clear()
        self._pending = 0

    def expect(self) -> None:
        """Count one more thing that has to end."""
        self._pending += 1

    def ended(self) -> None:
        """One thing has ended."""
        self._pending -= 1
        self.check()

    def forget(self, count: int = 1) -> None:
        """So many things do not have to end any more."""
        self._pending -= count

    def fail(self, error: BaseException) -> None:
        """Our own part failed: remember the first error and stop the rest."""
        if self.error is None:
            self.error = error
        self.ladder.stop(SIGTERM, None)

    def begin(self) -> None:
        """Everything is connected: watch it until it ends."""
        timeout = shortest_timeout(self)
        if timeout is not None:
            self.limit = timeout
            self._timers.append(self.reactor.call_later(timeout, self._late))
        if self.streams.readers:
            self._timers.append(self.reactor.call_later(WATCH_AFTER, self.watch))
        else:
            self.watch()

    def _late(self) -> None:
        self.timed_out = True
        self.ladder.stop(SIGTERM, None)

    def watch(self) -> None:
        """Learn of each exit as it happens, or, when many run whose output is read, soon after."""
        if self.runner.patrol.takes(self):
            self.look()
            return
        for member in self.members:
            process = member.process
            if process is not None and member.duration is None and not reap(self, member):
                process.watch(self.reactor, self.look)
        self.check()

    def look(self) -> None:
        """See what has ended."""
        for member in self.members:
            reap(self, member)
        self.check()

    def check(self) -> None:
        """Finish if everything has ended."""
        if self._fact.true:
            return
        if 0 < self._pending <= len(self.members):
            live = alive(self)
            if self._pending == len(live):  # all output has ended, so they are about to: look before paying for a watch
                for member in live:
                    if not reap(self, member) and not reap_next(self, member) and member.process is not None:
                        member.process.watch(self.reactor, self.look)
        if self._pending == 0:
            if not self.ladder.holds():
                self.finish()
        elif self.members and not alive(self):
            self._held.begin()

    def background_left(self) -> bool:
        """Whether the groups of its programs still have living members."""
        return any(m.process is not None and m.process.members_left() for m in self.members)

    def after(self, delay: float, callback: Callable[[], None]) -> None:
        """Call back in `delay` seconds unless it has ended by then."""
        self._timers.append(self.reactor.call_later(delay, callback))

    def _record(self) -> None:
        try:
            self.result = self.runner.record(self)
        except MemoryError as error:
            # what could not be copied has been let go of, so there is room for a record without it
            self.error = self.error or error
            self.result = self.runner.record(self)

    def finish(self) -> None:
        """Everything has ended: make the record and wake whoever waits."""
        for timer in self._timers:
            timer.cancel()
        self.ladder.close()
        self.streams.close()
        if self.background_left():
            self.runner.leave_behind([m.process for m in self.members if m.process is not None])
        self._record()
        self._fact.set()
        if self.when_ended is not None:
            self.when_ended(self)
