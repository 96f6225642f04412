"""A plain generator function as a stage, in a thread of its own.

It wants to pull its lines, which would block the loop. Lines go in and out in batches. Nothing can interrupt a thread
from outside, but every place where it meets us (asking for a line, giving one) raises GeneratorExit in it once it is
stopped, and one that never meets us is sent a SystemExit by the interpreter when its job is killed.
"""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from contextlib import aclosing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from xsh.engine.between import Batches

BATCH = 512
"""Items that go through a stage at once, at the most."""
ROOM = 4
"""Batches that may wait between the thread and the loop."""


class Pulled:
    """A plain generator function in a thread of its own, with lines handed in and out in batches."""

    def __init__(self, function: Callable[[Iterator[Any]], Iterator[Any]], loop: asyncio.AbstractEventLoop) -> None:
        self.function = function
        self.loop = loop
        self.inputs: queue.SimpleQueue[list[Any] | None] = queue.SimpleQueue()
        self.batches: asyncio.Queue[list[Any] | None] = asyncio.Queue()
        self.slots = threading.Semaphore(ROOM)
        self.fed = asyncio.Semaphore(ROOM)
        self.stopped = False
        self.alive = False
        self.error: BaseException | None = None
        self.when_ended: Callable[[], None] | None = None
        self.outbox: list[Any] = []
        self.thread: threading.Thread | None = None

    def begin(self) -> None:
        """Start the thread, in a copy of the context it was asked from."""
        self.alive = True
        context = contextvars.copy_context()
        self.thread = threading.Thread(target=context.run, args=(self._run,), daemon=True, name="xsh transform")
        self.thread.start()

    async def feed(self, stream: Batches) -> None:
        """Hand the stream in, no more than a few batches ahead."""
        try:
            async with aclosing(stream) as batches:
                async for batch in batches:
                    await self.fed.acquire()
                    self.inputs.put(batch)
        finally:
            self.inputs.put(None)

    def _run(self) -> None:
        try:
            for item in self.function(self._lines()):
                if self.stopped:
                    raise GeneratorExit
                if item is not None:
                    self.outbox.append(item)
                if len(self.outbox) >= BATCH:
                    self._flush()
            self._flush()
        except (GeneratorExit, SystemExit):
            pass
        except BaseException as error:  # noqa: BLE001 - carried to the loop
            self.error = error
        finally:
            self.loop.call_soon_threadsafe(self._over)

    def _lines(self) -> Iterator[Any]:
        while True:
            if self.inputs.empty():
                # nothing to do but wait, so what is ready goes on first
                self._flush()
            batch = self.inputs.get()
            if self.stopped:
                raise GeneratorExit
            if batch is None:
                return
            self.loop.call_soon_threadsafe(self.fed.release)
            yield from batch

    def _flush(self) -> None:
        if not self.outbox:
            return
        self.slots.acquire()
        if self.stopped:
            raise GeneratorExit
        batch, self.outbox = self.outbox, []
        self.loop.call_soon_threadsafe(self.batches.put_nowait, batch)

    def _over(self) -> None:
        self.alive = False
        self.batches.put_nowait(None)
        if self.when_ended is not None:
            self.when_ended()

    def stop(self) -> None:
        """Let the thread end at the next place where it meets us."""
        if not self.stopped:
            self.stopped = True
            self.inputs.put(None)
            self.slots.release()

    def kill(self) -> None:
        """Raise SystemExit in the thread, wherever its Python code stands."""
        if self.alive and self.thread is not None and self.thread.ident is not None:
            import ctypes

            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread.ident), ctypes.py_object(SystemExit))
