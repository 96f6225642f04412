"""Copying files and trees to and from another machine: modes kept, each file whole or not at all, gone on with later.

A file is first written beside its place under a name that depends on its size and time, then renamed. What an earlier
attempt has written under that name is not sent again. A file that is there with the same size and time is left alone.
"""

from __future__ import annotations

import os
import posixpath
import stat
import zlib

import asyncssh

from xsh.targets.ssh.paths import attributes, replace
from xsh.targets.ssh.sftp import files_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.targets.ssh.link import Link

    Progress = Callable[[int, int], None] | None

WRITE, CREATE = 0x02, 0x08
"""How a file is opened: to write, made where it is missing and kept where not (SFTP version 3, 6.3)."""
BLOCK = 262144
"""Bytes in one read of the source."""


class Tally:
    """How much of a copy is done."""

    __slots__ = ("done", "hook", "total")

    def __init__(self, hook: Progress) -> None:
        self.hook = hook
        self.done = 0
        self.total = 0

    def add(self, size: int) -> None:
        """So many bytes more are there."""
        self.done += size
        if self.hook is not None:
            self.hook(self.done, self.total)


async def put(link: Link, source: str, destination: str, progress: Progress = None) -> None:
    """Copy a local file or tree there; into a directory that exists, under its own name. Raises OSError, TargetError."""
    source = os.path.expanduser(source)
    os.stat(source)
    async with files_of(link, f"copying to {destination}") as files:
        destination = home_path(destination)
        there = await attributes(files, destination)
        if there is not None and is_directory(there):
            destination = posixpath.join(destination, os.path.basename(source.rstrip("/")))
        tally = Tally(progress)
        directories, pairs = local_tree(source)
        tally.total = sum(os.stat(path).st_size for path, _ in pairs)
        for relative in directories:
            await files.makedirs(posixpath.join(destination, relative).rstrip("/"), exist_ok=True)
        for path, relative in pairs:
            await put_file(files, path, posixpath.join(destination, relative) if relative else destination, tally)
        for relative in reversed(directories):
            mode = stat.S_IMODE(os.stat(os.path.join(source, relative)).st_mode)
            await files.chmod(posixpath.join(destination, relative).rstrip("/"), mode)


def local_tree(source: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The directories of a tree from above, and its files with their paths below `source` ("" for a single file)."""
    if not os.path.isdir(source):
        return [], [(source, "")]
    directories: list[str] = []
    pairs: list[tuple[str, str]] = []

    def failed(error: OSError) -> None:
        raise error

    for folder, _names, files in os.walk(source, followlinks=True, onerror=failed):
        below = os.path.relpath(folder, source)
        below = "" if below == "." else below
        directories.append(below)
        pairs.extend((os.path.join(folder, name), os.path.join(below, name)) for name in sorted(files))
    return directories, pairs


async def put_file(files: asyncssh.SFTPClient, source: str, destination: str, tally: Tally) -> None:
    """Copy one file there."""
    facts = os.stat(source)
    there = await attributes(files, destination)
    if there is not None and same(there, facts.st_size, facts.st_mtime):
        tally.add(facts.st_size)
        await files.chmod(destination, stat.S_IMODE(facts.st_mode))
        return
    part = part_name(destination, facts.st_size, facts.st_mtime)
    with open(source, "rb") as read:
        begun = await attributes(files, part)
        offset = min(begun.size or 0, facts.st_size) if begun is not None else 0
        read.seek(offset)
        tally.add(offset)
        flags = WRITE | CREATE
        async with files.open(part, flags, encoding=None) as write:
            while block := read.read(BLOCK):
                await write.write(block, offset)
                offset += len(block)
                tally.add(len(block))
    await files.setstat(
        part,
        asyncssh.SFTPAttrs(
            permissions=stat.S_IMODE(facts.st_mode), atime=int(facts.st_atime), mtime=int(facts.st_mtime)
        ),
    )
    await replace(files, part, destination)


async def get(link: Link, source: str, destination: str, progress: Progress = None) -> None:
    """Copy a file or tree from there; into a directory that exists, under its own name. Raises OSError, TargetError."""
    destination = os.path.expanduser(destination)
    async with files_of(link, f"copying {source}") as files:
        source = home_path(source)
        if os.path.isdir(destination):
            destination = os.path.join(destination, posixpath.basename(source.rstrip("/")))
        tally = Tally(progress)
        facts = await files.stat(source)
        if not is_directory(facts):
            tally.total = facts.size or 0
            await get_file(files, source, destination, facts, tally)
            return
        directories: list[tuple[str, Any]] = []
        pairs: list[tuple[str, str, Any]] = []
        await remote_tree(files, source, "", facts, directories, pairs)
        tally.total = sum(found.size or 0 for _, _, found in pairs)
        for relative, _ in directories:
            os.makedirs(os.path.join(destination, relative), exist_ok=True)
        for path, relative, found in pairs:
            await get_file(files, path, os.path.join(destination, relative), found, tally)
        for relative, found in reversed(directories):
            os.chmod(os.path.join(destination, relative), stat.S_IMODE(found.permissions or 0o755))


async def remote_tree(
    files: asyncssh.SFTPClient,
    path: str,
    relative: str,
    facts: Any,
    directories: list[tuple[str, Any]],
    pairs: list[tuple[str, str, Any]],
) -> None:
    """Find the directories of a remote tree, from above, and its files."""
    directories.append((relative, facts))
    for name in sorted(str(entry) for entry in await files.listdir(path)):
        if name in (".", ".."):
            continue
        inner = posixpath.join(path, name)
        below = os.path.join(relative, name)
        found = await files.stat(inner)
        if is_directory(found):
            await remote_tree(files, inner, below, found, directories, pairs)
        else:
            pairs.append((inner, below, found))


async def get_file(files: asyncssh.SFTPClient, source: str, destination: str, facts: Any, tally: Tally) -> None:
    """Copy one file from there."""
    size, mtime = facts.size or 0, facts.mtime or 0
    mode = stat.S_IMODE(facts.permissions or 0o644)
    if os.path.isfile(destination):
        here = os.stat(destination)
        if here.st_size == size and int(here.st_mtime) == int(mtime):
            tally.add(size)
            os.chmod(destination, mode)
            return
    part = part_name(destination, size, mtime)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        offset = min(os.fstat(descriptor).st_size, size)
        tally.add(offset)
        async with files.open(source, "rb", encoding=None) as read:
            while block := bytes(await read.read(BLOCK, offset)):  # type: ignore[arg-type]
                os.pwrite(descriptor, block, offset)
                offset += len(block)
                tally.add(len(block))
        os.ftruncate(descriptor, offset)
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)
    os.utime(part, (mtime, mtime))
    os.replace(part, destination)


def same(there: Any, size: int, mtime: float) -> bool:
    """Whether a file is there already: same size, same second."""
    return stat.S_ISREG(there.permissions or 0) and there.size == size and there.mtime == int(mtime)


def is_directory(facts: Any) -> bool:
    """Whether what stat found is a directory."""
    return stat.S_ISDIR(facts.permissions or 0)


def part_name(path: str, size: int, mtime: float) -> str:
    """Where a file is written until it is whole: the same for the same content, another for a changed one."""
    stamp = zlib.crc32(f"{size} {int(mtime)}".encode())
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.xsh-{stamp:08x}")


def home_path(path: str) -> str:
    """A path as SFTP takes it: it starts in the home, and knows no `~`."""
    if path == "~":
        return "."
    return path.removeprefix("~/") or "."
