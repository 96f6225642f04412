"""The engine: takes a stage, starts it as a job, waits for it and gives its result; fulfils the `Runner` port."""

from __future__ import annotations

import sys

from xsh.command.command import Command
from xsh.command.retry import attempt
from xsh.command.scope import current_branch
from xsh.engine.alongside import shower
from xsh.engine.events import Ended, Starting
from xsh.engine.job import Job
from xsh.engine.keep import Capture
from xsh.engine.patrol import Patrol
from xsh.engine.pump import drop
from xsh.engine.streams import STDOUT
from xsh.engine.tasks import driven_by_loop, needs_tasks
from xsh.engine.verdict import record, shorten, verdict
from xsh.engine.wiring import Wiring, parts_of
from xsh.errors import ResourceExhausted, XshError
from xsh.reactor.reactor import current_reactor, need_loop, pause
from xsh.reactor.signals import SIGINT, SIGTERM
from xsh.words.render import Argv, shell_argv
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import Any

    from xsh.command.options import Options
    from xsh.command.pipeline import Stage
    from xsh.command.scope import Branch
    from xsh.command.target import LineWriter, Process, Reactor, Target
    from xsh.engine.pump import Reader
    from xsh.engine.room import Room
    from xsh.result import Result

GRACE = 5.0
"""Seconds between asking and killing, unless a command says otherwise; as execa and trio have it."""


class Runner:
    """Runs stages on a target and knows every job that is alive."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.grace = GRACE
        self.jobs: set[Job] = set()
        self.left: list[Process] = []
        self.held: list[Reader] = []
        self.listeners: list[Callable[[Any], None]] = []
        self.patrol = Patrol()
        self.rooms: dict[Any, Room] = {}
        self.closers: list[Callable[[], Awaitable[None]]] = []
        self.interrupted = False
        self.hurry = False
        self.connecting = False
        self.postponed: Callable[[], None] | None = None
        self.in_function = False
        self.open_writer: Callable[[str, int, Reactor], LineWriter] | None = None
        self.say: Callable[[str], None] | None = None
        self.echo: Callable[[Any], None] | None = None
        self.before_show: Callable[[bool], None] | None = None
        self.dry: Callable[[Stage], None] | None = None
        self.spawned: Callable[[Job, Process], None] | None = None
        self.branch_for: Callable[[Job], Branch | None] | None = None

    async def run(self, stage: Stage) -> Result:
        """Run it to its end; raises CommandError, SpawnError, TargetError, or what a Python stage raised."""
        policy = stage.options.retry
        if policy is None:
            return await self._once(stage)
        return await attempt(policy, lambda: self._once(stage), pause)

    async def _once(self, stage: Stage) -> Result:
        if needs_tasks(stage):
            await need_loop()
        job = self._job(stage)
        try:
            self._connect(job, output_mode(stage.options), patient=True)
        except BaseException:
            await job.settle()
            raise
        # what another place detaches has ended here as soon as it has begun there
        if not stage.options.detach or driven_by_loop(stage.options.target):
            await job.settle()
        return verdict(job)

    def begin(self, stage: Stage, ended: Callable[[Job], None]) -> Job:
        """Start it and call back with its job, whose `verdict` says how it ended, or why it could not start."""
        job = self._job(stage)
        try:
            self._connect(job, output_mode(stage.options), patient=True)
        except BaseException as error:  # noqa: BLE001 - raised by the verdict
            job.error = error
        if job.running:
            job.when_ended = ended
        else:
            ended(job)
        return job

    def start(self, stage: Stage) -> Job:
        """Start it and give the live handle; raises SpawnError or TargetError."""
        job = self._job(stage, handle=True)
        self._connect(job, output_mode(stage.options))
        return job

    async def iterate(self, stage: Stage) -> AsyncIterator[Any]:
        """Its lines while it runs; leaving the loop stops it. Raises as `run` does, after the last line."""
        await need_loop()
        job = self._job(stage)
        at_end = False
        show = shower(job)
        try:
            self._connect(job, "iterate")
            # one generator for all of it: each further one would cost every line as much again
            feed = job.streams.feeds[STDOUT][0]
            while (batches := await feed.more(job.reactor)) is not None:
                for batch in batches:
                    for line in batch if show is None else map(show, batch):
                        yield line
            at_end = True
        finally:
            if job.running and not at_end:
                job.stop(SIGTERM)
            await job.settle()
        verdict(job)

    def _job(self, stage: Stage, *, handle: bool = False) -> Job:
        if self.jobs:
            # as long as there are descriptors to load it with
            import xsh.engine.room  # noqa: F401 # pyright: ignore[reportUnusedImport]
        job = Job(self, current_reactor(), stage, handle=handle)
        self.jobs.add(job)
        return job

    def _connect(self, job: Job, mode: str, *, patient: bool = False) -> None:
        if self.dry is not None:
            self._pretend(job)
            return
        branch = current_branch.get()
        if branch is None and self.branch_for is not None:
            branch = self.branch_for(job)
        job.mode = mode
        if mode != "quiet" or self.listeners or job.options.verbose:
            self._announce(job, branch)

        def connect() -> None:
            self._wire(job, branch)

        try:
            connect()
        except ResourceExhausted as error:
            room = self._room(job) if patient and not job.started_any else None
            if room is not None and room.takes(job, error, connect):
                return
            job.fail(error)
            raise
        except BaseException as error:
            job.fail(error)
            raise

    def _room(self, job: Job) -> Room | None:
        room = self.rooms.get(job.reactor)
        if room is None:
            try:
                from xsh.engine.room import Room
            except (ImportError, OSError):
                # there is no descriptor left even for this, and nothing that runs could give one back
                return None
            room = self.rooms[job.reactor] = Room(self, job.reactor)
        return room

    def _wire(self, job: Job, branch: Branch | None) -> None:
        """Open everything and start the programs; what fails before the first has started can be done again."""
        stage = job.stage
        self.connecting = True
        try:
            Wiring(self, job, job.mode, branch).connect(parts_of(stage))
            job.begin()
        except XshError as error:
            if error.location is None:
                error.location = stage.location
            raise
        except OSError as error:
            limit = limit_reached(error, stage)
            if limit is None:
                raise
            raise limit from error
        finally:
            self.connecting = False
            if (postponed := self.postponed) is not None:
                # a signal's handler that has to reach every program, also the one that was just being started
                self.postponed = None
                postponed()

    def _announce(self, job: Job, branch: Branch | None) -> None:
        """Make the screen ready for a job and tell that it starts; what fails here fails the job."""
        try:
            if job.mode in ("show", "tee") and self.before_show is not None:
                self.before_show(branch is None or not branch.prefixed)
            if self.listeners or job.options.verbose:
                self.tell(Starting(job))
        except BaseException as error:
            job.fail(error)
            raise

    def _pretend(self, job: Job) -> None:
        """Say what would run and end at once, with no output and success."""
        assert self.dry is not None
        self.dry(job.stage)
        job.streams.keep(Capture())
        job.streams.feed(STDOUT)
        job.begin()

    def verdict(self, job: Job) -> Result:
        """The result of a job that has ended, or its error raised."""
        return verdict(job)

    def record(self, job: Job) -> Result:
        """The record of a job that has ended."""
        result = record(job)
        self.jobs.discard(job)
        if self.rooms and job.reactor in self.rooms:
            self.rooms[job.reactor].freed()
        if self.listeners or job.options.verbose:
            self.tell(Ended(job, result))
        return result

    async def shielded(self, fact: Any) -> None:
        """Wait for a fact; anyio's scopes do not repeat their cancellation at every turn of the loop meanwhile."""
        anyio = sys.modules.get("anyio")
        if anyio is None:
            await fact.wait()
        else:
            with anyio.CancelScope(shield=True):
                await fact.wait()

    def stop_signal(self) -> int:
        """What a job is asked to end with: SIGINT after Ctrl-C, else SIGTERM."""
        return SIGINT if self.interrupted else SIGTERM

    def argv(self, stage: Stage) -> tuple[str, ...]:
        """The words that are executed for a command: its own, or those of the shell that runs its text."""
        assert isinstance(stage, Command)
        rendered = stage.rendered
        if isinstance(rendered, Argv):
            return rendered.words
        return shell_argv(self.shell(stage.options), rendered, stage.options.strict)

    def shell(self, options: Options) -> str:
        """The shell for shell text: the one asked for, else bash where there is one, else sh."""
        return options.shell or (options.target or self.target).shell()

    def tell(self, event: Any) -> None:
        """Give an event to every listener, and to the echo if its job is verbose."""
        for listener in list(self.listeners):
            listener(event)
        if self.echo is not None and event.job.options.verbose and self.echo not in self.listeners:
            self.echo(event)

    def notice(self, text: str) -> None:
        """Say something to the user on stderr."""
        if self.say is not None:
            self.say(f"xsh: {text}")

    def leave_behind(self, processes: list[Process]) -> None:
        """Remember groups that still have members after their command has ended."""
        self.left.extend(processes)

    def hold(self, reader: Reader) -> None:
        """Go on reading what a daemon writes, so that it does not die of SIGPIPE, and drop it."""
        reader.sink = drop
        reader.ended = lambda: None
        self.held.append(reader)


def limit_reached(error: OSError, stage: Stage) -> XshError | None:
    """The ResourceExhausted for an error of connecting a stage that says so; None for any other error."""
    from xsh.command.exhausted import LIMITS, exhausted

    if error.errno not in LIMITS:
        return None
    limit = exhausted(error, printable(shorten(stage.display, 60)))
    limit.location = stage.location
    return limit


def output_mode(options: Options) -> str:
    """How output goes: shown where nobody uses the result, captured otherwise, unless a command says how."""
    if options.output != "auto":
        return options.output
    return "show" if options.statement else "quiet"
