"""What is particular to commands on a host: one connection, settings of it, detaching, signals, several at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.script_runner import ScriptRunner
from tests.sshd import Sshd
from tests.targets.conformance import alive, appears, gone, marked
from xsh import CommandFailed, ConnectFailed, ProgramNotFound, gather, sh
from xsh.session.remote import close_all
from xsh.targets.ssh.target import SSHTarget

HEAD = """
import sys
name, key, known = sys.argv[1:4]
host = $.ssh(name, key=key, known_hosts=known, config=False)
"""


def words(server: Sshd) -> list[str]:
    """The arguments of a script that starts with HEAD."""
    return [server.name, str(server.key), str(server.known_hosts)]


async def test_one_connection_for_everything(make_server: Callable[..., Sshd]) -> None:
    server = make_server()
    first, second = sh.ssh(server.name, **server.arguments()), sh.ssh(server.name, **server.arguments())
    try:
        await gather(*(host.argv("true") for host in (first, second) for _ in range(5)))
        assert len(server.connections()) == 1
        assert (await first.argv("true")).host == server.name
    finally:
        await close_all()


async def test_a_block_and_a_setting(server: Sshd, tmp_path: Path) -> None:
    host = sh.ssh(server.name, **server.arguments())
    try:
        with host:
            assert (await sh("echo ~")).text == str(server.home)
        assert (await sh(target=host, cwd="~", env={"A": "b"})("pwd; echo $A")).text == f"{server.home}\nb"
        async with host:
            assert (await sh("true")).host == server.name
        with pytest.raises(TypeError, match="place to run"):
            sh(target="web1")
    finally:
        await close_all()


def test_wrong_settings_are_told_where_they_are_written() -> None:
    for name in ("", "@web", "web:", "web:x", "web:99999", "[::1", "-oProxyCommand=x", "a b"):
        with pytest.raises(ValueError, match="host|port|user|IPv6"):
            sh.ssh(name)
    with pytest.raises(TypeError, match="no setting 'colour'"):
        sh.ssh("web", colour=1)
    with pytest.raises(ValueError, match="above 0"):
        sh.ssh("web", keepalive=0)


async def test_a_detached_command_outlives_the_script(server: Sshd, script: ScriptRunner, tmp_path: Path) -> None:
    mark = f"detached {tmp_path}"
    (tmp_path / "work").mkdir()
    text = (
        'await host`sh -c "touch ready; sleep 30; :"`.cwd(sys.argv[4]).env({"XSH_TEST_COOKIE": sys.argv[5]}).detach()\n'
    )
    run = script(HEAD + text, *words(server), str(tmp_path / "work"), mark)
    assert run.returncode == 0
    await appears(tmp_path / "work" / "ready")
    assert alive(mark)
    for pid in alive(mark):
        os.kill(pid, signal.SIGKILL)
    assert await gone(mark)


async def test_detaching_what_is_not_there_is_told(target: SSHTarget) -> None:
    with pytest.raises(ProgramNotFound):
        await sh(target=target).argv("no-such-program-xsh").detach()
    await target.close()


def test_a_script_closes_its_connections(make_server: Callable[..., Sshd], script: ScriptRunner) -> None:
    server = make_server()
    run = script(HEAD + "print(await host`echo $0 | cat`)\njob = host`sleep 1000`.start()\n", *words(server))
    assert (run.returncode, run.stdout) == (0, "xsh\n")
    assert not server.connections()


async def test_a_signal_that_does_not_end_it(target: SSHTarget, tmp_path: Path) -> None:
    mark = f"signal {tmp_path}"
    text = 'trap "touch got" USR1; touch ready; while [ ! -e end ]; do sleep 0.02; done'
    job: Any = marked(sh(target=target).argv("sh", "-c", text).cwd(tmp_path), mark).start()
    await appears(tmp_path / "ready")
    job.send_signal("USR1")
    await appears(tmp_path / "got")
    (tmp_path / "end").touch()
    assert (await job.wait()).ok
    assert await gone(mark)
    await target.close()


async def test_retry_is_of_what_did_not_begin(server: Sshd, tmp_path: Path) -> None:
    host = sh.ssh(server.name, **server.arguments(retry=3))
    text = "echo x >> tries; [ $(wc -l < tries) -ge 3 ]"
    try:
        await host.argv("sh", "-c", text).cwd(tmp_path)
        assert (tmp_path / "tries").read_text() == "x\n" * 3
    finally:
        await close_all()


async def test_many_hosts_of_which_some_are_down(server: Sshd) -> None:
    hosts = [SSHTarget(server.name, **server.arguments()) for _ in range(6)]
    down = [SSHTarget("127.0.0.1:1", **server.arguments()) for _ in range(3)]
    try:
        for place in hosts:
            assert (await sh(target=place).argv("echo", "up")).text == "up"
        for place in down:
            with pytest.raises(ConnectFailed):
                await sh(target=place).argv("true")
    finally:
        for place in (*hosts, *down):
            await place.close()


async def test_a_pipeline_of_one_host_fails_by_its_stage(target: SSHTarget) -> None:
    shell = sh(target=target)
    with pytest.raises(CommandFailed, match="stage 1 of 2") as caught:
        await (shell.argv("sh", "-c", "echo out; exit 3") | shell.argv("cat"))
    assert caught.value.result.stages[0].host == target.name
    await target.close()


async def test_killed_before_its_first_step(target: SSHTarget, tmp_path: Path) -> None:
    job: Any = sh(target=target).argv("touch", tmp_path / "ran").start()
    result = await job.kill()
    assert result.signal == "SIGTERM"
    assert (await sh(target=target).argv("echo", "more")).text == "more"
    assert not (tmp_path / "ran").exists()
    await target.close()
