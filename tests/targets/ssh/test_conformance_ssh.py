"""The facts every place promises, over SSH with a real sshd."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sshd import Sshd
from tests.targets.conformance import FACTS, Place, claimed
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


async def test_each_exit_code_in_one_script(target: SSHTarget) -> None:
    shell = sh(target=target)
    try:
        for code in range(256):
            assert (await shell.argv("sh", "-c", f"exit {code}").nothrow()).exit_code == code
    finally:
        await target.close()


def test_the_server_is_real(server: Sshd) -> None:
    assert server.process is not None
    assert server.process.poll() is None
