"""What is below a directory, here or on another machine, before it is copied: directories from above, and files.

Links are followed, as scp(1) does; one that leads back to where it stands has no end and is an error.
"""

from __future__ import annotations

import errno
import os
import posixpath
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import asyncssh


class Tree:
    """The directories of a tree from above, and its files, each with its path below the top and what stat(2) says.

    A single file is a tree of one, with the path "".
    """

    __slots__ = ("directories", "files")

    def __init__(self) -> None:
        self.directories: list[tuple[str, Any]] = []
        self.files: list[tuple[str, Any]] = []

    def add(self, path: str, below: str, mode: int, facts: Any) -> bool:
        """Take one in; says whether it is a directory. Raises OSError for what is neither file nor directory."""
        if stat.S_ISDIR(mode):
            self.directories.append((below, facts))
            return True
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, f"{path} is neither a file nor a directory; it cannot be copied")
        self.files.append((below, facts))
        return False


def local_tree(source: str) -> Tree:
    """What is at `source` here; raises OSError."""
    tree = Tree()

    def walk(path: str, below: str, above: tuple[tuple[int, int], ...]) -> None:
        facts = os.stat(path)
        if not tree.add(path, below, facts.st_mode, facts):
            return
        here = (facts.st_dev, facts.st_ino)
        if here in above:
            raise OSError(errno.ELOOP, "a link leads to a directory above it, so the tree has no end", path)
        for name in sorted(os.listdir(path)):
            walk(os.path.join(path, name), os.path.join(below, name), (*above, here))

    walk(source, "", ())
    return tree


async def remote_tree(files: asyncssh.SFTPClient, source: str) -> Tree:
    """What is at `source` there; raises OSError and asyncssh.SFTPError."""
    tree = Tree()

    async def walk(path: str, below: str, facts: Any) -> None:
        if not tree.add(path, below, facts.permissions or stat.S_IFREG, facts):
            return
        entries = [entry for entry in await files.readdir(path) if entry.filename not in (".", "..")]
        for entry in sorted(entries, key=lambda entry: str(entry.filename)):
            name, found = str(entry.filename), entry.attrs
            inner = posixpath.join(path, name)
            if not stat.S_IFMT(found.permissions or 0) or stat.S_ISLNK(found.permissions or 0):
                found = await files.stat(inner)
                if stat.S_ISDIR(found.permissions or 0) and await leads_above(files, path, inner):
                    raise OSError(errno.ELOOP, "a link leads to a directory above it, so the tree has no end", inner)
            await walk(inner, posixpath.join(below, name), found)

    await walk(source, "", await files.stat(source))
    return tree


async def leads_above(files: asyncssh.SFTPClient, folder: str, link: str) -> bool:
    """Whether a link in `folder` leads to it or to a directory above it."""
    here, there = str(await files.realpath(folder)), str(await files.realpath(link))
    return there == "/" or f"{here}/".startswith(f"{there}/")
