"""A fleet of real connections: one sshd on many loopback addresses, some of which nobody serves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.sshd import Sshd, free_port
from xsh import FleetFailed, sh
from xsh.session.places import Fleet

SERVED = [f"127.0.0.{n}" for n in range(2, 8)]


@pytest.fixture
def server(serve: Callable[[Sequence[str]], Sshd]) -> Sshd:
    return serve(SERVED)


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
