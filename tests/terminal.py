"""A real terminal for tests: a program in a pseudo-terminal, its screen drawn by pyte, every wait a wait for a fact."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import termios
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import pyte

from tests import process_table
from tests.process_table import COOKIE

PATIENCE = 40.0
"""Seconds within which a fact has to hold, on a machine that others use too."""
NOW_AND_THEN = 0.1
"""Seconds between two looks at a fact that need not show on the screen."""


class PtySession:
    """A program that owns a terminal of its own; keys go in with `send`, the screen is read as text."""

    def __init__(self, argv: Sequence[str], *, cwd: Path, env: dict[str, str], rows: int = 24, cols: int = 80) -> None:
        self._screen = pyte.Screen(cols, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.transcript = bytearray()
        """Every byte the program wrote."""
        self.cookie = f"{os.environ.get(COOKIE, '')}:{uuid.uuid4().hex}"
        self._master, program_end = os.openpty()
        fcntl.ioctl(program_end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        self.process = subprocess.Popen(
            argv,
            cwd=cwd,
            env={"TERM": "xterm-256color", **env, COOKIE: self.cookie},
            stdin=program_end,
            stdout=program_end,
            stderr=program_end,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  no test runs threads meanwhile
        )
        self._pidfd = os.pidfd_open(self.process.pid)
        # kept open: the modes can be read after the program has ended, and the output is not lost
        self._program_end = program_end

    @property
    def screen(self) -> list[str]:
        """The lines of the screen as they stand now, blanks at the right cut off."""
        self._read_pending()
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """The screen as one text, empty lines at the end cut off."""
        return "\n".join(self.screen).rstrip("\n")

    @property
    def modes(self) -> list[object]:
        """The terminal's modes (termios(3)) as they are now."""
        return [*termios.tcgetattr(self._program_end)]

    @property
    def foreground_group(self) -> int:
        """The process group that owns the terminal now (tcgetpgrp(3))."""
        return os.tcgetpgrp(self._master)

    def send(self, text: str) -> None:
        """Type; `\\r` is Enter, `\\x03` Ctrl-C, `\\x04` Ctrl-D, `\\x1a` Ctrl-Z."""
        data = text.encode()
        while data:
            data = data[os.write(self._master, data) :]

    def send_line(self, text: str = "") -> None:
        """Type a line and Enter."""
        self.send(text + "\r")

    def resize(self, rows: int, cols: int) -> None:
        """Change the size of the terminal, as dragging its corner does (SIGWINCH)."""
        self._screen.resize(rows, cols)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def wait_for(self, text: str, timeout: float = PATIENCE) -> str:
        """Wait until the text stands on the screen; the screen. AssertionError with the screen when it does not."""
        return self.wait_until(lambda: text in self.text, f"{text!r} on the screen", timeout)

    def wait_for_output(self, text: str, timeout: float = PATIENCE) -> str:
        """Wait until the text was ever written, also where it has scrolled or been wiped away."""
        return self.wait_until(lambda: text.encode() in self.transcript, f"{text!r} in the output", timeout)

    def wait_until(self, fact: Callable[[], bool], name: str, timeout: float = PATIENCE) -> str:
        """Wait until a fact holds, looked at after each output of the program, and now and then; the screen."""
        deadline = time.monotonic() + timeout
        while True:
            ended = self._ended
            self._read_pending()
            if fact():
                return self.text
            remaining = deadline - time.monotonic()
            if ended or remaining <= 0:
                why = f"the program ended with {self.process.poll()}" if ended else f"{timeout} s have passed"
                raise AssertionError(f"no {name}: {why}. The screen:\n{self.text}")
            select.select([self._master, self._pidfd], [], [], min(remaining, NOW_AND_THEN))

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait for the program's end; its exit status, negative for a signal. AssertionError with the screen."""
        deadline = time.monotonic() + timeout
        while not self._ended:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise AssertionError(f"the program did not end within {timeout} s. The screen:\n{self.text}")
            select.select([self._master, self._pidfd], [], [], remaining)
            self._read_pending()
        self._read_pending()
        return self.process.wait()

    def living(self) -> list[process_table.Process]:
        """Every living process the program started, itself included."""
        found = {process.pid: process for process in process_table.bearers(self.cookie)}
        found |= {process.pid: process for process in process_table.session_members(self.process.pid)}
        return list(found.values())

    def close(self) -> None:
        """Kill the program and whatever it started; close the terminal. May be called twice."""
        if self._master < 0:
            return
        self.process.kill()
        self.process.wait()
        process_table.kill_all(self.living)
        for descriptor in (self._pidfd, self._program_end, self._master):
            os.close(descriptor)
        self._master = -1

    @property
    def _ended(self) -> bool:
        return bool(select.select([self._pidfd], [], [], 0)[0])

    def _read_pending(self) -> None:
        while self._master >= 0 and select.select([self._master], [], [], 0)[0]:
            chunk = os.read(self._master, 1 << 16)
            self.transcript += chunk
            self._stream.feed(chunk)
