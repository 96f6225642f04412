"""Output that can no longer be written because its place is full or broken: the rest goes on, the error is told at the end."""

from __future__ import annotations

from errno import EDQUOT, EFBIG, EIO, ENOSPC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NO_ROOM = frozenset([ENOSPC, EDQUOT, EFBIG, EIO])
"""What write(2) says of a place that takes nothing more, whoever reads elsewhere."""


class MayFill:
    """A writer to one of several places; once that is full it takes nothing more, and the job fails when all has ended.

    A segment that writes here only is ended by `closed`, so that an endless producer gets SIGPIPE.
    """

    __slots__ = ("closed", "drained", "full", "job", "name", "to")

    def __init__(self, to: Callable[[bytes], Any], job: Any, name: Any) -> None:
        self.to = to
        self.job = job
        self.name = name
        self.closed = False
        self.full = False
        self.drained: Callable[[], None] | None = None

    def write(self, chunk: bytes) -> None:
        """Write `chunk`, or drop it where there is no room; raises OSError for all that is not for want of room."""
        if self.closed:
            return
        try:
            self.to(chunk)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            self.closed = True
            self.job.error = self.job.error or OSError(error.errno, error.strerror, self.name)


def name_of(sink: Any) -> Any:
    """What an error calls a file: its path, or the name or number that an open one has; None for neither."""
    path = getattr(sink, "__fspath__", None)
    return path() if path is not None else getattr(sink, "name", None)
