"""Temporary files and directories: gone when their block is left, and at the latest when the script ends.

A signal can end a script between the making of a file and the block that would remove it. So each path is noted before
anything is made there, and the end of the script removes what is still noted.
"""

from __future__ import annotations

import os
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ClassVar, TypeVar

    T = TypeVar("T")


class _Noted:
    paths: ClassVar[set[str]] = set()


def make(prefix: str, suffix: str, maker: Callable[[str], T]) -> tuple[str, T]:
    """The path of what `maker` made under a name that nobody can guess, and what it gave; raises OSError."""
    folder = directory()
    while True:
        path = os.path.join(folder, f"{prefix}{os.urandom(8).hex()}{suffix}")
        _Noted.paths.add(path)
        try:
            return path, maker(path)
        except FileExistsError:
            _Noted.paths.discard(path)
        except OSError:
            _Noted.paths.discard(path)
            raise


def directory() -> str:
    """Where temporary files are made: $TMPDIR or /tmp, as Python chooses; raises FileNotFoundError when there is none.

    The standard library tries each place by a file, which an interruption can leave there.
    """
    named = (os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP"))
    for place in (*named, "/tmp", "/var/tmp", "/usr/tmp"):  # noqa: S108 - what is made there is not to be guessed
        if place and os.path.isdir(place) and os.access(place, os.W_OK | os.X_OK):
            return os.path.abspath(place)
    raise FileNotFoundError("there is no directory for temporary files: set TMPDIR to one that can be written")


def remove(path: str) -> None:
    """Remove a file, or a directory with all it holds, which may be gone already; raises OSError."""
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        try:
            shutil.rmtree(path)
        except OSError as error:
            if (interruption := interruption_before(error)) is None:
                raise
            # it came between two steps, of which rmtree made a failure of its own; the end of the script removes the rest
            raise interruption from None
    else:
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
    _Noted.paths.discard(path)


def interruption_before(error: BaseException) -> BaseException | None:
    """The interruption that an error was raised in the course of, None when there was none."""
    context = error.__context__
    while isinstance(context, Exception):
        context = context.__context__
    return context


def remove_all() -> None:
    """Remove what no block has: the script ends."""
    import shutil

    for path in list(_Noted.paths):
        try:
            remove(path)
        except OSError:
            # as much of it as can be; nobody is left to be told
            shutil.rmtree(path, ignore_errors=True)


class _Temporary:
    """What is made when a block is entered and removed when it is left."""

    __slots__ = ("path",)

    def __init__(self) -> None:
        self.path: Path | None = None

    def __enter__(self) -> Path:
        self.path = Path(self._make())
        return self.path

    def _make(self) -> str:
        raise NotImplementedError

    def __exit__(self, *error: object) -> None:
        if self.path is not None:
            remove(os.fspath(self.path))

    async def __aenter__(self) -> Path:
        return self.__enter__()

    async def __aexit__(self, *error: object) -> None:
        self.__exit__(*error)


class tempdir(_Temporary):  # noqa: N801 - used as a function
    """A temporary directory, mode 0700, removed with all it holds when its block is left.

    Example::

        with tempdir() as work:
            await $`git clone ${url} ${work}/repo`
    """

    __module__ = "xsh"
    __slots__ = ("prefix",)

    def __init__(self, prefix: str = "xsh-") -> None:
        super().__init__()
        self.prefix = prefix

    def _make(self) -> str:
        path, _ = make(self.prefix, "", lambda path: os.mkdir(path, 0o700))
        return path


class tempfile(_Temporary):  # noqa: N801 - used as a function
    """A temporary file, mode 0600, with `text` in it, removed when its block is left.

    Example::

        with tempfile("secret=1", suffix=".env") as file:
            await $`docker run --env-file ${file} app`
    """

    __module__ = "xsh"
    __slots__ = ("suffix", "text")

    def __init__(self, text: str | bytes = "", *, suffix: str = "") -> None:
        super().__init__()
        self.text = text
        self.suffix = suffix

    def _make(self) -> str:
        data = self.text.encode("utf-8", "surrogateescape") if isinstance(self.text, str) else self.text
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        path, number = make("xsh-", self.suffix, lambda path: os.open(path, flags, 0o600))
        try:
            with os.fdopen(number, "wb") as file:
                file.write(data)
        except OSError as error:
            remove(path)
            raise OSError(error.errno, error.strerror, path) from error
        return path
