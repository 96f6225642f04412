"""Files to and from a host, its paths, its ports."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sshd import Sshd
from xsh import ConnectFailed, ConnectionLost, TargetError, sh
from xsh.session.remote import close_all
from xsh.targets.ssh import transfer


@asynccontextmanager
async def host(server: Sshd, **changes: object) -> AsyncIterator[Any]:
    """The server as users hold it."""
    try:
        yield sh.ssh(server.name, **server.arguments(**changes))
    finally:
        await close_all()


def tree(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Everything below a folder: its mode and content."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes() if path.is_file() else None)
        for path in [folder, *sorted(folder.rglob("*"))]
    }


def make_tree(folder: Path) -> None:
    """A tree with awkward names and modes."""
    (folder / "sub dir" / "empty").mkdir(parents=True)
    (folder / "run").write_text("#!/bin/sh\n")
    (folder / "run").chmod(0o750)
    (folder / "sub dir" / "it's $(x)\n").write_bytes(bytes(range(256)))
    (folder / "sub dir" / os.fsdecode(b"no utf-8 \xff")).touch()
    (folder / "sub dir" / "secret").write_text("s")
    (folder / "sub dir" / "secret").chmod(0o600)
    (folder / "nothing").touch()
    (folder / "sub dir").chmod(0o711)


async def test_a_tree_there_and_back_is_the_same(server: Sshd, tmp_path: Path) -> None:
    make_tree(tmp_path / "tree")
    there, back = tmp_path / "there", tmp_path / "back"
    async with host(server) as web:
        await web.put(tmp_path / "tree", there)
        assert tree(there) == tree(tmp_path / "tree")
        await web.get(there, back)
        assert tree(back) == tree(tmp_path / "tree")
        await web.put(tmp_path / "tree" / "run", there)
        assert (there / "run").read_text() == "#!/bin/sh\n"


async def test_a_large_file_with_progress(server: Sshd, tmp_path: Path) -> None:
    data = os.urandom(1 << 20) * 8
    (tmp_path / "big").write_bytes(data)
    seen: list[tuple[int, int]] = []
    async with host(server) as web:
        await web.put(tmp_path / "big", tmp_path / "there", progress=lambda done, total: seen.append((done, total)))
        assert (tmp_path / "there").read_bytes() == data
        assert seen[-1] == (len(data), len(data))
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)
        seen.clear()
        await web.get(tmp_path / "there", tmp_path / "back", progress=lambda done, total: seen.append((done, total)))
        assert (tmp_path / "back").read_bytes() == data
        assert seen[-1] == (len(data), len(data))


async def test_what_is_there_already_is_not_sent_again(server: Sshd, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100_000)
    os.utime(tmp_path / "file", (1_000_000_000, 1_000_000_000))
    async with host(server) as web:
        for way in (web.put, web.get):
            await way(tmp_path / "file", tmp_path / "there")
            facts = (tmp_path / "there").stat()
            assert facts.st_mtime == 1_000_000_000
            await way(tmp_path / "file", tmp_path / "there")
            assert (tmp_path / "there").stat().st_ino == facts.st_ino
            (tmp_path / "there").unlink()


async def test_what_changes_within_a_second_is_sent_again(server: Sshd, tmp_path: Path) -> None:
    async with host(server) as web:
        for way in (web.put, web.get):
            for number in range(20):
                (tmp_path / "file").write_text(f"v{number:02}")
                await way(tmp_path / "file", tmp_path / "there")
                assert (tmp_path / "there").read_text() == f"v{number:02}"


async def test_a_change_in_the_second_of_a_copy_is_seen_later(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1_000_000_000
    source, there = tmp_path / "file", tmp_path / "there"
    async with host(server) as web:
        for way in (web.put, web.get):
            for text, now in (("one", moment), ("two", moment + 10), ("two", moment + 20)):
                source.write_text(text)
                os.utime(source, (moment, moment))
                monkeypatch.setattr(transfer.time, "time", lambda now=now: now)
                await way(source, there)
                assert there.read_text() == text
            # written by somebody else in a second that is not over
            there.write_text("our")
            os.utime(there, (moment, moment))
            monkeypatch.setattr(transfer.time, "time", lambda: moment)
            await way(source, there)
            assert there.read_text() == "two"
            there.unlink()


async def test_cut_while_it_is_sent_and_gone_on_with_later(make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    server = make_server()
    data = os.urandom(1 << 20) * 40
    (tmp_path / "big").write_bytes(data)
    there = tmp_path / "folder" / "there"
    there.parent.mkdir()
    there.write_text("the old one")

    def cut(done: int, _total: int) -> None:
        if done > 10 << 20:
            server.cut()

    async with host(server) as web:
        with pytest.raises(ConnectionLost) as caught:
            await web.put(tmp_path / "big", there, progress=cut)
        assert caught.value.host == server.name
        assert caught.value.retryable
        # whole or not at all
        assert there.read_text() == "the old one"
        seen: list[int] = []
        await web.put(tmp_path / "big", there, progress=lambda done, _total: seen.append(done))
        assert seen[0] > 5 << 20
        assert there.read_bytes() == data
        assert [path.name for path in there.parent.iterdir()] == ["there"]


async def test_a_disk_that_is_full(make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(small)], check=False)
    if mounted.returncode != 0:
        pytest.skip("no small file system can be mounted here")
    try:
        (tmp_path / "big").write_bytes(b"x" * (4 << 20))
        (small / "there").write_text("the old one")
        server = make_server()
        async with host(server) as web:
            with pytest.raises(OSError, match="no space left") as caught:
                await web.put(tmp_path / "big", small / "there")
            assert caught.value.errno == errno.ENOSPC
            assert server.name in str(caught.value)
            assert (small / "there").read_text() == "the old one"
            with pytest.raises(OSError, match="is the disk full"):
                await (web.path(small) / "other").write_bytes(b"x" * (4 << 20))
            assert os.listdir(small) == ["there"]
            (tmp_path / "big").write_bytes(b"small again")
            await web.put(tmp_path / "big", small / "there")
            assert (small / "there").read_text() == "small again"
    finally:
        subprocess.run(["umount", str(small)], check=True)


async def test_a_server_without_sftp(make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    server = make_server(Subsystem=None)
    (tmp_path / "file").touch()
    async with host(server) as web:
        with pytest.raises(TargetError, match="no SFTP") as caught:
            await web.put(tmp_path / "file", tmp_path / "there")
        assert caught.value.host == server.name
        assert not caught.value.retryable
        assert (await web.argv("echo", "still")).text == "still"


async def test_a_connection_that_ends_while_sftp_starts(make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    server = make_server(Subsystem="sftp kill -9 $PPID")
    (tmp_path / "file").touch()
    async with host(server) as web:
        with pytest.raises(ConnectionLost, match="during copying to") as caught:
            await web.put(tmp_path / "file", tmp_path / "there")
        assert (caught.value.host, caught.value.retryable) == (server.name, True)


async def test_what_is_not_there_or_not_ours(server: Sshd, tmp_path: Path) -> None:
    async with host(server) as web:
        with pytest.raises(FileNotFoundError):
            await web.put(tmp_path / "none", tmp_path / "there")
        with pytest.raises(FileNotFoundError) as caught:
            await web.get(tmp_path / "none", tmp_path / "here")
        assert server.name in str(caught.value)
        with pytest.raises(OSError, match="copying") as refused:
            await web.put(__file__, tmp_path / "none" / "deeper")
        assert refused.value.errno == errno.ENOENT


async def test_two_hosts_with_the_same_files(
    make_server: Callable[..., Sshd], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have sent all before one of them gives the file its name."""
    (tmp_path / "source").write_text("x")
    both = asyncio.Barrier(2)
    send = transfer.send

    async def sent(*arguments: Any) -> None:
        await send(*arguments)
        await both.wait()

    monkeypatch.setattr(transfer, "send", sent)
    async with host(make_server()) as one, host(make_server()) as other:
        await asyncio.gather(*(web.put(tmp_path / "source", tmp_path / "there") for web in (one, other)))
    assert sorted(os.listdir(tmp_path)) == ["source", "there"]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one line with itself."""
    writer.write(b"echo " + await reader.readline())
    writer.close()
    await writer.wait_closed()


async def asked(port: int) -> bytes:
    """What answers at a port of this machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_ports_both_ways(server: Sshd) -> None:
    async with await asyncio.start_server(echo, "127.0.0.1", 0) as service, host(server) as web:
        port = service.sockets[0].getsockname()[1]
        async with web.forward(0, f"127.0.0.1:{port}") as tunnel:
            assert await asked(tunnel.port) == b"echo hello\n"
            again = tunnel.port
        with pytest.raises(OSError, match="onnect"):
            await asked(again)
        async with web.forward(port, 0, reverse=True) as tunnel:
            assert await asked(tunnel.port) == b"echo hello\n"
        with pytest.raises(RuntimeError, match="inside"):
            _ = tunnel.port
        with pytest.raises(ConnectFailed, match="cannot listen"):
            async with web.forward(port, "db:5432"):
                pass


def test_wrong_ports_are_told_where_they_are_written(server: Sshd) -> None:
    web = sh.ssh(server.name, **server.arguments())
    for local, remote in ((8080, "db:x"), (8080, 0), ("a:b:c", 1), (70000, 80)):
        with pytest.raises(ValueError, match="port"):
            web.forward(local, remote)
