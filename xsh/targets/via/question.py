"""A run of the wrapper besides the command's own: it asks or signals inside, and tells by exit code and stderr."""

from __future__ import annotations

import tempfile

from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from xsh.command.target import Process

UNKNOWN_LIMIT = 4096
"""Bytes of what a wrapper says that are read for an error."""


class Question:
    """A second run of the wrapper, and what it says on stderr."""

    __slots__ = ("process", "said")

    def __init__(self, start: Callable[[int], Process]) -> None:
        self.said: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `answer`
        try:
            self.process = start(self.said.fileno())
        except BaseException:
            self.said.close()
            raise

    def answer(self) -> tuple[int, str]:
        """Its exit code and the first line it said."""
        self.said.seek(0)
        lines = self.said.read(UNKNOWN_LIMIT).decode("utf-8", "replace").strip().splitlines()
        self.said.close()
        status = self.process.status
        return 255 if status is None else status.code, printable(lines[0].strip()) if lines else ""
