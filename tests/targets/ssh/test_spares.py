"""Pipelines whose stages are more than a connection has places for: they get a further one, which a mere crowd does not."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sshd import Sshd
from tests.targets.conformance import alive, appears, gone, marked
from tests.targets.ssh import client
from tests.targets.suite import cancelled_at
from xsh import XshError, gather, sh
from xsh.targets.ssh.target import SSHTarget

PATIENCE = 20.0
"""Seconds that a busy machine may take for what never ended where stages waited for each other's places."""
BYTES = "500000"
MANY = "8000000"
"""More than lies between two stages that nobody reads."""


@pytest.fixture
def narrow(make_server: Callable[..., Sshd]) -> Sshd:
    """A server with one place for commands on each connection: the other session is the guard's."""
    return make_server(MaxSessions=2)


@pytest.fixture
def place(narrow: Sshd) -> SSHTarget:
    """That server as a place to run; the test closes it."""
    return SSHTarget(narrow.name, **narrow.arguments())


@pytest.fixture
def mark(tmp_path: Path) -> Iterator[str]:
    """What the test's commands have in their environment; those that are left are ended."""
    name = f"spares {tmp_path}"
    yield name
    for pid in alive(name):
        os.kill(pid, signal.SIGKILL)


async def soon(pipeline: Awaitable[Any]) -> Any:
    """What a pipeline comes to."""
    async with asyncio.timeout(PATIENCE):
        return await pipeline


def cut_here(place: SSHTarget) -> Any:
    """A pipeline that begins and ends on the host, and is cut short here."""
    there = sh(target=place)
    return there.argv("yes") | sh.argv("head", "-c", BYTES) | there.argv("wc", "-c")


def wide(place: SSHTarget, stages: int) -> Any:
    """A pipeline of so many stages, all on the host."""
    there = sh(target=place)
    pipeline: Any = there.argv("head", "-c", MANY, "/dev/zero")
    for _ in range(stages - 2):
        pipeline = pipeline | there.argv("cat")
    return pipeline | there.argv("wc", "-c")


async def fewer(server: Sshd, most: int) -> None:
    """Return once a server has no more than so many connections."""
    async with asyncio.timeout(PATIENCE):
        while len(server.connections()) > most:  # noqa: ASYNC110 - the process table, which tells nobody
            await asyncio.sleep(0.01)


# -- pipelines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", [1, 2])
async def test_both_ends_on_a_host_with_few_sessions(allowed: int, make_server: Callable[..., Sshd]) -> None:
    server = make_server(MaxSessions=allowed)
    place = SSHTarget(server.name, **server.arguments())
    said: list[str] = []
    place.say = said.append
    try:
        assert (await soon(cut_here(place))).text == BYTES
        # with one session there is no guard, which is said for all connections together
        assert len(said) == 2 - allowed
    finally:
        await place.close()


@pytest.mark.parametrize(("allowed", "stages"), [(2, 3), (2, 12), (10, 10), (4, 10)])
async def test_more_stages_than_places(allowed: int, stages: int, make_server: Callable[..., Sshd]) -> None:
    server = make_server(MaxSessions=allowed)
    place = SSHTarget(server.name, **server.arguments())
    try:
        assert (await soon(wide(place, stages))).text == MANY
        assert len(server.connections()) > 1
    finally:
        await place.close()


async def test_places_that_the_user_has_limited(server: Sshd) -> None:
    place = SSHTarget(server.name, **server.arguments(max_sessions=1))
    try:
        assert (await soon(wide(place, 3))).text == MANY
    finally:
        await place.close()


@pytest.mark.parametrize("known", [False, True], ids=["width unknown", "width known"])
async def test_pipelines_at_once(known: bool, place: SSHTarget) -> None:
    try:
        if known:
            await soon(gather(*(sh(target=place).argv("true") for _ in range(4))))
        results = await soon(gather(cut_here(place), cut_here(place), wide(place, 3), wide(place, 4)))
        assert [result.text for result in results] == [BYTES, BYTES, MANY, MANY]
    finally:
        await place.close()


async def test_a_stage_through_another_program(place: SSHTarget) -> None:
    through = sh(target=place).via("env")
    try:
        pipeline = sh(target=place).argv("yes") | through.argv("head", "-c", BYTES) | through.argv("wc", "-c")
        assert (await soon(pipeline)).text == BYTES
    finally:
        await place.close()


# -- connections -------------------------------------------------------------------------------------------------------


async def test_a_crowd_has_one_connection(narrow: Sshd, place: SSHTarget) -> None:
    try:
        results = await soon(gather(*(sh(target=place).argv("echo", number) for number in range(20))))
        assert [result.text for result in results] == [str(number) for number in range(20)]
        assert len(narrow.connections()) == 1
    finally:
        await place.close()


async def test_a_crowd_of_pipelines_has_no_more_connections_than_one(server: Sshd) -> None:
    place = SSHTarget(server.name, **server.arguments(max_sessions=3))
    before = len(server.connections())
    there = sh(target=place)
    crowd = (there.argv("echo", number) | there.argv("cat") | there.argv("cat") for number in range(40))
    try:
        results = await soon(gather(*crowd))
        assert [result.text for result in results] == [str(number) for number in range(40)]
        assert len(server.connections()) - before <= 2
    finally:
        await place.close()


async def test_a_further_connection_is_used_again_and_closed_with_the_host(narrow: Sshd, place: SSHTarget) -> None:
    try:
        await soon(cut_here(place))
        served = set(narrow.connections())
        assert len(served) == 2
        open_here = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            await soon(cut_here(place))
        assert set(narrow.connections()) == served
        assert len(os.listdir("/proc/self/fd")) == open_here
    finally:
        await place.close()
    await fewer(narrow, 0)
    # closed is not the end of it
    assert (await soon(cut_here(place))).text == BYTES
    await place.close()
    await fewer(narrow, 0)


async def test_connections_that_were_cut_are_made_again(narrow: Sshd, place: SSHTarget) -> None:
    try:
        await soon(cut_here(place))
        narrow.cut()
        await fewer(narrow, 0)
        async with asyncio.timeout(PATIENCE):
            while place.link().alive:  # noqa: ASYNC110 - an attribute, which nobody tells of
                await asyncio.sleep(0.01)
        assert (await soon(cut_here(place))).text == BYTES
    finally:
        await place.close()


# -- stopping ----------------------------------------------------------------------------------------------------------


def endless(place: SSHTarget, folder: Path, mark: str) -> Any:
    """A pipeline whose stages leave their groups and say that they run."""
    there = sh(target=place)
    texts = [f"setsid sleep 1000 & touch {name}; exec sleep 1001" for name in ("first", "second", "third")]
    first, second, third = (marked(there.argv("sh", "-c", text).cwd(folder), mark) for text in texts)
    return first | second | third


@pytest.mark.parametrize("way", ["kill", "close"])
async def test_stopped_nothing_is_left(way: str, place: SSHTarget, tmp_path: Path, mark: str) -> None:
    job = endless(place, tmp_path, mark).start()
    try:
        for name in ("first", "second", "third"):
            await appears(tmp_path / name, PATIENCE)
        if way == "kill":
            await job.kill(grace=1.0)
        else:
            await place.close()
            with pytest.raises(XshError):
                await soon(job.wait())
        assert await gone(mark, PATIENCE)
    finally:
        await place.close()


async def test_cancelled_at_any_moment(narrow: Sshd, tmp_path: Path, mark: str) -> None:
    late, number = False, 0
    while not late:
        place = SSHTarget(narrow.name, **narrow.arguments())
        folder = tmp_path / str(number)
        folder.mkdir()
        late = await cancelled_at(number, endless(place, folder, mark).grace(1.0), folder / "second")
        assert await gone(mark, PATIENCE)
        # all places are free again
        assert (await soon(sh(target=place).argv("echo", "more"))).text == "more"
        assert not place.link().places.holders
        await place.close()
        number += 9
    await fewer(narrow, 0)


SCRIPT = """
import sys
name, key, known, folder, text, mark = sys.argv[1:7]
host = $.ssh(name, key=key, known_hosts=known, config=False)
marked = {"XSH_TEST_COOKIE": mark}
await (host`sh -c ${text} sh one`.cwd(folder).env(marked) | $`cat` | host`sh -c ${text} sh two`.cwd(folder).env(marked)).grace("1s")
"""


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL, "cut"], ids=str)
def test_a_script_that_ends_in_the_middle(way: signal.Signals | str, narrow: Sshd, open_folder: Path) -> None:
    mark = f"spares {open_folder}"
    folder = open_folder / "work"
    folder.mkdir()
    text = 'setsid sleep 1000 & touch "$1"; exec sleep 1001'
    process = client.start(narrow, folder, text, mark, SCRIPT)
    try:
        client.wait_until(lambda: (folder / "one").exists() and (folder / "two").exists(), PATIENCE)
        if isinstance(way, signal.Signals):
            process.send_signal(way)
        else:
            narrow.cut()
        client.wait_until(lambda: not alive(mark), PATIENCE)
        process.communicate(timeout=PATIENCE)
        client.wait_until(lambda: not narrow.connections(), PATIENCE)
    finally:
        process.kill()
        process.communicate()
