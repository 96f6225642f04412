"""One command on a cluster, seen as the engine sees any: its ends are descriptors of ours.

A task sends it, waits for its answer, and, once the command says on which worker it is, fetches what it writes. Signals
go to that worker. A command that is stopped before it says so is taken back from the scheduler.
"""

from __future__ import annotations

import asyncio
import os
import signal as signals

from xsh.errors import TargetError, XshError
from xsh.reactor.copying import Inlet
from xsh.reactor.reactor import current_reactor
from xsh.result import SIGNAL_BASE, ExitStatus, Usage
from xsh.targets.dask.output import Output
from xsh.targets.dask.reasons import reason
from xsh.words.portable import AnyShell, without_bash
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.command.target import Reactor, SpawnRequest
    from xsh.targets.dask.link import Link

INPUT_LIMIT = 64 << 20
"""Bytes of stdin that go with a command."""
LARGE = 1 << 20
"""Bytes of stdin from which on Dask might warn of them."""
READ_WAIT = 2.0
"""Seconds that a worker waits for output before it answers that there is none."""
HELLO_WAIT = 0.3
"""Seconds that a signal waits for a command to say where it is."""
LOST_WAIT = 2.0
"""Seconds that an answer of the scheduler is waited for when a worker does not answer."""
RSS_UNIT = 1024
ENDING = frozenset((signals.SIGTERM, signals.SIGINT, signals.SIGHUP, signals.SIGQUIT, signals.SIGKILL))


class DaskProcess:
    """A command that a worker runs; `error` is set when the cluster failed, or could not start it."""

    def __init__(self, target: Any, link: Link, request: SpawnRequest) -> None:
        reactor = current_reactor()
        self.target = target
        self.link = link
        self.request = request
        self.pid: int | None = None
        self.host: str | None = target.name
        self.status: ExitStatus | None = None
        self.usage: Usage | None = None
        self.error: XshError | None = None
        self.ended: Callable[[], None] | None = None
        self.key = ""
        self.future: Any = None
        self.address: str | None = None
        self.said = asyncio.Event()
        self.news = asyncio.Event()
        self.stopped_by: int | None = None
        self.input: list[bytes] = []
        self.taken = 0
        self.complete = asyncio.Event()
        self.output = Output(reactor, request, lambda: self.signal(signals.SIGPIPE), keep=bool(target.retries))
        # a terminal, or what the whole program was given, does not go to a cluster
        self.inlet = None if request.stdin == 0 else Inlet(reactor, request.stdin, self._take, self.complete.set)
        if self.inlet is None:
            self.complete.set()
        self.task = link.begin(self._run())

    # -- the port ------------------------------------------------------------------------------------------------

    def poll(self) -> bool:
        """Whether it has ended."""
        return self.status is not None

    def watch(self, reactor: Reactor, ended: Callable[[], None]) -> None:  # noqa: ARG002 - the port's
        """Call `ended` once when it has ended."""
        if self.status is None:
            self.ended = ended

    def members_left(self) -> bool:
        """Nothing: a worker answers when nothing is left."""
        return False

    def signal(self, number: int) -> None:
        """Send a signal to everything the command has started."""
        if self.status is not None:
            return
        if number in ENDING:
            self.stopped_by = number
            self.output.stop()
        if self.future is None and number in ENDING:
            self.task.cancel()
        elif self.future is not None:
            self.link.begin(self._signal(number))

    async def _signal(self, number: int) -> None:
        if self.address is None:
            try:
                await asyncio.wait_for(self.said.wait(), HELLO_WAIT)
            except TimeoutError:
                # it waits for a worker, or is about to begin: it is taken back
                if self.status is None and number in ENDING:
                    await self._cancel()
                return
        if self.status is None and self.address is not None:
            try:
                await self.link.on_worker(self.address, self.link.module.send, self.key, number)
            except (OSError, TimeoutError):
                # the worker is gone, which whoever reads from it sees too
                return

    async def _cancel(self) -> None:
        async def cancel() -> None:
            await self.future.cancel()

        await self.link.there(cancel)

    # -- what happens --------------------------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        self.input.append(data)
        self.taken += len(data)
        if self.taken > INPUT_LIMIT:
            self._fail(
                TargetError(
                    f"{self.target.name}: more than {INPUT_LIMIT >> 20} MiB of stdin cannot be sent with a command",
                    host=self.target.name,
                    hint="put it where the workers can read it",
                )
            )
            self.task.cancel()

    async def _run(self) -> None:
        try:
            await self.complete.wait()
            await self.link.ready()
            answer: dict[str, Any] = {}
            for left in range(self.target.retries, -1, -1):
                answer = await self._once()
                if answer.get("problem") != "lost" or self.stopped_by is not None or not left:
                    break
                self.output.forget()
            await self.output.rest(answer.get("chunks", ()))
            self._settle(answer)
        except asyncio.CancelledError:
            if self.future is not None and self.link.client is not None:
                await self._cancel()
            self._end(self._stopped())
        except XshError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - carried to the job
            self._fail(TargetError(f"{self.target.name}: {printable(str(error))}", host=self.target.name))

    def _order(self) -> dict[str, Any]:
        request = self.request
        argv = request.argv
        return {
            "key": self.key,
            # plain strings: the workers do not have this package
            "argv": list(map(str, argv)),
            "sh": ["/bin/sh", *without_bash(argv)] if isinstance(argv[0], AnyShell) else None,
            "cwd": request.cwd,
            "env": {**self.target.env, **(request.env or {})},
            "stdin": b"".join(self.input),
            "merged": self.output.merged,
            "files": bool(self.target.files),
            "detached": request.new_session,
            "topic": self.link.topic,
            "lease": self.target.lease,
        }

    async def _once(self) -> dict[str, Any]:
        """Send it and wait for its answer, fetching what it writes as soon as it says where it is."""
        link = self.link
        self.key = f"xsh-{os.urandom(12).hex()}"
        self.address = None
        self.said.clear()
        self.news.clear()
        link.waiting[self.key] = self._hello
        order = self._order()

        async def submit() -> Any:
            function = link.module.run
            if len(order["stdin"]) < LARGE:
                return link.client.submit(function, order, key=self.key, pure=False)
            import warnings

            with warnings.catch_warnings():
                # Dask warns of large arguments; stdin has a limit of ours
                warnings.simplefilter("ignore", UserWarning)
                return link.client.submit(function, order, key=self.key, pure=False)

        self.future = await link.there(submit)
        answering = link.loop.create_task(link.there(self._answer, self.future))
        answering.add_done_callback(lambda _: self.news.set())
        try:
            await self.news.wait()
            if not answering.done() and not await self._fetch(answering):
                return await self._lost(answering)
            given: dict[str, Any] = await answering
            return given
        finally:
            answering.cancel()
            del link.waiting[self.key]
            link.release(self.future)

    async def _answer(self, future: Any) -> dict[str, Any]:
        """What the task gives; a task that the cluster has given up is lost."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:
            answer: dict[str, Any] = await self.link.result_of(future)
        except (KilledWorker, CancelledError, OSError):
            return {"problem": "lost"}
        return answer

    def _hello(self, address: str) -> None:
        if self.address is None:
            self.address = address
            self.said.set()
            self.news.set()

    async def _fetch(self, answering: asyncio.Task[Any]) -> bool:
        """Fetch what it writes until it ends; false when its worker does not answer."""
        assert self.address is not None
        while not answering.done():
            reading = self.link.on_worker(self.address, self.link.module.read, self.key, READ_WAIT)
            try:
                found = await reading
            except (OSError, TimeoutError):
                return False
            await self.output.fetched(found["chunks"])
            if found["ended"]:
                break
        return True

    async def _lost(self, answering: asyncio.Task[Any]) -> dict[str, Any]:
        """The worker is gone: Dask says so, or sends the task elsewhere, where it is not begun a second time."""
        done, _ = await asyncio.wait((answering,), timeout=LOST_WAIT)
        if done:
            answer: dict[str, Any] = answering.result()
            return answer
        await self._cancel()
        return {"problem": "lost"}

    # -- the end -------------------------------------------------------------------------------------------------

    def _stopped(self) -> ExitStatus:
        number = self.stopped_by or signals.SIGTERM
        return ExitStatus(SIGNAL_BASE + number, signals.Signals(number).name)

    def _settle(self, answer: dict[str, Any]) -> None:
        problem = answer.get("problem")
        if problem is not None:
            if problem == "lost" and self.stopped_by is not None:
                self._end(self._stopped())
            else:
                self._fail(reason(self.target.name, self.request, answer))
            return
        user, system, rss = answer.get("usage", (0.0, 0.0, 0))
        self.usage = Usage(user, system, rss * RSS_UNIT)
        self.pid = answer.get("pid")
        if "signal" in answer:
            number = answer["signal"]
            self._end(ExitStatus(SIGNAL_BASE + number, signals.Signals(number).name))
        else:
            self._end(ExitStatus(answer["code"]))

    def _fail(self, error: XshError) -> None:
        if self.status is None:
            self.error = error
            self._end(ExitStatus(255))

    def _end(self, status: ExitStatus) -> None:
        if self.status is not None:
            return
        self.status = status
        if self.inlet is not None:
            self.inlet.close()
        self.output.close()
        if self.ended is not None:
            self.ended()
