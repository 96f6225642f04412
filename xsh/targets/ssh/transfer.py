"""Copying files and trees to and from another machine: modes kept, each file whole or not at all, gone on with later.

A file is first written beside its place, open to its owner alone, then renamed. What an attempt that was cut off has
written is not sent again (claims.py). A file that is there with the same size and time is left alone.
"""

from __future__ import annotations

import errno
import os
import posixpath
import socket
import stat
import time

import asyncssh

from xsh.targets.ssh.claims import Part, part_of
from xsh.targets.ssh.paths import attributes, discard, landing, no_file, replace
from xsh.targets.ssh.sftp import LOST, files_of
from xsh.targets.ssh.trees import local_tree, remote_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, BinaryIO

    from xsh.targets.ssh.link import Link

    Progress = Callable[[int, int], None] | None

WRITE, CREATE = 0x02, 0x08
"""How a file is opened: to write, made where it is missing and kept where not (SFTP version 3, 6.3)."""
BLOCK = 261120
"""Bytes in one read of the source: what OpenSSH takes as one request. More is split by asyncssh into tasks, and when the
link is lost it hears the error of one of them only."""
OWNER_ONLY = 0o600
"""The permissions of a file until it is whole: what it will be open to is not known before."""


class Copy:
    """One copy: the host's `files`, its name, when the source was looked at, and how much is done."""

    __slots__ = ("done", "files", "hook", "host", "looked", "total")

    def __init__(self, files: asyncssh.SFTPClient, host: str, hook: Progress) -> None:
        self.files = files
        self.host = host
        self.hook = hook
        self.looked = int(time.time())
        self.done = 0
        self.total = 0

    def add(self, size: int) -> None:
        """So many bytes more are there."""
        self.done += size
        if self.hook is not None:
            self.hook(self.done, self.total)

    def has(self, mode: int, kept: tuple[int | None, int | None], size: int, mtime: float) -> bool:
        """Whether what is there, with a size and time, is the source already: the same ones, and its second is over."""
        return stat.S_ISREG(mode) and kept == (size, int(mtime)) and int(mtime) < self.looked

    def time_for(self, mtime: float) -> int:
        """The time a copy gets: the source's, unless that second was not over when the source was looked at.

        In that second it may change once more, and the same size and time would then hide it; so its copy gets another.
        """
        second = int(mtime)
        return second if second < self.looked else second - 1


async def put(link: Link, source: str, destination: str, progress: Progress = None) -> None:
    """Copy a local file or tree there; into a directory that exists, under its own name. Raises OSError, TargetError."""
    source = os.path.expanduser(source)
    os.stat(source)
    async with files_of(link, f"copying to {destination}") as files:
        copy = Copy(files, link.name, progress)
        tree = local_tree(source)
        copy.total = sum(facts.st_size for _, facts in tree.files)
        destination = home_path(destination)
        there = await attributes(files, destination)
        if there is not None and stat.S_ISDIR(there.permissions or 0):
            destination = posixpath.join(destination, os.path.basename(source.rstrip("/")))
        if tree.directories:
            destination = destination.rstrip("/") or "/"
        for below, _ in tree.directories:
            await files.makedirs(below_of(destination, below), exist_ok=True)
        for below, facts in tree.files:
            await put_file(copy, below_of(source, below), below_of(destination, below), facts)
        for below, facts in reversed(tree.directories):
            await files.chmod(below_of(destination, below), stat.S_IMODE(facts.st_mode))


async def put_file(copy: Copy, source: str, destination: str, facts: os.stat_result) -> None:
    """Copy one file there."""
    files = copy.files
    mode = stat.S_IMODE(facts.st_mode)
    destination, there = await landing(files, destination)
    if there is not None and copy.has(there.permissions or 0, (there.size, there.mtime), facts.st_size, facts.st_mtime):
        copy.add(facts.st_size)
        await files.chmod(destination, mode)
        return
    # one machine may have two names, and two machines the same files
    identity = (
        copy.host,
        socket.gethostname(),
        os.path.realpath(source),
        facts.st_dev,
        facts.st_ino,
        facts.st_mtime_ns,
    )
    with open(source, "rb") as read, part_of(destination, copy.host, *identity, facts.st_size) as part:
        try:
            await send(copy, read, part, facts.st_size)
            await files.setstat(
                part.path,
                asyncssh.SFTPAttrs(permissions=mode, atime=int(facts.st_atime), mtime=copy.time_for(facts.st_mtime)),
            )
            await replace(files, part.path, destination)
        except (asyncssh.SFTPError, OSError) as error:
            full = isinstance(error, asyncssh.SFTPFailure) and await is_full(files, part.path)
            await discard(files, part.path)
            if full:
                raise asyncssh.SFTPNoSpaceOnFilesystem(str(error)) from error
            raise
        except BaseException:
            # stopped in the middle: the next attempt goes on, if it can know where
            if not part.lasting:
                await discard(files, part.path)
            raise


async def send(copy: Copy, read: BinaryIO, part: Part, size: int) -> None:
    """Write the rest of a file to its part there."""
    files = copy.files
    begun = await attributes(files, part.path, follow=False)
    if begun is not None and not stat.S_ISREG(begun.permissions or 0):
        # somebody has put a link there, where anybody may write
        await files.remove(part.path)
        begun = None
    offset = min(begun.size or 0, size) if begun is not None else 0
    read.seek(offset)
    copy.add(offset)
    async with files.open(
        part.path, WRITE | CREATE, asyncssh.SFTPAttrs(permissions=OWNER_ONLY), encoding=None
    ) as write:
        while block := read.read(BLOCK):
            await write.write(block, offset)
            offset += len(block)
            copy.add(len(block))


async def is_full(files: asyncssh.SFTPClient, path: str) -> bool:
    """Whether the file system there has no room; no for a server that cannot say (statvfs@openssh.com)."""
    try:
        facts = await files.statvfs(posixpath.dirname(path) or ".")
    except asyncssh.SFTPError:
        return False
    return bool(facts.bavail * facts.frsize < BLOCK)


async def get(link: Link, source: str, destination: str, progress: Progress = None) -> None:
    """Copy a file or tree from there; into a directory that exists, under its own name. Raises OSError, TargetError."""
    destination = os.path.expanduser(destination)
    async with files_of(link, f"copying {source}") as files:
        source = home_path(source)
        if os.path.isdir(destination):
            destination = os.path.join(destination, posixpath.basename(source.rstrip("/")))
        copy = Copy(files, link.name, progress)
        tree = await remote_tree(files, source)
        copy.total = sum(facts.size or 0 for _, facts in tree.files)
        for below, _ in tree.directories:
            os.makedirs(below_of(destination, below), exist_ok=True)
        for below, facts in tree.files:
            await get_file(copy, below_of(source, below), below_of(destination, below), facts)
        for below, facts in reversed(tree.directories):
            os.chmod(below_of(destination, below), stat.S_IMODE(facts.permissions or 0o755))


async def get_file(copy: Copy, source: str, destination: str, facts: Any) -> None:
    """Copy one file from there."""
    size, mtime = facts.size or 0, facts.mtime or 0
    mode = stat.S_IMODE(facts.permissions or 0o644)
    # a link leads to where the file goes
    destination = os.path.realpath(destination)
    if os.path.exists(destination):
        here = os.stat(destination)
        if stat.S_ISDIR(here.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), destination)
        if not stat.S_ISREG(here.st_mode):
            raise no_file(destination)
        if copy.has(here.st_mode, (here.st_size, int(here.st_mtime)), size, mtime):
            copy.add(size)
            os.chmod(destination, mode)
            return
    with part_of(destination, "here", copy.host, source, size, mtime) as part:
        try:
            await fetch(copy, source, part, size)
            os.chmod(part.path, mode)
            os.utime(part.path, (mtime, copy.time_for(mtime)))
            os.replace(part.path, destination)
        except BaseException as error:
            cut = isinstance(error, LOST)
            if (not part.lasting or (isinstance(error, Exception) and not cut)) and os.path.exists(part.path):
                os.unlink(part.path)
            raise


async def fetch(copy: Copy, source: str, part: Part, size: int) -> None:
    """Write the rest of a file there to its part here."""
    descriptor = os.open(part.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, OWNER_ONLY)
    try:
        offset = min(os.fstat(descriptor).st_size, size)
        copy.add(offset)
        async with copy.files.open(source, "rb", encoding=None) as read:
            while block := bytes(await read.read(BLOCK, offset)):  # type: ignore[arg-type]
                written = 0
                while written < len(block):
                    written += os.pwrite(descriptor, memoryview(block)[written:], offset + written)
                offset += len(block)
                copy.add(len(block))
        os.ftruncate(descriptor, offset)
    finally:
        os.close(descriptor)


def below_of(top: str, below: str) -> str:
    """A path below `top`, which "" is itself."""
    return posixpath.join(top, below) if below else top


def home_path(path: str) -> str:
    """A path as SFTP takes it: it starts in the home, and knows no `~`."""
    if path == "~":
        return "."
    return path.removeprefix("~/") or "."
