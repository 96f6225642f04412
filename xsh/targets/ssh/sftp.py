"""The files of another machine: an SFTP session for one piece of work, and its errors in words of ours."""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import asynccontextmanager

import asyncssh

from xsh.errors import ConnectFailed, ConnectionLost, TargetError
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from typing import Any

    from xsh.targets.ssh.link import Link

LOST = (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.ConnectionLost, ConnectionError)
"""How asyncssh says that the connection has ended; which of them depends on what was waited for just then."""
ANSWERS_WITHIN = 15.0
"""Seconds within which a host that was asked for SFTP speaks it."""
NUMBERS: dict[type[asyncssh.SFTPError], int] = {
    asyncssh.SFTPNoSuchFile: errno.ENOENT,
    asyncssh.SFTPNoSuchPath: errno.ENOENT,
    asyncssh.SFTPPermissionDenied: errno.EACCES,
    asyncssh.SFTPFileAlreadyExists: errno.EEXIST,
    asyncssh.SFTPNotADirectory: errno.ENOTDIR,
    asyncssh.SFTPFileIsADirectory: errno.EISDIR,
    asyncssh.SFTPDirNotEmpty: errno.ENOTEMPTY,
    asyncssh.SFTPNoSpaceOnFilesystem: errno.ENOSPC,
    asyncssh.SFTPQuotaExceeded: errno.EDQUOT,
    asyncssh.SFTPWriteProtect: errno.EROFS,
    asyncssh.SFTPLinkLoop: errno.ELOOP,
}


@asynccontextmanager
async def files_of(link: Link, what: str) -> AsyncGenerator[asyncssh.SFTPClient, None]:
    """An SFTP session in a place of its own; raises TargetError, or OSError that names the host and `what`."""

    async def start(_link: Link, connection: Any) -> asyncssh.SFTPClient:
        # noise may look like the length of a long answer, for which asyncssh waits
        async with asyncio.timeout(ANSWERS_WITHIN):
            client: asyncssh.SFTPClient = await connection.start_sftp_client(path_errors="surrogateescape")
            return client

    job = object()
    try:
        client = await link.opened(start, job)
    except (asyncssh.SFTPBadMessage, TimeoutError) as error:
        raise TargetError(
            f"{link.name}: the host answers with something else than SFTP, which files are copied by",
            host=link.name,
            hint="a start-up file such as .bashrc prints there; `Subsystem sftp internal-sftp` in sshd_config reads none",
        ) from error
    except (asyncssh.SFTPError, ConnectFailed, *LOST) as error:
        if isinstance(error, ConnectFailed) and "session request failed" not in str(error).lower():
            raise
        if not link.alive:
            raise lost_during(link.name, what) from error
        raise TargetError(
            f"{link.name}: the host offers no SFTP, which files are copied by",
            host=link.name,
            hint="a server needs the line `Subsystem sftp internal-sftp` in sshd_config",
        ) from error
    try:
        yield client
    except LOST as error:
        raise lost_during(link.name, what) from error
    except asyncssh.SFTPError as error:
        raise file_error(error, link.name, what) from error
    finally:
        client.exit()
        link.leave(job)


def lost_during(name: str, what: str) -> ConnectionLost:
    """The error for a connection that ended during `what`."""
    return ConnectionLost(f"{name}: the connection was lost during {what}", host=name, retryable=True)


def file_error(error: asyncssh.SFTPError, name: str, what: str) -> OSError:
    """The OSError for a failure of the host's files, with its errno where SFTP tells it."""
    number = next((number for kind, number in NUMBERS.items() if isinstance(error, kind)), errno.EIO)
    if number == errno.EIO:
        # version 3 of the protocol has no word for a full disk: "Failure" is all a server says
        perhaps = "; is the disk full?" if str(error) == "Failure" else ""
        return OSError(number, f"{name}: {what} failed there: {printable(str(error))}{perhaps}")
    return OSError(number, f"{name}: {what}: {os.strerror(number).lower()}")
