"""Output while the prompt is shown: whole lines appear above it, and the half-typed line stays as it is."""

from __future__ import annotations

import io
import os
import sys

from xsh.watch.notices import Bottom

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Above:
    """What `xsh.watch.notices` writes lines through, and sys.stdout and sys.stderr while the prompt is shown.

    `app` is prompt-toolkit's application, None until there is one.
    """

    def __init__(self) -> None:
        self.app: Any = None
        self.pending: list[tuple[int, bytes]] = []
        self.scheduled = False
        self.streams: tuple[Any, Any] | None = None

    # -- lines ---------------------------------------------------------------------------------------------------

    def above(self, stream: int, data: bytes) -> None:
        """Write whole lines, over the prompt when it is shown; raises OSError when it is not and they cannot be written."""
        if self.app is None or not self.app.is_running:
            write_through(stream, data)
            return
        self.pending.append((stream, data))
        if not self.scheduled:
            self.scheduled = True
            self.app.loop.call_soon_threadsafe(self._show)

    def pause(self) -> None:
        """Nothing: a command is given the terminal only when no prompt is shown."""

    def close(self) -> None:
        """Nothing: the prompt takes itself away."""

    def _show(self) -> None:
        if self.app is None or not self.app.is_running:
            self.flush()
            return
        from prompt_toolkit.application import run_in_terminal

        run_in_terminal(self.flush)

    def flush(self) -> None:
        """Write what has come, now; a terminal that is gone is told by its hangup."""
        self.scheduled = False
        pending, self.pending = self.pending, []
        for stream, data in pending:
            try:
                write_through(stream, data)
            except OSError:
                return

    # -- Python's own output -------------------------------------------------------------------------------------

    def begin(self, app: Any) -> None:
        """The prompt is about to be shown: print() goes above it."""
        self.app = app
        Bottom.rows = self
        self.streams = (sys.stdout, sys.stderr)
        sys.stdout = AboveStream(self, 1)
        sys.stderr = AboveStream(self, 2)

    def end(self) -> None:
        """The prompt is gone: print() writes as ever."""
        Bottom.rows = None
        if self.streams is not None:
            for stream in (sys.stdout, sys.stderr):
                if isinstance(stream, AboveStream):
                    stream.finish()
            sys.stdout, sys.stderr = self.streams
            self.streams = None
        self.flush()


class AboveStream(io.TextIOBase):
    """Text that is written line by line above the prompt; a line without its end waits for it, or for the prompt's end."""

    def __init__(self, above: Above, stream: int) -> None:
        super().__init__()
        self.above = above
        self.stream = stream
        self.held = ""

    def write(self, text: str) -> int:
        """Take text; what ends with a newline is shown."""
        lines, newline, rest = (self.held + text).rpartition("\n")
        self.held = rest
        if newline:
            self.above.above(self.stream, (lines + "\n").encode("utf-8", "surrogateescape"))
        return len(text)

    def finish(self) -> None:
        """Write what has no end yet."""
        if self.held:
            self.above.pending.append((self.stream, self.held.encode("utf-8", "surrogateescape")))
            self.held = ""

    def writable(self) -> bool:
        """Yes."""
        return True

    def isatty(self) -> bool:
        """Whether what it writes to is a terminal."""
        return os.isatty(self.stream)

    def fileno(self) -> int:
        """The descriptor that it writes to in the end."""
        return self.stream


def write_through(stream: int, data: bytes) -> None:
    """Write all bytes to stdout (1) or stderr (2), after what Python holds back."""
    held = sys.__stdout__ if stream == 1 else sys.__stderr__
    if held is not None:
        held.flush()
    while data:
        data = data[os.write(stream, data) :]
