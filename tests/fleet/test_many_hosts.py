"""Two hundred hosts of which thirty are down, each in one of three ways: one sshd on as many loopback addresses."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests import process_table
from tests import sshd as servers
from tests.script_runner import ScriptRunner
from tests.sshd import Sshd
from tests.targets.conformance import alive
from tests.targets.ssh.client import wait_until
from xsh import ConnectFailed, FleetFailed, FleetReport, sh

FIRST = [f"127.0.1.{n}" for n in range(1, 151)]
SECOND = [f"127.0.2.{n}" for n in range(1, 21)]
DOWN = [f"127.0.3.{n}" for n in range(1, 11)]
"""Addresses of the hosts of each kind that is down."""
WHERE = """
case $SSH_CONNECTION in
*" 127.0.2."*) setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo second; exit 0;;
*) echo first; exit 0;;
esac
"""
"""What the hosts run: the second twenty say something else, and leave a process that has left its session."""


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close a connection that has just been made, as a server does that is being stopped."""
    # what is not read would make a reset of the end
    await reader.readline()
    writer.close()
    await writer.wait_closed()


@asynccontextmanager
async def hosts_that_are_down() -> AsyncIterator[list[tuple[int, str]]]:
    """Ports where nobody listens, where a server accepts and never answers, where one hangs up; and how that is told."""
    async with AsyncExitStack() as stack:
        nobody = stack.enter_context(socket.socket())
        # bound, so that nobody else comes to listen there
        nobody.bind(("0.0.0.0", 0))
        silent = stack.enter_context(socket.create_server(("0.0.0.0", 0), backlog=100))
        leaving = await stack.enter_async_context(await asyncio.start_server(hang_up, "0.0.0.0", 0))
        yield [
            (nobody.getsockname()[1], "connection refused"),
            (silent.getsockname()[1], "no answer within 0.5 s"),
            (leaving.sockets[0].getsockname()[1], "the host closed the connection before the login"),
        ]


async def test_thirty_of_two_hundred_hosts_are_down(serve: Callable[[Sequence[str]], Sshd], tmp_path: Path) -> None:
    server = serve([*FIRST, *SECOND])
    mark = f"many {tmp_path}"
    first, second = ([f"{host}:{server.port}" for host in hosts] for hosts in (FIRST, SECOND))
    async with hosts_that_are_down() as kinds:
        down = {f"{host}:{port}": why for port, why in kinds for host in DOWN}
        # a short limit for the silent alone: a busy machine may take long for so many logins, and to hang up
        limits = {name: 0.5 if "no answer" in why else 60 for name, why in down.items()}
        closed = [sh.ssh(name, **server.arguments(connect_timeout=limit)) for name, limit in limits.items()]
        # those that are down are the first, the last, and between
        hosts = [*closed[:10], *first, *closed[10:20], *second, *closed[20:]]
        fleet = sh.fleet(hosts, limit=50, **server.arguments(connect_timeout=60))
        try:
            report = await fleet(WHERE).env({"XSH_TEST_COOKIE": mark})
            check(report, first, second, down)
            assert [each.host for each in report] == fleet.hosts
            assert len(server.connections()) == 170
            assert len(alive(mark)) == len(second)
            links = [fleet[name].target.link() for name in fleet.hosts]
        finally:
            await fleet.close()
            left = alive(mark)
            for pid in left:
                servers.end(pid)
        assert left == []
        assert not any(link.alive or link.tasks for link in links)
        wait_until(lambda: not server.connections())


def check(report: FleetReport, first: list[str], second: list[str], down: dict[str, str]) -> None:
    """Every host is where it belongs, and those that are down say which they are, why, and that trying again may help."""
    assert [len(report), len(report.succeeded), len(report.unreachable)] == [200, 170, 30]
    assert {each.host for each in report.unreachable} == set(down)
    for each in report.unreachable:
        assert type(each.error) is ConnectFailed
        assert (each.error.host, each.error.retryable) == (each.host, True)
        assert str(each.error).split("\n")[0] == f"{each.host}: {down[each.host]}"
    assert [(group.output, group.exit_code, group.hosts) for group in report.groups] == [
        ("first\n", 0, first),
        ("second\n", 0, second),
    ]
    with pytest.raises(FleetFailed, match=r"170 succeeded, 30 unreachable \(127\.0\.3\.\[1-10\]:") as caught:
        report.raise_failures()
    assert len(caught.value.exceptions) == 30


INTERRUPTED = """
import sys
key, known, *names = sys.argv[1:]
with $.fleet(names, key=key, known_hosts=known, config=False, connect_timeout=60, limit=12):
    $ sh -c 'trap "" INT; setsid sleep SECONDS & echo started; sleep SECONDS'
"""
SECONDS = str(80_000_000 + os.getpid())
"""How long they would sleep, which tells them from those of another run on this machine."""


def test_ctrl_c_in_the_middle_of_twenty_hosts_leaves_nothing_on_any(
    serve: Callable[[Sequence[str]], Sshd], script: ScriptRunner
) -> None:
    server = serve(FIRST[:18])
    served = [f"{host}:{server.port}" for host in FIRST[:18]]
    with socket.create_server(("0.0.0.0", 0)) as silent:
        never = [f"{host}:{silent.getsockname()[1]}" for host in DOWN[:2]]
        # two are still being connected to, ten run, eight wait for their turn
        names = [never[0], *served[:5], never[1], *served[5:]]
        running = script.start(
            INTERRUPTED.replace("SECONDS", SECONDS), str(server.key), str(server.known_hosts), *names
        )
        for name in served[:10]:
            running.wait_for(f"{name:<{max(map(len, names))}} | started")
        wait_until(lambda: len(sleeping()) == 20)
        running.send_signal(signal.SIGINT)
        done = running.finish()
    left = sleeping()
    for pid in left:
        servers.end(pid)
    assert left == []
    assert done.returncode == -signal.SIGINT
    assert done.stdout.count("started") == 10
    wait_until(lambda: not server.connections())


def sleeping() -> list[int]:
    """The sleeps that the script has started on the hosts."""
    return [pid for pid in process_table.pids() if servers.command_of(pid) == f"sleep\0{SECONDS}\0".encode()]
