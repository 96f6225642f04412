"""Paths of a host: what they read and write, where links lead, and what no file takes the place of."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.sshd import Sshd
from tests.targets.ssh.test_files import host


async def test_a_path_is_read_and_written(server: Sshd, tmp_path: Path) -> None:
    async with host(server) as web:
        path = web.path(tmp_path) / "note"
        assert not await path.exists()
        await path.write_text("café\n")
        (tmp_path / "note").chmod(0o640)
        assert await path.read_text() == "café\n"
        await path.write_bytes(b"\xff\0")
        assert await path.read_bytes() == b"\xff\0"
        assert (tmp_path / "note").stat().st_mode & 0o777 == 0o640
        assert await path.is_file()
        assert await path.parent.is_dir()
        assert await path.parent.names() == ["note"]
        await (path.parent / "a" / "b").mkdir(parents=True)
        await path.unlink()
        assert sorted(os.listdir(tmp_path)) == ["a"]
        with pytest.raises(FileNotFoundError):
            await path.read_text()
        assert (path.name, str(path)) == ("note", str(tmp_path / "note"))


async def test_what_is_no_file_stays_what_it_is(server: Sshd, tmp_path: Path) -> None:
    (tmp_path / "source").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "folder").touch()
    async with host(server) as web:
        for attempt in (
            web.put(tmp_path / "source", tmp_path / "pipe"),
            web.get(tmp_path / "source", tmp_path / "pipe"),
            web.path(tmp_path / "pipe").write_text("x"),
        ):
            with pytest.raises(OSError, match="neither a file nor a directory") as caught:
                await attempt
            assert caught.value.errno == errno.EINVAL
        assert (tmp_path / "pipe").is_fifo()
        for attempt in (
            web.path(tmp_path / "folder").write_text("x"),
            web.path(tmp_path / "folder").read_text(),
            web.path(tmp_path / "folder").unlink(),
            web.put(f"{tmp_path}/tree/.", tmp_path),
            web.get(f"{tmp_path}/tree/.", tmp_path),
        ):
            with pytest.raises(IsADirectoryError):
                await attempt
        with pytest.raises(FileExistsError):
            await web.path(tmp_path / "folder").mkdir()
        with pytest.raises(OSError, match="is not a directory$"):
            await (web.path(tmp_path / "source") / "below").mkdir(parents=True)
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe", "source", "tree"]


async def test_a_link_leads_to_where_a_file_goes(server: Sshd, tmp_path: Path) -> None:
    (tmp_path / "source").write_text("new")
    (tmp_path / "link").symlink_to("real")
    async with host(server) as web:
        for write in (
            lambda: web.put(tmp_path / "source", tmp_path / "link"),
            lambda: web.get(tmp_path / "source", tmp_path / "link"),
            lambda: web.path(tmp_path / "link").write_text("new"),
        ):
            (tmp_path / "real").unlink(missing_ok=True)
            await write()
            assert (tmp_path / "real").read_text() == "new"
            assert (tmp_path / "link").is_symlink()


async def test_odd_paths(server: Sshd) -> None:
    async with host(server) as web:
        with pytest.raises(ValueError, match="NUL"):
            web.path("a\0b")
        with pytest.raises(ValueError, match="NUL"):
            await web.put(__file__, "a\0b")
        assert await web.path("~").names() == await web.path(".").names()
