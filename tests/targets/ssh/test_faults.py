"""What a host and the way to it can do to a command and to a copy: the class, the host's name, and nothing left on either side."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sshd import Sshd
from tests.targets.conformance import gone, marked
from tests.targets.ssh.client import PATIENCE
from tests.targets.ssh.refusals import let_in, refused
from tests.targets.ssh.test_files import host
from xsh import CommandFailed, ConnectFailed, ConnectionLost, TargetError, WorkingDirectoryError, sh
from xsh.targets.ssh.target import SSHTarget

SFTP_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server")


class Link:
    """Stands between us and a server: bytes pass until they are `frozen`, or the link is cut."""

    def __init__(self, port: int) -> None:
        self.server = port
        self.port = 0
        self.flows = asyncio.Event()
        self.flows.set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.writers: list[asyncio.StreamWriter] = []

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass the bytes of one connection on, both ways."""
        there, back = await asyncio.open_connection("127.0.0.1", self.server)
        self.writers += [writer, back]
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.ensure_future(self.pass_on(source, sink))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Pass the bytes of one direction on."""
        try:
            while data := await source.read(65536):
                await self.flows.wait()
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            # the other direction has closed it
            return
        finally:
            sink.close()

    def cut(self) -> None:
        """Reset every connection, as a router does that has forgotten it."""
        for writer in self.writers:
            writer.transport.abort()


@asynccontextmanager
async def link_to(server: Sshd) -> AsyncIterator[tuple[Link, SSHTarget]]:
    """A link to a server, and the server as it is reached through it."""
    link = Link(server.port)
    async with await asyncio.start_server(link.accept, "127.0.0.1", 0) as listener:
        link.port = listener.sockets[0].getsockname()[1]
        known = server.folder / "known_by_link"
        known.write_text(server.known_hosts.read_text().replace(f":{server.port}", f":{link.port}"))
        target = SSHTarget(
            f"127.0.0.1:{link.port}", **server.arguments(known_hosts=str(known), keepalive=0.5, connect_timeout=1.0)
        )
        try:
            yield link, target
        finally:
            link.flows.set()
            await target.close()
            link.cut()
            await asyncio.gather(*link.tasks, return_exceptions=True)


# -- the way there -----------------------------------------------------------------------------------------------------


async def test_a_host_that_falls_silent_during_the_login(server: Sshd) -> None:
    async with link_to(server) as (link, target):
        link.flows.clear()
        error = await refused(target, ConnectFailed, retryable=True)
        assert "no answer within 1 s" in str(error)


@pytest.mark.parametrize("way", ["cut", "frozen"])
async def test_a_link_that_is_lost_while_output_comes(way: str, server: Sshd, tmp_path: Path) -> None:
    mark = f"lost {way} {tmp_path}"
    async with link_to(server) as (link, target):
        command = sh(target=target).argv("sh", "-c", "echo first; while :; do echo more; sleep 0.05; done")
        job: Any = marked(command, mark).start()
        assert await anext(job.stdout) == "first"
        if way == "cut":
            link.cut()
        else:
            link.flows.clear()
        with pytest.raises(ConnectionLost) as caught:
            await job.wait()
        error = caught.value
        assert (error.host, error.retryable) == (target.name, True)
        assert target.name in str(error)
        assert error.result is not None
        assert error.result.stdout.startswith("first\n")
        assert await gone(mark, PATIENCE)


@pytest.mark.parametrize("way", ["cut", "frozen"])
async def test_a_link_that_is_lost_while_input_goes(way: str, server: Sshd, tmp_path: Path) -> None:
    mark = f"input {way} {tmp_path}"
    async with link_to(server) as (link, target):
        await sh(target=target).argv("true")
        pieces = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal pieces
            while True:
                pieces += 1
                if pieces == 50:
                    if way == "cut":
                        link.cut()
                    else:
                        link.flows.clear()
                yield b"x" * 65536

        with pytest.raises(ConnectionLost) as caught:
            await (endless() | marked(sh(target=target).argv("sh", "-c", "cat >/dev/null"), mark))
        assert (caught.value.host, caught.value.retryable) == (target.name, True)
        assert await gone(mark, PATIENCE)


@pytest.mark.parametrize("way", ["cut", "frozen"])
async def test_a_link_that_is_lost_while_a_file_goes(way: str, server: Sshd, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(os.urandom(1 << 20) * 30)
    (tmp_path / "there").mkdir()
    there = tmp_path / "there" / "file"
    unheard: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, what: unheard.append(what))
    async with link_to(server) as (link, target):
        web = sh.ssh(target.name, **target.settings)

        def lose(done: int, _total: int) -> None:
            if done > 5 << 20:
                link.cut() if way == "cut" else link.flows.clear()

        with pytest.raises(ConnectionLost) as caught:
            await web.put(tmp_path / "big", there, progress=lose)
        assert (caught.value.host, caught.value.retryable) == (target.name, True)
        assert not there.exists()
        link.flows.set()
        await web.put(tmp_path / "big", there)
        assert there.read_bytes() == (tmp_path / "big").read_bytes()
        assert os.listdir(there.parent) == ["file"]
        await web.close()
    # its traceback holds the tasks
    del caught
    gc.collect()
    assert not unheard


# -- the host ----------------------------------------------------------------------------------------------------------


async def test_a_banner_before_the_login(make_server: Callable[..., Sshd], open_folder: Path) -> None:
    (open_folder / "banner").write_text("\x1b[31mauthorised users only\n" * 200)
    server = make_server(Banner=open_folder / "banner")
    await let_in(SSHTarget(server.name, **server.arguments()))


@pytest.fixture
def talking_shell(open_folder: Path) -> Iterator[str]:
    """A user whose login shell prints a banner on both streams before it does anything."""
    if os.geteuid() != 0:
        pytest.skip("nobody can be given a login shell")
    shell = open_folder / "talking-sh"
    shell.write_text('#!/bin/sh\necho "* WELCOME *"\necho "* welcome *" >&2\nexec /bin/sh "$@"\n')
    shell.chmod(0o755)
    name = f"xsh-banner-{os.getpid()}"
    subprocess.run(["useradd", "-M", "-d", str(open_folder), "-s", str(shell), "-p", "*", name], check=True)
    yield name
    subprocess.run(["userdel", "-f", name], check=True, capture_output=True)


async def test_a_login_shell_with_a_banner(
    talking_shell: str, make_server: Callable[..., Sshd], tmp_path: Path
) -> None:
    server = make_server(user=talking_shell)
    target = SSHTarget(server.name, **server.arguments())
    shell = sh(target=target)
    assert (await shell.argv("cat").input("mine")).stdout == "mine"
    assert (await shell.argv("sh", "-c", "echo one; exit 3").nothrow()).stdout == "one\n"
    with pytest.raises(WorkingDirectoryError, match="no such"):
        await shell.argv("true").cwd(tmp_path / "none")
    killed = await shell.argv("sh", "-c", "kill -KILL $$").nothrow()
    # a shell of unknown name may stand between, which makes a code of the signal
    assert (killed.ok, killed.exit_code) == (False, 137)
    job = shell.argv("sleep", 1000).start()
    assert (await job.kill()).signal == "SIGTERM"
    await target.close()


async def test_start_up_files_that_talk_into_the_transfer_of_files(
    make_server: Callable[..., Sshd], tmp_path: Path
) -> None:
    program = next((path for path in SFTP_SERVERS if os.access(path, os.X_OK)), None)
    if program is None:
        pytest.skip("there is no sftp-server that a login shell could start")
    # unlike internal-sftp, it is started by the login shell
    server = make_server(Subsystem=f"sftp {program}")
    (tmp_path / "file").write_text("x")
    async with host(server) as web:
        await web.put(tmp_path / "file", tmp_path / "copy")
        (server.home / ".bashrc").write_text(f"touch {tmp_path}/read; echo NOISE\n")
        await web.argv("true")
        if not (tmp_path / "read").exists():
            pytest.skip("the login shell of this user reads no .bashrc")
        with pytest.raises(TargetError, match="something else than SFTP") as caught:
            await web.put(tmp_path / "file", tmp_path / "other")
        assert (caught.value.host, caught.value.retryable) == (server.name, False)
        assert ".bashrc" in str(caught.value.hint)
        assert not (tmp_path / "other").exists()


async def test_a_program_that_a_signal_kills_is_never_a_success(server: Sshd) -> None:
    target = SSHTarget(server.name, **server.arguments())
    try:
        for command in (
            sh(target=target).argv("sh", "-c", "kill -SEGV $$"),
            sh(target=target).argv("sh", "-c", "kill -SEGV $$").accept(0, 139),
            sh(target=target).argv("sh", "-c", "kill -SEGV $$") | sh.argv("cat"),
        ):
            with pytest.raises(CommandFailed, match="SIGSEGV"):
                await command
            assert not await command.ok()
    finally:
        await target.close()


async def test_a_server_that_is_stopped_is_reached_again_once_it_is_back(make_server: Callable[..., Sshd]) -> None:
    server = make_server()
    target = SSHTarget(server.name, **server.arguments())
    assert (await sh(target=target).argv("echo", "in")).text == "in"
    server.stop()
    with pytest.raises((ConnectFailed, ConnectionLost)) as caught:
        await sh(target=target).argv("true")
    assert caught.value.retryable
    server.start()
    await let_in(target)


async def test_nothing_is_left_of_a_command_whose_connection_dies_while_it_is_stopped(
    make_server: Callable[..., Sshd], tmp_path: Path
) -> None:
    server = make_server()
    mark = f"dying {tmp_path}"
    target = SSHTarget(server.name, **server.arguments())
    command = sh(target=target).argv("sh", "-c", 'trap "" TERM; echo ready; sleep 1000; sleep 1001; :').grace(30)
    job: Any = marked(command, mark).start()
    assert await anext(job.stdout) == "ready"
    end = asyncio.ensure_future(job.kill())
    await asyncio.sleep(0)
    server.cut()
    await end
    assert await gone(mark, PATIENCE)
    await target.close()
