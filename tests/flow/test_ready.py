"""Waiting until something that does not exit is ready, and for a time."""

from __future__ import annotations

import asyncio
import http.server
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from xsh import CommandError, sh, sleep, timeout, wait_for


async def test_a_path(tmp_path: Path) -> None:
    path = tmp_path / "ready"
    async with sh("touch ${path}; sleep 1000", path=path).start() as job:
        await wait_for(path=path, job=job, timeout="20s", interval="1ms")
        assert path.exists()


async def test_a_port_of_a_server() -> None:
    code = (
        "import socket, sys\ns = socket.create_server(('127.0.0.1', 0))\nprint(s.getsockname()[1], flush=True)\n"
        "while True: s.accept()\n"
    )
    async with sh.argv(sys.executable, "-c", code).start() as job:
        found = await wait_for(line=r"^(\d+)$", job=job, timeout="20s")
        port = int(found[1])
        await wait_for(port=port, job=job, timeout="20s")
    with pytest.raises(TimeoutError, match=rf"127.0.0.1:{port} was not ready after 50 ms"):
        await wait_for(port=port, timeout="50ms", interval="5ms")


@pytest.fixture
def server() -> Iterator[str]:
    """A web server that answers 404 to everything but /."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{web.server_port}/"
        web.shutdown()
        thread.join()


async def test_an_address(server: str) -> None:
    await wait_for(url=server, timeout="20s")
    with pytest.raises(TimeoutError, match=rf"{server}no was not ready after 100 ms"):
        await wait_for(url=f"{server}no", timeout="100ms", interval="5ms")


async def test_a_line_of_either_kind() -> None:
    async with sh("echo one; echo two ready 2; sleep 1000").start() as job:
        assert (await wait_for(line=r"ready (\d)", job=job))[1] == "2"
        assert (await wait_for(line="one", job=job))[0] == "one"


@pytest.mark.parametrize("what", [{"path": "/no/such/path"}, {"port": 1}, {"line": "never"}])
async def test_a_job_that_ends_before_it_is_ready_is_told(what: dict[str, object]) -> None:
    job = sh("echo oops; exit 3").start()
    with pytest.raises(CommandError) as caught:
        await wait_for(**what, job=job, timeout="20s", interval="1ms")  # type: ignore[arg-type]
    assert caught.value.result.exit_code == 3
    ended = sh("echo fine").start()
    with pytest.raises(CommandError, match="ended with exit 0 before it was ready") as caught:
        await wait_for(**what, job=ended, timeout="20s", interval="1ms")  # type: ignore[arg-type]
    assert caught.value.tail == "fine"


@pytest.mark.parametrize("what", [{}, {"path": "x", "port": 1}, {"line": "x"}])
async def test_wrong_questions_are_told(what: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=r"exactly one of|needs job="):
        await wait_for(**what)  # type: ignore[arg-type]


async def test_a_time_limit_that_is_kept_and_one_that_is_not() -> None:
    with timeout("1h"):
        assert await sh("echo x").text() == "x"
    with pytest.raises(TimeoutError, match="timed out after 20 ms"), timeout(0.02):
        await sleep(1000)
    with pytest.raises(LookupError), timeout("1h"):
        raise LookupError
    with pytest.raises(ValueError, match="5 parsecs"):
        timeout("5 parsecs")


async def test_a_time_limit_inside_another() -> None:
    with pytest.raises(TimeoutError, match="after 20 ms"), timeout("1h"), timeout("20ms"):
        await sh("sleep 1000")
    with pytest.raises(TimeoutError, match="after 20 ms"), timeout("20ms"), timeout("1h"):
        await sh("sleep 1000")


async def test_sleeping_takes_its_time() -> None:
    before = time.monotonic()
    await sleep("20ms")
    await sleep(0)
    assert time.monotonic() - before >= 0.02
    task = asyncio.ensure_future(sleep(1000))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for wrong in ("soon", -1, None):
        with pytest.raises((TypeError, ValueError)):
            await sleep(wrong)  # type: ignore[arg-type]


def test_nothing_listens_on_a_closed_port() -> None:
    # the other tests rely on it
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port)).close()
    assert os.path.exists("/proc/self")
