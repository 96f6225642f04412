"""A started pipeline: what runs, when it has ended, and the ways to look at it and to stop it."""

from __future__ import annotations

import time
from _signal import SIGTERM

from xsh.run.pump import Capture, Feed, Writer
from xsh.run.stop import Ladder, signal_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Any

    from xsh.command.pipeline import Stage
    from xsh.command.target import Process
    from xsh.result import Result
    from xsh.run.pump import Reader, Tail
    from xsh.run.segment import Segment

WATCH_AFTER = 0.05
"""Seconds after which a job that still runs is watched by its exit, not only by the end of its output."""
QUIET_GRACE = 0.3
"""Seconds that output held open by a daemon is listened to after the program itself has ended."""
NOTICE_AFTER = 2.0
"""Seconds after which waiting for background processes is told."""


class Member:
    """One stage of a job that is running or has run."""

    __slots__ = ("duration", "process", "stage", "stderr")

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.process: Process | None = None
        self.stderr: Capture | Tail | None = None
        self.duration: float | None = None

    def keep(self, holder: Capture | Tail) -> None:
        """Remember what holds its stderr."""
        self.stderr = holder


class Job:
    """The live handle of something started: look at it, write to it, wait for it, stop it.

    Example::

        async with $`python -m http.server 8000`.start() as job:
            await wait_for(port=8000, job=job)
            print(job.pid, job.running)
    """

    def __init__(self, runner: Any, reactor: Any, stage: Stage, *, handle: bool = False) -> None:
        self.runner = runner
        self.reactor = reactor
        self.stage = stage
        self.options = stage.options
        self.is_handle = handle
        self.started = time.monotonic()
        self._pending = 0
        self.members: list[Member] = []
        self._readers: list[Reader] = []
        self._writers: list[Writer] = []
        self._workers: list[Segment] = []
        self.capture: Capture | Tail | None = None
        self._feeds: dict[int, list[Feed]] = {1: [], 2: []}
        self.items: list[Any] | None = None
        self.error: BaseException | None = None
        self._timers: list[Any] = []
        self._fact = reactor.fact()
        self._ladder = Ladder(self)
        self._held = False
        self._closers: list[Callable[[], None]] = []
        self.result: Result | None = None
        self.timed_out = False
        self.killed = False
        self.input: Writer | None = None
        self.mode = "quiet"
        self.limit: float | None = None

    # -- what users see ------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int | None:
        """The process number of the last command of the pipeline; None when it has none."""
        pids = [member.process.pid for member in self.members if member.process is not None]
        return pids[-1] if pids else None

    @property
    def running(self) -> bool:
        """Whether something of it still runs."""
        return not self._fact.true

    @property
    def stdin(self) -> Stdin:
        """Where text for the program is written; raises ValueError when its input comes from elsewhere."""
        if self.input is None:
            raise ValueError(f"stdin of `{self.stage.display}` is not a pipe to us: its input was set, or it was not started by .start()")
        return Stdin(self, self.input)

    @property
    def stdout(self) -> AsyncIterator[str]:
        """Lines of stdout from its beginning, while it runs."""
        return self._lines(1)

    @property
    def stderr(self) -> AsyncIterator[str]:
        """Lines of stderr from its beginning, while it runs."""
        return self._lines(2)

    def __aiter__(self) -> AsyncIterator[str]:
        return self._lines(1)

    async def wait(self) -> Result:
        """Its result, once everything has ended and was reaped; raises as `await command` does."""
        await self.settle()
        return self.runner.verdict(self)

    def send_signal(self, signal: str | int) -> None:
        """Send a signal, by name ("HUP", "SIGHUP") or number, to every process of it; raises ValueError if unknown."""
        number = signal_number(signal)
        for member in self.members:
            if member.process is not None and member.process.status is None:
                member.process.signal(number)
                break

    async def kill(self, grace: float | None = None) -> Result:
        """End it: ask, wait the grace (seconds), kill; gives its record and never raises for how it ended."""
        self.killed = self.running
        if self.running:
            self._ladder.stop(SIGTERM, grace)
        await self.settle()
        assert self.result is not None
        return self.result

    async def __aenter__(self) -> Job:
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
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
                await self.runner.shielded(self._fact, interrupted is not None)
            except BaseException as error:
                # the next one means that the user has lost patience
                self._ladder.stop(self.runner.stop_signal(), 0.0 if interrupted is not None else None)
                interrupted = interrupted or error
        if interrupted is not None:
            raise interrupted

    def stop(self, signal: int | None = None, grace: float | None = None) -> None:
        """Begin to stop it; what has ended is told by `settle`."""
        self._ladder.stop(self.runner.stop_signal() if signal is None else signal, grace)

    def add(self, member: Member) -> None:
        """Count a command that was started."""
        self.members.append(member)
        if member.process is not None:
            self._pending += 1

    @property
    def facts(self) -> dict[str, Any]:
        """What happened besides the statuses: had_to_kill, denied, unkillable, stdout_held."""
        return self._ladder.facts

    @property
    def workers(self) -> list[Segment]:
        """Its Python stages."""
        return self._workers

    @property
    def writers(self) -> list[Writer]:
        """What writes into it."""
        return self._writers

    def feed_of_stdout(self) -> Feed:
        """The queue of a job that is iterated."""
        return self._feeds[1][0]

    def unfollow(self, feed: Feed) -> None:
        """A loop over a stream has been left."""
        for feeds in self._feeds.values():
            if feed in feeds:
                feeds.remove(feed)

    def listen(self, reader: Reader) -> None:
        """Count a descriptor that is read."""
        self._readers.append(reader)

    def write_to(self, writer: Writer) -> None:
        """Remember a writer, to be closed with the job."""
        self._writers.append(writer)

    def at_end(self, close: Callable[[], None]) -> None:
        """Call `close` when everything has ended."""
        self._closers.append(close)

    def keep(self, holder: Capture | Tail) -> None:
        """Remember what holds stdout."""
        if self.capture is None:
            self.capture = holder

    def feed(self, stream: int) -> Feed:
        """A queue of lines for a loop over a stream."""
        feed = Feed()
        self._feeds[stream].append(feed)
        return feed

    def work(self, segment: Segment, members: list[Member]) -> None:
        """Begin a segment of Python stages."""
        self.members.extend(members)
        self._workers.append(segment)
        self._pending += 1
        segment.begin()

    def expect(self) -> None:
        """Count one more thing that has to end."""
        self._pending += 1

    def ended(self) -> None:
        """One thing has ended."""
        self._pending -= 1
        self.check()

    def fail(self, error: BaseException) -> None:
        """Our own part failed: remember the first error and stop the rest."""
        if self.error is None:
            self.error = error
        self._ladder.stop(SIGTERM, None)

    def begin(self) -> None:
        """Everything is connected: watch it until it ends."""
        timeout = self.options.timeout
        for member in self.members:
            own = member.stage.options.timeout
            timeout = own if timeout is None or own is not None and own < timeout else timeout
        if timeout is not None:
            self.limit = timeout
            self._timers.append(self.reactor.call_later(timeout, self._late))
        if self._readers:
            self._timers.append(self.reactor.call_later(WATCH_AFTER, self.watch))
        else:
            self.watch()
        self.check()

    def _late(self) -> None:
        self.timed_out = True
        self._ladder.stop(SIGTERM, None)

    def watch(self) -> None:
        """Learn of each exit as it happens."""
        for member in self.members:
            process = member.process
            if process is not None and member.duration is None and not self._reap(member):
                process.watch(self.reactor, lambda m=member: self._gone(m))
        self.check()

    def _gone(self, member: Member) -> None:
        self._reap(member)
        self.check()

    def _reap(self, member: Member) -> bool:
        if member.duration is None and member.process is not None and member.process.poll():
            member.duration = time.monotonic() - self.started
            self._pending -= 1
            return True
        return member.duration is not None

    def check(self) -> None:
        """Finish if everything has ended."""
        if self._fact.true:
            return
        live = [m for m in self.members if m.process is not None and m.duration is None]
        if live and self._pending == len(live):
            # all output has ended, so the programs are about to: look before paying for a watch
            for member in live:
                if not self._reap(member) and member.process is not None:
                    member.process.watch(self.reactor, lambda m=member: self._gone(m))
        if self._pending == 0:
            if not self._ladder.holds():
                self.finish()
        elif self.members and all(m.process is None or m.duration is not None for m in self.members):
            self._await_output()

    def _await_output(self) -> None:
        # every program has ended, but something still holds an end of a pipe
        if self._ladder.asked:
            if not self._ladder.holds():
                self._drop_output()
            return
        if self._held or not any(not reader.closed for reader in self._readers) or self._workers_busy():
            return
        self._held = True
        if self.options.wait == "exit":
            self.reactor.call_later(0, self._drop_output)
        elif self.options.wait == "auto" and not self.background_left():
            self._timers.append(self.reactor.call_later(QUIET_GRACE, self._drop_output))
        else:
            self._timers.append(self.reactor.call_later(NOTICE_AFTER, self._notice))
            self._timers.append(self.reactor.call_later(WATCH_AFTER, self._look_again))

    def _look_again(self) -> None:
        if self.running and self.options.wait == "auto":
            if self.background_left():
                self._timers.append(self.reactor.call_later(WATCH_AFTER, self._look_again))
            else:
                self._timers.append(self.reactor.call_later(QUIET_GRACE, self._drop_output))

    def _workers_busy(self) -> bool:
        return any(not worker.ended for worker in self._workers)

    def background_left(self) -> bool:
        return any(m.process is not None and m.process.members_left() for m in self.members)

    def _notice(self) -> None:
        if self.running:
            self.runner.notice(f"{self.stage.display}: has ended, waiting for background processes that hold its output")

    def _drop_output(self) -> None:
        if not self.running:
            return
        held = False
        for reader in self._readers:
            reader.drain()
            if not reader.closed:
                held = True
                self.runner.hold(reader)
                self._pending -= 1
        self.facts["stdout_held"] = held
        self.check()

    def finish(self) -> None:
        """Everything has ended: make the record and wake whoever waits."""
        for timer in self._timers:
            timer.cancel()
        self._ladder.close()
        for writer in self._writers:
            writer.close()
        for feeds in self._feeds.values():
            for feed in feeds:
                feed.end()
        for close in self._closers:
            close()
        if self.background_left():
            self.runner.leave_behind([m.process for m in self.members if m.process is not None])
        self.result = self.runner.record(self)
        self._fact.set()

    def tap(self, stream: int) -> Callable[[bytes], None]:
        """What a captured stream is also given to: the loops that iterate it."""
        feeds = self._feeds[stream]

        def pass_on(chunk: bytes) -> None:
            for feed in feeds:
                feed.write(chunk)

        return pass_on

    def _lines(self, stream: int) -> AsyncIterator[str]:
        feed = Feed()
        kept = self.capture if stream == 1 else self._stderr_capture()
        if kept is None:
            raise ValueError(f"{'stdout' if stream == 1 else 'stderr'} of `{self.stage.display}` does not come to us, so it has no lines to iterate")
        feed.write(kept.value())
        if self.running:
            self._feeds[stream].append(feed)
        else:
            feed.end()
        return self.runner.follow(feed, self)

    def _stderr_capture(self) -> Any:
        captures = [m.stderr for m in self.members if m.stderr is not None]
        return captures[-1] if captures else None


class Stdin:
    """The writing side of a running program's stdin."""

    __slots__ = ("job", "writer")

    def __init__(self, job: Job, writer: Writer) -> None:
        self.job = job
        self.writer = writer

    async def write(self, data: str | bytes) -> None:
        """Write text or bytes and return when there is room for more; raises BrokenPipeError when nobody reads."""
        if self.writer.closed:
            raise BrokenPipeError(f"`{self.job.stage.display}` reads no more input")
        self.writer.write(data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data)
        await self.job.runner.drained(self.writer)

    async def close(self) -> None:
        """Say that nothing more comes."""
        self.writer.end()
