"""One file or directory of another machine, read and written over SFTP."""

from __future__ import annotations

import errno
import posixpath
import secrets
import stat

import asyncssh

from xsh.targets.ssh.sftp import files_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any


class RemotePath:
    """A path there; everything that touches the file is awaited. Raises OSError and TargetError."""

    __slots__ = ("_link", "text")

    def __init__(self, link: Callable[[], Awaitable[Any]], text: str) -> None:
        self._link = link
        self.text = text

    def __truediv__(self, part: str) -> RemotePath:
        return RemotePath(self._link, posixpath.join(self.text, part))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<remote path {self.text}>"

    @property
    def name(self) -> str:
        """Its last part."""
        return posixpath.basename(self.text)

    @property
    def parent(self) -> RemotePath:
        """The directory it is in."""
        return RemotePath(self._link, posixpath.dirname(self.text) or ".")

    async def read_bytes(self) -> bytes:
        """All of the file."""
        async with files_of(await self._link(), f"reading {self.text}") as files:
            if await files.isdir(self.text):
                raise asyncssh.SFTPFileIsADirectory(self.text)
            file: Any = await files.open(self.text, "rb")
            async with file:
                data: bytes = await file.read()
                return data

    async def read_text(self, encoding: str = "utf-8") -> str:
        """All of the file as text; bytes that are not UTF-8 survive as surrogate escapes."""
        return (await self.read_bytes()).decode(encoding, "surrogateescape")

    async def write_bytes(self, data: bytes) -> None:
        """Make the file have this content: whole or not at all; its permissions stay."""
        async with files_of(await self._link(), f"writing {self.text}") as files:
            path, before = await landing(files, self.text)
            part = f"{path}.xsh-{secrets.token_hex(4)}"
            mode = None if before is None or before.permissions is None else stat.S_IMODE(before.permissions)
            # nobody may read of it what the file itself is closed to
            attrs = asyncssh.SFTPAttrs() if mode is None else asyncssh.SFTPAttrs(permissions=mode & 0o700)
            try:
                async with files.open(part, "wb", attrs) as file:
                    await file.write(data)
                if mode is not None:
                    await files.chmod(part, mode)
                await replace(files, part, path)
            except BaseException:
                await discard(files, part)
                raise

    async def write_text(self, text: str, encoding: str = "utf-8") -> None:
        """Make the file have this text: whole or not at all."""
        await self.write_bytes(text.encode(encoding, "surrogateescape"))

    async def exists(self) -> bool:
        """Whether there is something; a link that leads nowhere is nothing."""
        async with files_of(await self._link(), f"looking at {self.text}") as files:
            return bool(await files.exists(self.text))

    async def is_file(self) -> bool:
        """Whether it is a file."""
        async with files_of(await self._link(), f"looking at {self.text}") as files:
            return bool(await files.isfile(self.text))

    async def is_dir(self) -> bool:
        """Whether it is a directory."""
        async with files_of(await self._link(), f"looking at {self.text}") as files:
            return bool(await files.isdir(self.text))

    async def mkdir(self, *, parents: bool = False) -> None:
        """Make the directory; with `parents` also those above, and it may be there already."""
        async with files_of(await self._link(), f"making {self.text}") as files:
            if parents:
                await files.makedirs(self.text, exist_ok=True)
            elif await files.exists(self.text):
                raise asyncssh.SFTPFileAlreadyExists(self.text)
            else:
                await files.mkdir(self.text)

    async def unlink(self) -> None:
        """Remove the file."""
        async with files_of(await self._link(), f"removing {self.text}") as files:
            if await files.isdir(self.text) and not await files.islink(self.text):
                raise asyncssh.SFTPFileIsADirectory(self.text)
            await files.remove(self.text)

    async def names(self) -> list[str]:
        """What is in the directory, sorted."""
        async with files_of(await self._link(), f"listing {self.text}") as files:
            return sorted(str(name) for name in await files.listdir(self.text) if name not in (".", ".."))


async def attributes(files: asyncssh.SFTPClient, path: str, *, follow: bool = True) -> asyncssh.SFTPAttrs | None:
    """What there is at `path`, None for nothing; unless `follow`, a link is what there is."""
    try:
        return await (files.stat(path) if follow else files.lstat(path))
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        return None


async def landing(files: asyncssh.SFTPClient, path: str) -> tuple[str, asyncssh.SFTPAttrs | None]:
    """Where a file for `path` goes, which a link may say, and the file that is there; raises OSError for what no file may replace."""
    there = await attributes(files, path, follow=False)
    if there is not None and stat.S_ISLNK(there.permissions or 0):
        path = str(await files.realpath(path))
        there = await attributes(files, path)
    mode = 0 if there is None else there.permissions or 0
    if stat.S_ISDIR(mode):
        raise asyncssh.SFTPFileIsADirectory(path)
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        raise no_file(path)
    return path, there


def no_file(path: str) -> OSError:
    """The error for a device, a pipe or a socket: it would be another thing as a file."""
    return OSError(errno.EINVAL, f"{path} is neither a file nor a directory; no file can take its place")


async def replace(files: asyncssh.SFTPClient, part: str, path: str) -> None:
    """Put `part` in the place of `path` in one step (posix-rename@openssh.com), else in two."""
    try:
        await files.posix_rename(part, path)
    except asyncssh.SFTPOpUnsupported:
        await files.rename(part, path)


async def discard(files: asyncssh.SFTPClient, part: str) -> None:
    """Remove what was written half-way, as far as there is still a connection to do it with."""
    try:
        await files.remove(part)
    except (asyncssh.SFTPError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.EPIPE, errno.ECONNRESET, None):
            raise
