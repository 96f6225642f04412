"""One scripted program under way: reads its input, answers, and ends, driven by the reactor alone."""

from __future__ import annotations

import signal as signals
from itertools import count

from xsh.reactor.copying import Feeder, Inlet
from xsh.result import SIGNAL_BASE, ExitStatus, Usage
from xsh.targets.fake.reply import as_bytes, as_reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from typing import Any

    from xsh.command.target import Reactor, SpawnRequest
    from xsh.targets.fake.reply import Call, Reply

NOT_ENDING = frozenset(
    int(getattr(signals, f"SIG{name}")) for name in ("CONT", "CHLD", "WINCH", "URG", "STOP", "TSTP", "TTIN", "TTOU")
)
"""Signals whose default is not to end a process (signal(7))."""
BROKEN_PIPE = ExitStatus(SIGNAL_BASE + signals.SIGPIPE, "SIGPIPE")
NUMBERS = count(1)


class FakeProcess:
    """A program that a test has scripted; `error` is what its function raised."""

    def __init__(self, reactor: Reactor, request: SpawnRequest, call: Call, reply: Any) -> None:
        self.pid = next(NUMBERS)
        self.host: str | None = call.host
        self.status: ExitStatus | None = None
        self.usage: Usage | None = None
        self.error: BaseException | None = None
        self.ended: Callable[[], None] | None = None
        self.reactor = reactor
        self.call = call
        self.script = reply
        self.reply: Reply | None = None
        self.pieces: Iterator[Any] | None = None
        self.timer: Any = None
        self.task: Any = None
        self.wakes: list[Callable[[], None]] = []
        self.input: list[bytes] = []
        self.out = Feeder(reactor, request.stdout, self._drained)
        self.err = self.out if request.stderr == request.stdout else Feeder(reactor, request.stderr, self._drained)
        # what the test itself was given as stdin is no input of the program
        self.inlet = None if request.stdin == 0 else Inlet(reactor, request.stdin, self.input.append, self._answer)
        if self.inlet is None:
            self.timer = reactor.call_later(0, self._answer)

    # -- the port ------------------------------------------------------------------------------------------------

    def poll(self) -> bool:
        """Whether it has ended."""
        return self.status is not None

    def watch(self, reactor: Reactor, ended: Callable[[], None]) -> None:  # noqa: ARG002 - the port's
        """Call `ended` once when it has ended."""
        if self.status is None:
            self.ended = ended

    def signal(self, number: int) -> None:
        """Record a signal, and end by it unless it ends no program or the script ignores it."""
        if self.status is not None:
            return
        name = signals.Signals(number).name
        self.call.signals.append(name)
        ignored = number in NOT_ENDING or (self.reply is not None and number in self.reply.ignores)
        if not ignored or number == signals.SIGKILL:
            self._end(ExitStatus(SIGNAL_BASE + number, name))

    def members_left(self) -> bool:
        """Nothing is ever left of it."""
        return False

    # -- answering -----------------------------------------------------------------------------------------------

    def _answer(self) -> None:
        self.call.input = b"".join(self.input)
        try:
            value = self.script(self.call) if callable(self.script) else self.script
            if hasattr(value, "__await__"):
                self._begin_task(value, lambda given: self._begin(as_reply(given)))
            else:
                self._begin(as_reply(value))
        except Exception as error:  # noqa: BLE001 - it is the job's error
            self._fail(error)

    def _begin_task(self, awaitable: Any, then: Callable[[Any], None]) -> None:
        import asyncio

        async def wait() -> None:
            try:
                value = await awaitable
                self.task = None
                then(value)
            except Exception as error:  # noqa: BLE001 - it is the job's error
                self._fail(error)

        self.task = asyncio.get_running_loop().create_task(wait())

    def _begin(self, reply: Reply) -> None:
        if self.status is not None:
            return
        self.reply = reply
        self.timer = self.reactor.call_later(reply.delay, self._write)

    def _write(self) -> None:
        assert self.reply is not None
        try:
            self.err.write(self.reply.stderr)
            # until here the timer that has just fired says that the answer is not complete
            self.timer = None
            stdout = self.reply.take()
            if hasattr(stdout, "__aiter__"):
                self._begin_task(self._stream(stdout), lambda _: self._drained())  # type: ignore[arg-type]
                return
            single = isinstance(stdout, (str, bytes, bytearray, memoryview))
            self.pieces = iter((stdout,)) if single else iter(stdout)  # type: ignore[call-overload]
            self._next()
        except Exception as error:  # noqa: BLE001 - it is the job's error
            self._fail(error)

    def _next(self) -> None:
        """Write the next piece; goes on when it has been taken and the pause is over."""
        self.timer = None
        if self.status is not None or self.pieces is None or self.reply is None:
            return
        try:
            piece = next(self.pieces, None)
            if piece is None:
                self.pieces = None
                self._drained()
                return
            data = as_bytes(piece)
            if data:
                self.out.write(data)
            else:
                self._drained()
        except Exception as error:  # noqa: BLE001 - it is the job's error
            self._fail(error)

    async def _stream(self, pieces: AsyncIterator[Any]) -> None:
        import asyncio

        assert self.reply is not None
        async for piece in pieces:
            self.out.write(as_bytes(piece))
            while not self.out.idle and not self.out.broken:
                room = asyncio.Event()
                self.wakes.append(room.set)
                await room.wait()
            if self.out.broken:
                self._end(BROKEN_PIPE)
                return
            if self.reply.pause:
                await asyncio.sleep(self.reply.pause)

    def _drained(self) -> None:
        """Everything written so far has been taken: go on, or end."""
        wakes, self.wakes = self.wakes, []
        for wake in wakes:
            wake()
        if self.status is not None or self.reply is None or self.task is not None or self.timer is not None:
            return
        if self.out.broken:
            self._end(BROKEN_PIPE)
        elif self.pieces is not None:
            self.timer = self.reactor.call_later(self.reply.pause, self._next)
        elif self.out.idle and self.err.idle:
            self._end(self.reply.status)

    def _fail(self, error: BaseException) -> None:
        if self.status is None:
            self.error = error
            self._end(ExitStatus(255))

    def _end(self, status: ExitStatus) -> None:
        if self.status is not None:
            return
        self.status = status
        self.usage = Usage()
        self.call.exit = status.code
        if self.timer is not None:
            self.timer.cancel()
        if self.task is not None:
            self.task.cancel()
        if self.inlet is not None:
            self.call.input = b"".join(self.input)
            self.inlet.close()
        self.out.close()
        self.err.close()
        if self.ended is not None:
            self.ended()
