"""Wrappers on another machine: sudo of an ordinary user, whose processes no signal of that user reaches."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sshd import Sshd
from tests.targets.conformance import alive, appears, marked
from tests.targets.ssh.accounts import sudoer
from xsh import AuthenticationFailed, ProgramNotFound, WorkingDirectoryError, sh
from xsh.session.sh import Sh

TREES = {
    "polite": "sleep 1000 & touch ready; sleep 1001; :",
    "stubborn": 'trap "" TERM INT; setsid sleep 1000 & touch ready; sleep 1001; sleep 1002; :',
}


@pytest.fixture
def server(make_server: Callable[..., Sshd], open_folder: Path) -> Iterator[Sshd]:
    """A host on which an ordinary user may become anybody."""
    with sudoer(open_folder, "ALL=(ALL) NOPASSWD: ALL") as user:
        yield make_server(user=user.name)


async def test_results_and_errors_are_as_anywhere(server: Sshd) -> None:
    async with sh.ssh(server.name, **server.arguments()) as host:
        root: Sh = host.sudo()
        assert await root("id -un; echo ${word}", word="a  b").lines() == ["root", "a  b"]
        assert await host.via("env", "A=1")("sh -c 'echo $A'").text() == "1"
        with pytest.raises(ProgramNotFound):
            await root("no-such-program")
        with pytest.raises(WorkingDirectoryError):
            await root("true").cwd("/no/where")
        with pytest.raises(AuthenticationFailed) as caught:
            await host.sudo("no-such-user")("true")
        assert server.name in caught.value.host


@pytest.mark.parametrize("tree", TREES)
async def test_a_stop_reaches_what_only_root_may_signal(server: Sshd, tree: str, tmp_path: Path) -> None:
    mark = f"wrapped {tmp_path}"
    try:
        async with sh.ssh(server.name, **server.arguments()) as host:
            job = marked(host.sudo().argv("sh", "-c", TREES[tree]).cwd(tmp_path), mark).start()
            await appears(tmp_path / "ready", 40)
            assert len(alive(mark)) > 1
            result = await job.kill(grace=0.5)
            assert result.signal == ("SIGTERM" if tree == "polite" else "SIGKILL")
            assert alive(mark) == []
    finally:
        for pid in alive(mark):
            os.kill(pid, signal.SIGKILL)
