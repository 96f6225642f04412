"""The facts every place promises, over SSH with a real sshd."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sshd import Sshd
from tests.targets.conformance import FACTS, Place, claimed, gone, marked
from tests.targets.conformance_stopping import PATIENT
from tests.targets.suite import cancelled_at
from xsh import sh
from xsh.targets.ssh.target import SSHTarget


@asynccontextmanager
async def nowhere() -> AsyncIterator[Any]:
    """Not used: the shell of this place needs a server."""
    yield None


PLACE = Place("ssh", nowhere)


@pytest.mark.parametrize("fact", claimed(PLACE))
async def test_over_ssh(fact: str, tmp_path: Path, target: SSHTarget) -> None:
    try:
        await FACTS[fact](sh(target=target), tmp_path)
    finally:
        await target.close()


async def test_cancelled_at_any_moment_of_a_new_connection(server: Sshd, tmp_path: Path) -> None:
    mark = f"connecting {tmp_path}"
    for number in range(300):
        target = SSHTarget(server.name, **server.arguments())
        ready = tmp_path / f"ready{number}"
        command = sh(target=target).argv("sh", "-c", f"sleep 1000 & touch {ready.name}; sleep 1001").input("")
        late = await cancelled_at(number, marked(command.cwd(tmp_path), mark).grace(PATIENT), ready)
        await target.close()
        assert await gone(mark), f"at arrival {number}"
        if late:
            break
    else:
        raise AssertionError("it never ran")
    assert number > 10


def test_the_server_is_real(server: Sshd) -> None:
    assert server.process is not None
    assert server.process.poll() is None
