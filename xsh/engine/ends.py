"""Descriptors while a job is being connected: who owns which end, and what becomes an end without copying."""

from __future__ import annotations

import os
import stat

from xsh.command.options import is_path
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeGuard


class End:
    """A read end that the next stage takes over."""

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd


class Ends:
    """Every descriptor opened for one job; what was not given away is closed when everything has started."""

    __slots__ = ("open",)

    def __init__(self) -> None:
        self.open: set[int] = set()

    def pipe(self) -> tuple[int, int]:
        """A new pipe's read and write end; raises OSError when no descriptor is left."""
        read_end, write_end = os.pipe()
        if read_end < 3 or write_end < 3:
            return self.own(read_end), self.own(write_end)
        self.open.update((read_end, write_end))
        return read_end, write_end

    def own(self, fd: int) -> int:
        """Take charge of `fd`; one that stands in the place of a closed standard stream is moved away."""
        if fd < 3:
            moved = _above_standard(fd)
            os.close(fd)
            fd = moved
        self.open.add(fd)
        return fd

    def give(self, fd: int) -> int:
        """Hand `fd` to somebody who will close it."""
        self.open.discard(fd)
        return fd

    def null(self, flags: int) -> int:
        """The null device opened with `flags`."""
        return self.own(os.open(os.devnull, flags | os.O_CLOEXEC))

    def close(self) -> None:
        """Close what was not given away."""
        for fd in self.open:
            os.close(fd)
        self.open.clear()


def _above_standard(fd: int) -> int:
    import fcntl

    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)


def open_input(data: Any, ends: Ends) -> int | None:
    """A descriptor a program can read `data` from as it is: a path or a real file; None for everything else."""
    if isinstance(data, End):
        return data.fd
    if is_path(data):
        return ends.own(os.open(data, os.O_RDONLY | os.O_CLOEXEC))
    return real_file(data)


def open_output(sink: Any, append: bool, ends: Ends) -> int | None:
    """A descriptor a program can write to for `sink`: a path or a real file; None for a file that is only an object."""
    if _is_number(sink):
        return sink
    if isinstance(sink, str):
        raise TypeError(
            f"output to {printable(sink)!r}: name a file by Path({printable(sink)!r}), so that no text is taken for one"
        )
    if is_path(sink):
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_APPEND if append else os.O_TRUNC)
        return ends.own(os.open(sink, flags, 0o666))
    if hasattr(sink, "flush"):
        sink.flush()
    return real_file(sink)


def _is_number(sink: object) -> TypeGuard[int]:
    return isinstance(sink, int) and not isinstance(sink, bool)


def real_file(value: Any) -> int | None:
    """The descriptor behind an open file, None when there is none."""
    fileno = getattr(value, "fileno", None)
    if fileno is None:
        return None
    try:
        return int(fileno())
    except (OSError, ValueError):
        return None


def is_regular(fd: int) -> bool:
    """Whether `fd` is a regular file, which is always ready."""
    return stat.S_ISREG(os.fstat(fd).st_mode)


def reopened(fd: int) -> int | None:
    """The pipe `fd` opened anew for writing (proc(5)), None where that cannot be.

    A descriptor that others have as well cannot be made non-blocking without doing that to them (fcntl(2)).
    """
    try:
        return os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None


def object_writer(sink: Any, closers: list[Callable[[], Any]]) -> Callable[[bytes], Any]:
    """How bytes are written to a file that is only an object, such as io.StringIO; raises TypeError for no file.

    What is to be done at the end is added to `closers`.
    """
    if not hasattr(sink, "write"):
        raise TypeError(f"output cannot go to {type(sink).__name__}: a sink is a Path or an open file")
    if hasattr(sink, "encoding") or hasattr(sink, "newlines"):
        from xsh.engine.lines import TextCutter

        decoder = TextCutter()

        def write(chunk: bytes) -> None:
            for text in decoder.feed(chunk):
                sink.write(text)

        def finish() -> None:
            for text in decoder.flush():
                sink.write(text)

        closers.append(finish)
        return write
    take: Callable[[bytes], Any] = sink.write
    return take


def copy_window(fd: int) -> None:
    """Give the terminal `fd` the size of ours, 24 by 80 when we have none (tty_ioctl(4))."""
    import struct
    from fcntl import ioctl
    from termios import TIOCGWINSZ, TIOCSWINSZ

    size = struct.pack("HHHH", 24, 80, 0, 0)
    if os.isatty(1):
        size = ioctl(1, TIOCGWINSZ, size)
    ioctl(fd, TIOCSWINSZ, size)
