"""A segment as a task: coroutines, generators and async generators as stages, iterables of every kind as sources."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import aclosing

from xsh.engine.between import FromFd, apply, kind_of, name_stage, spread
from xsh.engine.keep import Feed
from xsh.engine.lines import cutter
from xsh.engine.pulled import BATCH, Pulled
from xsh.engine.pump import CHUNK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator
    from typing import Any

    from xsh.engine.between import Batches

PATIENCE = 0.005
"""Seconds a batch is filled before it goes on."""


class Flowing:
    """The task of one segment."""

    def __init__(self, segment: Any) -> None:
        self.segment = segment
        self.task: asyncio.Task[None] | None = None
        self.threads: list[Pulled] = []
        self.room = asyncio.Event()

    def begin(self) -> None:
        """Start the task."""
        self.segment.into.when_drained(self._room)
        self.task = asyncio.get_running_loop().create_task(self._run())
        self.task.add_done_callback(self._done)

    def _room(self) -> None:
        self.room.set()
        if self.segment.into.closed and asyncio.current_task() is not self.task:
            # nobody reads any more, and the source may never say another word
            self.cancel()

    async def _run(self) -> None:
        into = self.segment.into
        stages = self.segment.transforms
        stream = self._source(stages[0].mode if stages else "lines")
        for stage in stages:
            stream = self._stage(stage.function, stream)
        async with aclosing(stream) as batches:
            turn = time.monotonic()
            async for batch in batches:
                into.put(batch, self.segment.mode)
                while into.full and not into.closed:
                    self.room.clear()
                    await self.room.wait()
                if into.closed:
                    return
                if time.monotonic() - turn > PATIENCE:
                    # stages that never wait would keep the loop from everything else, timeouts included
                    await asyncio.sleep(0)
                    turn = time.monotonic()

    def _done(self, task: asyncio.Task[None]) -> None:
        for thread in self.threads:
            if thread.alive:
                thread.when_ended = lambda: self._done(task)
                thread.stop()
                return
        origin = self.segment.origin
        if isinstance(origin, FromFd) and not origin.taken:
            # no stage ever asked for it
            os.close(origin.fd)
        error = None if task.cancelled() else task.exception()
        self.segment.finish(None if error is None else name_stage(error, self.segment.transforms))

    def cancel(self) -> None:
        """Stop at the next await."""
        if self.task is not None:
            self.task.cancel()
        for thread in self.threads:
            thread.stop()

    def kill(self) -> None:
        """Stop threads that do not come back to us."""
        self.cancel()
        for thread in self.threads:
            thread.kill()

    # -- sources -------------------------------------------------------------------------------------------------

    def _source(self, mode: str) -> Batches:
        origin = self.segment.origin
        if isinstance(origin, FromFd):
            return self._from_fd(origin, mode)
        if isinstance(origin, (str, bytes, bytearray, memoryview)):
            return self._from_data(origin, mode)
        if hasattr(origin, "__aiter__"):
            return self._from_async(origin)
        if hasattr(origin, "read"):
            return self._from_file(origin, mode)
        if hasattr(origin, "__iter__"):
            return self._from_iterable(origin)
        raise TypeError(f"cannot read from {type(origin).__name__}: text, bytes, a Path, a file or lines can be input")

    async def _from_fd(self, origin: FromFd, mode: str) -> Batches:
        feed = Feed(cutter(mode))
        reactor = self.segment.job.reactor
        errors: list[BaseException] = []
        feed.reader = origin.read(reactor, feed.write, feed.end, errors.append)
        try:
            while (batches := await feed.more(reactor)) is not None:
                for batch in batches:
                    yield batch
            if errors:
                raise errors[0]
        finally:
            feed.reader.close()

    async def _from_data(self, data: Any, mode: str) -> Batches:
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else bytes(data)
        cut: Any = cutter(mode)
        for start in range(0, len(raw), CHUNK):
            batch = cut.feed(raw[start : start + CHUNK])
            if batch:
                yield batch
        rest = cut.flush()
        if rest:
            yield rest

    async def _from_file(self, file: Any, mode: str) -> Batches:
        cut: Any = cutter(mode)
        while True:
            chunk = file.read(CHUNK)
            if hasattr(chunk, "__await__"):
                chunk = await chunk
            if not chunk:
                break
            batch = cut.feed(chunk.encode("utf-8", "surrogateescape") if isinstance(chunk, str) else chunk)
            if batch:
                yield batch
        rest = cut.flush()
        if rest:
            yield rest

    async def _from_async(self, items: Any) -> Batches:
        iterator = items.__aiter__()
        try:
            async for item in iterator:
                yield [item]
        finally:
            close = getattr(iterator, "aclose", None)
            if close is not None:
                await close()

    async def _from_iterable(self, items: Any) -> Batches:
        iterator = iter(items)
        try:
            while True:
                batch, more = take_some(iterator)
                if batch:
                    yield batch
                if not more:
                    return
                await asyncio.sleep(0)
        finally:
            close = getattr(iterator, "close", None)
            if close is not None and hasattr(iterator, "gi_frame"):
                close()

    # -- stages --------------------------------------------------------------------------------------------------

    def _stage(self, function: Any, stream: Batches) -> Batches:
        kind = kind_of(function)
        if kind == "function" and not self.segment.job.bounded:
            return _mapped(function, stream)
        if kind == "function":
            return self._pulled(one_by_one(function), stream)
        if kind == "coroutine":
            return _awaited(function, stream)
        if kind == "async generator":
            return _generated(function, stream)
        return self._pulled(function, stream)

    async def _pulled(self, function: Any, stream: Batches) -> Batches:
        thread = Pulled(function, asyncio.get_running_loop())
        self.threads.append(thread)
        thread.begin()
        feeder = asyncio.get_running_loop().create_task(thread.feed(stream))
        try:
            while True:
                batch = await thread.batches.get()
                if batch is None:
                    break
                thread.slots.release()
                yield batch
            if thread.error is not None:
                raise thread.error
        finally:
            thread.stop()
            feeder.cancel()
            await asyncio.wait([feeder])
        error = None if feeder.cancelled() else feeder.exception()
        if error is not None:
            raise error


def one_by_one(function: Callable[[Any], Any]) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """A plain function as a generator over the items."""

    def generate(items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            yield from spread([function(item)])

    return generate


def take_some(iterator: Iterator[Any]) -> tuple[list[Any], bool]:
    """Items that come within a few milliseconds, and whether there may be more."""
    batch: list[Any] = []
    until = time.monotonic() + PATIENCE
    for item in iterator:
        if item is not None:
            batch.append(item)
        if len(batch) >= BATCH or time.monotonic() >= until:
            return batch, True
    return batch, False


async def _mapped(function: Any, stream: Batches) -> Batches:
    async with aclosing(stream) as batches:
        async for batch in batches:
            out = apply(function, batch)
            if out:
                yield out


async def _awaited(function: Any, stream: Batches) -> Batches:
    async with aclosing(stream) as batches:
        async for batch in batches:
            for item in batch:
                out = spread([await function(item)])
                if out:
                    yield out


async def _items(stream: Batches) -> AsyncGenerator[Any, None]:
    async with aclosing(stream) as batches:
        async for batch in batches:
            for item in batch:
                yield item


async def _generated(function: Any, stream: Batches) -> Batches:
    async with aclosing(_items(stream)) as items, aclosing(function(items)) as given:
        async for item in given:
            if item is not None:
                yield [item]
