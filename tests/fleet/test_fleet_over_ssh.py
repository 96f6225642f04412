"""A fleet of real connections: one sshd on many loopback addresses, some of which nobody serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import process_table
from tests import sshd as servers
from tests.script_runner import ScriptRunner
from tests.sshd import Sshd, free_port
from xsh import FleetFailed, sh
from xsh.session.places import Fleet

SERVED = [f"127.0.0.{n}" for n in range(2, 8)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    if not servers.available():
        pytest.skip("openssh-server is not installed")
    running = Sshd(tmp_path / "server", ListenAddress="0.0.0.0")
    kind, key = Path(f"{running.host_key}.pub").read_text().split()[:2]
    running.known_hosts.write_text("".join(f"[{host}]:{running.port} {kind} {key}\n" for host in SERVED))
    yield running
    running.stop()


def fleet_on(server: Sshd, *more: str, **settings: Any) -> Fleet:
    return sh.fleet([*(f"{host}:{server.port}" for host in SERVED), *more], **server.arguments(), **settings)


async def close(fleet: Fleet) -> None:
    for name in fleet.hosts:
        await fleet[name].target.close()


async def test_one_host_is_down(server: Sshd) -> None:
    down = f"127.0.0.9:{free_port()}"
    fleet = fleet_on(server, down)
    try:
        report = await fleet("echo up; exit 0")
        assert [len(report.succeeded), [each.host for each in report.unreachable]] == [len(SERVED), [down]]
        assert [(group.output, len(group.hosts)) for group in report.groups] == [("up\n", len(SERVED))]
        assert report[down].error.retryable
        with pytest.raises(FleetFailed):
            report.raise_failures()
    finally:
        await close(fleet)


async def test_batches_end_at_the_first_failure(server: Sshd) -> None:
    fleet = fleet_on(server, serial=2)
    try:
        report = await fleet("exit 3")
        statuses = [each.status for each in report]
        # the second of the batch has failed too, or was stopped
        assert "failed" in statuses[:2]
        assert set(statuses[:2]) <= {"failed", "stopped"}
        assert statuses[2:] == ["skipped"] * (len(SERVED) - 2)
    finally:
        await close(fleet)


async def test_files_go_to_every_host_and_come_back(server: Sshd, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("data\n")
    # one after another: the hosts are one machine here, and this is one file
    fleet = fleet_on(server, limit=1)
    try:
        assert (await fleet.put(tmp_path / "a", tmp_path / "there")).ok
        assert (await fleet.get(tmp_path / "there", tmp_path / "back")).ok
        assert [each.read_text() for each in (tmp_path / "back").glob("*/there")] == ["data\n"] * len(SERVED)
    finally:
        await close(fleet)


async def test_a_block_closes_the_connections_at_its_end(server: Sshd) -> None:
    async with fleet_on(server) as fleet:
        assert (await sh("true")).ok
        assert len(server.connections()) == len(SERVED)
        links = [fleet[name].target.link() for name in fleet.hosts]
    assert not any(link.alive for link in links)
    assert (await fleet("true")).ok
    await fleet.close()


def test_ctrl_c_in_the_middle_leaves_nothing_on_any_host(server: Sshd, script: ScriptRunner, tmp_path: Path) -> None:
    names = [f"{host}:{server.port}" for host in SERVED]
    running = script.start(
        """
import sys
key, known, *names = sys.argv[1:]
with $.fleet(names, key=key, known_hosts=known, config=False, limit=4):
    $ sh -c 'echo started; trap "" INT; setsid sleep 86411 & sleep 86411'
""",
        str(server.key),
        str(server.known_hosts),
        *names,
    )
    running.wait_for(f"{names[3]} | started")
    running.send_signal(2)
    assert running.finish().returncode == -2
    assert [pid for pid in process_table.pids() if servers.command_of(pid) == b"sleep\x0086411\0"] == []
