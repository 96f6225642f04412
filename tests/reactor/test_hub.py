"""Tests of the descriptors that are watched through one epoll."""

from __future__ import annotations

import asyncio
import os
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform != "linux":
    pytest.skip("epoll(7) is Linux's", allow_module_level=True)

from xsh.reactor.hub import Hub


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe without blocking, closed afterwards."""
    read_end, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    yield read_end, write_end
    os.close(read_end)
    os.close(write_end)


async def test_a_reader_is_called_when_something_can_be_read(pipe: tuple[int, int]) -> None:
    hub = Hub(asyncio.get_running_loop())
    heard = asyncio.Event()
    hub.add_reader(pipe[0], heard.set)
    os.write(pipe[1], b"x")
    await asyncio.wait_for(heard.wait(), 5)
    hub.remove_reader(pipe[0])
    assert hub.epoll is None


async def test_one_descriptor_can_be_read_and_written(pipe: tuple[int, int]) -> None:
    import socket

    ours, theirs = socket.socketpair()
    with ours, theirs:
        hub = Hub(asyncio.get_running_loop())
        room, news = asyncio.Event(), asyncio.Event()
        hub.add_writer(ours.fileno(), room.set)
        hub.add_reader(ours.fileno(), news.set)
        await asyncio.wait_for(room.wait(), 5)
        assert not news.is_set()
        hub.remove_writer(ours.fileno())
        theirs.send(b"x")
        await asyncio.wait_for(news.wait(), 5)
        hub.remove_reader(ours.fileno())
        assert hub.epoll is None


async def test_a_callback_runs_in_the_context_of_whoever_asked(pipe: tuple[int, int]) -> None:
    variable: ContextVar[str] = ContextVar("variable", default="outside")
    hub = Hub(asyncio.get_running_loop())
    heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def read() -> None:
        os.read(pipe[0], 1)
        heard.set_result(variable.get())

    async def ask() -> None:
        variable.set("inside")
        hub.add_reader(pipe[0], read)

    await asyncio.create_task(ask())
    os.write(pipe[1], b"x")
    assert await asyncio.wait_for(heard, 5) == "inside"
    hub.remove_reader(pipe[0])


async def test_an_error_of_a_callback_is_told_to_the_loop_and_others_are_served(pipe: tuple[int, int]) -> None:
    loop = asyncio.get_running_loop()
    told: list[dict[str, object]] = []
    heard = asyncio.Event()

    def tell(_loop: object, context: dict[str, object]) -> None:
        told.append(context)
        heard.set()

    loop.set_exception_handler(tell)
    hub = Hub(loop)
    other = asyncio.Event()

    def fail() -> None:
        hub.remove_reader(pipe[0])
        raise ValueError("mine")

    hub.add_reader(pipe[0], fail)
    hub.add_writer(pipe[1], other.set)
    os.write(pipe[1], b"x")
    await asyncio.wait_for(other.wait(), 5)
    await asyncio.wait_for(heard.wait(), 5)
    hub.remove_writer(pipe[1])
    assert isinstance(told[0]["exception"], ValueError)


async def test_what_was_watched_since_an_event_is_not_called_for_it() -> None:
    hub = Hub(asyncio.get_running_loop())
    pipes = [os.pipe(), os.pipe()]
    silent = os.pipe()
    called: list[str] = []
    done = asyncio.Event()

    def replace(other: int) -> None:
        # the other one's event was fetched together with ours; now its number stands for a pipe with nothing in it
        hub.remove_reader(other)
        os.dup2(silent[0], other)
        hub.add_reader(other, lambda: called.append("wrong"))
        for read_end, _ in pipes:
            hub.loop.call_soon(hub.remove_reader, read_end)
        hub.loop.call_soon(done.set)

    for index, (read_end, write_end) in enumerate(pipes):
        hub.add_reader(read_end, lambda other=pipes[1 - index][0]: replace(other))
        os.write(write_end, b"x")
    await asyncio.wait_for(done.wait(), 5)
    assert called == []
    for fd in (*pipes[0], *pipes[1], *silent):
        os.close(fd)


async def test_what_is_always_ready_is_refused() -> None:
    hub = Hub(asyncio.get_running_loop())
    null = os.open(os.devnull, os.O_RDONLY)
    with pytest.raises(PermissionError):
        hub.add_reader(null, lambda: None)
    os.close(null)
    assert hub.epoll is None
    assert not hub.watches
