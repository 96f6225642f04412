"""Copies that meet, are cut off or find what is no file: each file is one of them, whole, and nothing stays beside it."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.script_runner import ScriptRunner
from tests.sshd import Sshd
from tests.targets.ssh.test_files import host
from xsh import ConnectionLost, gather
from xsh.targets.ssh import transfer
from xsh.targets.ssh.claims import claimed

SIZE = 6 << 20


def twins(folder: Path) -> tuple[Path, Path]:
    """Two files of one size and time whose contents differ."""
    made = folder / "a", folder / "b"
    for path in made:
        path.write_bytes(path.name.encode() * SIZE)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return made


async def test_two_uploads_to_one_path_give_one_of_both(server: Sshd, tmp_path: Path) -> None:
    a, b = twins(tmp_path)
    (tmp_path / "there").mkdir()
    there = tmp_path / "there" / "file"
    async with host(server) as web:
        for _ in range(3):
            await gather(web.put(a, there), web.put(b, there))
            assert set(there.read_bytes()) in ({ord("a")}, {ord("b")})
            there.unlink()
        await gather(*(web.put(a, there) for _ in range(4)))
        assert there.read_bytes() == a.read_bytes()
    assert os.listdir(there.parent) == ["file"]


async def test_the_second_begins_while_the_first_is_half_way(server: Sshd, tmp_path: Path) -> None:
    a, _ = twins(tmp_path)
    (tmp_path / "there").mkdir()
    there = tmp_path / "there" / "file"
    seen: list[int] = []
    second: list[asyncio.Task[None]] = []
    async with host(server) as web:

        def half_way(done: int, _total: int) -> None:
            if done > SIZE // 2 and not second:
                second.append(asyncio.ensure_future(web.put(a, there, progress=lambda more, _: seen.append(more))))

        await web.put(a, there, progress=half_way)
        await second[0]
    assert seen[0] == 0
    assert seen[-1] == SIZE
    assert there.read_bytes() == a.read_bytes()
    assert os.listdir(there.parent) == ["file"]


async def test_two_downloads_to_one_path_give_the_file(server: Sshd, tmp_path: Path) -> None:
    a, b = twins(tmp_path)
    (tmp_path / "here").mkdir()
    here = tmp_path / "here" / "file"
    async with host(server) as web:
        await gather(*(web.get(a, here) for _ in range(4)), web.get(b, here))
        assert set(here.read_bytes()) in ({ord("a")}, {ord("b")})
    assert os.listdir(here.parent) == ["file"]


def test_an_upload_of_another_program_counts(server: Sshd, script: ScriptRunner, tmp_path: Path) -> None:
    with claimed("one") as ours, claimed("two") as other:
        assert (ours, other) == (True, True)
        run = script(
            "from xsh.targets.ssh.claims import claimed\n"
            "for name in ('one', 'three'):\n    with claimed(name) as ours:\n        print(ours)\n"
        )
        assert run.stdout == "False\nTrue\n"
    with claimed("one") as ours:
        assert ours


async def test_a_download_that_was_cut_is_gone_on_with(make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    server = make_server()
    data = os.urandom(1 << 20) * 40
    (tmp_path / "big").write_bytes(data)
    (tmp_path / "here").mkdir()
    here = tmp_path / "here" / "file"
    here.write_text("the old one")

    def cut(done: int, _total: int) -> None:
        if done > 10 << 20:
            server.cut()

    async with host(server) as web:
        with pytest.raises(ConnectionLost) as caught:
            await web.get(tmp_path / "big", here, progress=cut)
        assert caught.value.host == server.name
        assert caught.value.retryable
        assert here.read_text() == "the old one"
        seen: list[int] = []
        await web.get(tmp_path / "big", here, progress=lambda done, _: seen.append(done))
        assert seen[0] > 5 << 20
        assert here.read_bytes() == data
    assert os.listdir(here.parent) == ["file"]


async def test_a_cancelled_upload_is_gone_on_with(server: Sshd, tmp_path: Path) -> None:
    a, _ = twins(tmp_path)
    (tmp_path / "there").mkdir()
    there = tmp_path / "there" / "file"
    async with host(server) as web:
        task: asyncio.Task[Any]
        task = asyncio.ensure_future(
            web.put(a, there, progress=lambda done, _: task.cancel() if done > SIZE // 2 else None)
        )
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not there.exists()
        seen: list[int] = []
        await web.put(a, there, progress=lambda done, _: seen.append(done))
        assert seen[0] > SIZE // 3
    assert there.read_bytes() == a.read_bytes()
    assert os.listdir(there.parent) == ["file"]


async def test_a_source_that_has_changed_is_sent_from_its_beginning(server: Sshd, tmp_path: Path) -> None:
    a, b = twins(tmp_path)
    (tmp_path / "there").mkdir()
    there = tmp_path / "there" / "file"
    async with host(server) as web:
        task: asyncio.Task[Any]
        task = asyncio.ensure_future(
            web.put(a, there, progress=lambda done, _: task.cancel() if done > SIZE // 2 else None)
        )
        with pytest.raises(asyncio.CancelledError):
            await task
        # the same path, size and second; another content
        os.replace(b, a)
        await web.put(a, there)
    assert set(there.read_bytes()) == {ord("b")}


async def test_until_it_is_whole_nobody_else_may_read_it(server: Sshd, tmp_path: Path) -> None:
    a, _ = twins(tmp_path)
    a.chmod(0o644)
    for name in ("there", "here"):
        (tmp_path / name).mkdir()
    modes: set[int] = set()

    def look(_done: int, _total: int) -> None:
        for name in ("there", "here"):
            modes.update(stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / name).glob(".file.*"))

    async with host(server) as web:
        await web.put(a, tmp_path / "there" / "file", progress=look)
        await web.get(a, tmp_path / "here" / "file", progress=look)
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "there" / "file").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "here" / "file").stat().st_mode) == 0o644


async def test_what_is_no_file_is_refused_before_anything_is_copied(server: Sshd, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "file").touch()
    os.mkfifo(tree / "pipe")
    async with host(server) as web:
        for way in (web.put, web.get):
            for source in (tree, tree / "pipe"):
                with pytest.raises(OSError, match="neither a file nor a directory") as caught:
                    await way(source, tmp_path / "copy")
                assert caught.value.errno == errno.EINVAL
        assert not (tmp_path / "copy").exists()
        (tree / "pipe").unlink()
        (tree / "inner").mkdir()
        (tree / "inner" / "again").symlink_to(tree)
        for way in (web.put, web.get):
            with pytest.raises(OSError, match="no end") as caught:
                await way(tree, tmp_path / "copy")
            assert caught.value.errno == errno.ELOOP
        assert not (tmp_path / "copy").exists()


async def test_a_link_that_waits_in_the_place_of_the_part_is_not_written_through(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, _ = twins(tmp_path)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    there = tmp_path / "there"
    there.mkdir()
    sent = transfer.send

    async def with_a_link(copy: Any, read: Any, part: Any, size: int) -> None:
        os.symlink(victim, part.path)
        await sent(copy, read, part, size)

    monkeypatch.setattr(transfer, "send", with_a_link)
    async with host(server) as web:
        await web.put(a, there / "file")
    assert victim.read_text() == "precious"
    assert (there / "file").read_bytes() == a.read_bytes()


@pytest.mark.parametrize("allowed", [1, 2])
async def test_few_sessions_are_enough_for_files(
    allowed: int, make_server: Callable[..., Sshd], tmp_path: Path
) -> None:
    server = make_server(MaxSessions=allowed)
    (tmp_path / "file").write_text("x")
    async with host(server) as web:
        await gather(
            *(web.put(tmp_path / "file", tmp_path / f"copy{number}") for number in range(4)),
            *(web.argv("echo", number) for number in range(4)),
        )
    assert len(list(tmp_path.glob("copy*"))) == 4


def test_a_full_disk_here_leaves_nothing(server: Sshd, tmp_path: Path, run_async: Callable[..., object]) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(small)], check=False)
    if mounted.returncode != 0:
        pytest.skip("no small file system can be mounted here")
    a, _ = twins(tmp_path)

    async def fetch() -> None:
        async with host(server) as web:
            with pytest.raises(OSError, match="No space left") as caught:
                await web.get(a, small / "file")
            assert caught.value.errno == errno.ENOSPC

    try:
        run_async(fetch())
        assert os.listdir(small) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)
