"""Whatever happens to the connection or to us, no command of ours is left on the host."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sshd import Sshd
from tests.targets.conformance import alive, appears, gone, marked
from tests.targets.ssh import client
from xsh import CommandTimedOut, ConnectionLost, TargetError, sh
from xsh.targets.ssh.target import SSHTarget

TREES = {
    "polite": "sleep 1000 & touch ready; sleep 1001; :",
    "ignores TERM": 'trap "" TERM INT HUP; sleep 1000 & touch ready; sleep 1001; sleep 1002; :',
    "left its group": "setsid sh -c 'touch ready; sleep 1000; :' & sleep 1001; :",
}
PATIENCE = 20.0
"""Seconds that a busy machine may take; what is not ended by us goes on for a thousand."""


@pytest.fixture(params=["root", "ordinary user"])
def guarded(request: pytest.FixtureRequest, make_server: Callable[..., Sshd]) -> Sshd:
    """A server for a user of either kind."""
    if request.param == "root":
        if os.geteuid() != 0:
            pytest.skip("only root can log in as root")
        return make_server()
    return make_server(user=request.getfixturevalue("ordinary_user"))


def wait_for(check: Callable[[], bool], within: float) -> float:
    """Seconds until a fact is there; fails after `within`."""
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < within
        time.sleep(0.01)
    return time.monotonic() - began


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("way", ["killed", "frozen", "cut", "interrupted"])
def test_nothing_is_left(way: str, tree: str, guarded: Sshd, open_folder: Path) -> None:
    mark = f"{way} {open_folder}"
    folder = open_folder / "work"
    folder.mkdir()
    process = client.start(guarded, folder, TREES[tree], mark)
    try:
        deadline = time.monotonic() + 40
        while not (folder / "ready").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert len(alive(mark)) > 1
        if way == "killed":
            process.kill()
        elif way == "frozen":
            process.send_signal(signal.SIGSTOP)
        elif way == "cut":
            guarded.cut()
        else:
            process.send_signal(signal.SIGINT)
        wait_for(lambda: not alive(mark), PATIENCE)
        if way == "cut":
            _out, said = process.communicate(timeout=15)
            assert process.returncode == 255
            assert b"connection was lost" in said
            assert guarded.name.encode() in said
        elif way == "interrupted":
            process.communicate(timeout=15)
            assert process.returncode == -signal.SIGINT
    finally:
        process.kill()
        process.communicate()


async def test_a_frozen_client_that_comes_back_is_told(server: Sshd, tmp_path: Path) -> None:
    target = SSHTarget(server.name, **server.arguments(keepalive=1.0))
    try:
        job = sh(target=target).argv("sleep", 1000).start()
        while not job.members[0].process.placed:  # type: ignore[union-attr]
            await sh.argv("true")
        time.sleep(3)  # noqa: ASYNC251 - this program does nothing for too long, which is the case
        with pytest.raises(ConnectionLost, match="heard nothing from here for 1 s") as caught:
            await job.wait()
        assert caught.value.host == server.name
        assert (await sh(target=target).argv("echo", "again")).text == "again"
    finally:
        await target.close()


@pytest.mark.parametrize("leaves", ["sleep 30", "setsid sleep 30"])
async def test_the_background_of_an_ended_command_goes_with_the_connection(
    leaves: str, server: Sshd, tmp_path: Path
) -> None:
    mark = f"background {tmp_path}"
    target = SSHTarget(server.name, **server.arguments())
    command = sh(target=target).argv("sh", "-c", f"{leaves} >/dev/null 2>&1 </dev/null & echo started")
    assert (await marked(command, mark)).text == "started"
    assert (await sh(target=target).argv("echo", "more")).text == "more"
    assert len(alive(mark)) == 1
    await target.close()
    assert not alive(mark)


async def test_no_guard_because_another_program_is_forced(make_server: Callable[..., Sshd]) -> None:
    server = make_server(ForceCommand="sh -c 'echo forced; exec sleep 30'")
    target = SSHTarget(server.name, **server.arguments())
    said: list[str] = []
    target.say = said.append
    try:
        with pytest.raises((TargetError, CommandTimedOut)):
            await sh(target=target).argv("anything").timeout("8s").grace("200ms")
        assert any("no guard" in text and server.name in text for text in said)
    finally:
        await target.close()
        for pid in alive("SSH_CONNECTION"):
            os.kill(pid, signal.SIGKILL)


async def test_one_session_only_does_without_a_guard(make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    server = make_server(MaxSessions=1)
    mark = f"single {tmp_path}"
    target = SSHTarget(server.name, **server.arguments())
    said: list[str] = []
    target.say = said.append
    try:
        assert (await sh(target=target).argv("echo", "works")).text == "works"
        assert len([text for text in said if "one session only" in text]) == 1
        job = marked(sh(target=target).argv("sh", "-c", "touch ready; sleep 1000").cwd(tmp_path), mark).start()
        await appears(tmp_path / "ready", PATIENCE)
        if os.geteuid() == 0:
            # sshd refuses signals for root, so nothing can end it: it is named
            with pytest.raises(TargetError, match=r"sleep 1000.*may still run there"):
                await job.kill(grace=0.1)
                await job.wait()
        else:
            await job.kill(grace=0.1)
    finally:
        await target.close()
        for pid in alive(mark):
            os.kill(pid, signal.SIGKILL)
        assert await gone(mark, PATIENCE)
