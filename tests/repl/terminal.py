"""The prompt in a real terminal: keys in, the screen out, cursor reports answered, every wait a wait for a fact."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pyte

from tests import process_table
from tests.script_runner import PROGRAMS, SOURCES
from tests.terminal import PATIENCE, PtySession

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "s-tab": "\x1b[Z",
    "escape": "\x1b",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "c-right": "\x1b[1;5C",
    "c-left": "\x1b[1;5D",
}
PROMPT = re.compile(r"[❯»>$#] $")
"""What stands before the cursor when a prompt waits with nothing typed."""

LOOK = 0.02
"""Seconds between two looks at what a program does without a word."""


class AnsweringScreen(pyte.Screen):
    """A screen that answers where its cursor is and has the alternate screen of full-screen programs (xterm 1049)."""

    def __init__(self, columns: int, lines: int) -> None:
        self.answers: list[str] = []
        self.kept: tuple[Any, Any] | None = None
        super().__init__(columns, lines)

    def write_process_input(self, data: str) -> None:
        self.answers.append(data)

    def report_device_status(self, mode: int, **_: Any) -> None:
        super().report_device_status(mode)

    def report_device_attributes(self, mode: int = 0, **_: Any) -> None:
        super().report_device_attributes(mode)

    def select_graphic_rendition(self, *attrs: int, private: bool = False, **_: Any) -> None:
        if not private:
            super().select_graphic_rendition(*attrs)

    def set_mode(self, *modes: int, **settings: Any) -> None:
        if settings.get("private") and 1049 in modes:
            self.kept = (deepcopy(self.buffer), deepcopy(self.cursor))
            self.erase_in_display(2)
        super().set_mode(*modes, **settings)

    def reset_mode(self, *modes: int, **settings: Any) -> None:
        if settings.get("private") and 1049 in modes and self.kept is not None:
            self.buffer, self.cursor = self.kept
            self.kept = None
            self.dirty.update(range(self.lines))
        super().reset_mode(*modes, **settings)


class Terminal(PtySession):
    """xsh (with `args`) in a terminal of `size` (rows, columns), with a HOME of its own in `cwd` unless `env` has one."""

    def __init__(
        self,
        args: Sequence[str] = (),
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
        size: tuple[int, int] = (24, 80),
    ) -> None:
        assert cwd is not None
        home = cwd / "home"
        home.mkdir(exist_ok=True)
        rows, cols = size
        base = {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "HOME": str(home),
            "PYTHONPATH": SOURCES,
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "USER": "tester",
        }
        base |= {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
        whole = {**base, **(env or {})}
        argv = [sys.executable, "-m", "xsh", *args]
        self.is_dumb = whole["TERM"] == "dumb"
        super().__init__(argv, cwd=cwd, env=whole, rows=rows, cols=cols)
        self._screen: AnsweringScreen = AnsweringScreen(cols, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.home = home

    @property
    def emulator(self) -> AnsweringScreen:
        """The emulator's screen, with the look of each cell."""
        return self._screen

    # -- keys ----------------------------------------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Type characters, as they are."""
        self.send(text)

    def key(self, name: str) -> None:
        """Press a key: "enter", "up", "c-c" for Ctrl-C, "a-f" for Alt-F."""
        self.send(key_bytes(name))

    def line(self, text: str) -> None:
        """Type a line, wait until it is on the screen, and press Enter."""
        self.type(text)
        self.wait_typed(text)
        self.key("enter")

    def block(self, text: str) -> str:
        """Paste lines, run them, and wait for the next prompt; the screen."""
        self.paste(text)
        self.wait_typed(text)
        self.key("enter")
        return self.wait_prompt()

    def wait_typed(self, text: str) -> None:
        """Wait until the end of a text stands before the cursor, however it is laid out there."""
        end = squashed(text)[-30:]
        self.wait_until(lambda: squashed(self.to_cursor).endswith(end), f"{end!r} before the cursor")

    def run(self, text: str, timeout: float = PATIENCE) -> str:
        """Type a line, Enter, and wait for the next prompt; the screen."""
        self.line(text)
        return self.wait_prompt(timeout)

    def paste(self, text: str) -> None:
        """Paste as a terminal with bracketed paste does."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    # -- facts ---------------------------------------------------------------------------------------------------

    @property
    def before_cursor(self) -> str:
        """The text left of the cursor; a line that was wrapped by the width continues from the row above."""
        self._read_pending()
        cursor = self._screen.cursor
        rows = self._screen.display
        text = rows[cursor.y][: cursor.x]
        above = cursor.y - 1
        while above >= 0 and len(rows[above].rstrip()) == self._screen.columns:
            text = rows[above] + text
            above -= 1
        return text

    @property
    def to_cursor(self) -> str:
        """Everything on the screen up to the cursor."""
        self._read_pending()
        cursor, rows = self._screen.cursor, self._screen.display
        return "\n".join([*rows[: cursor.y], rows[cursor.y][: cursor.x]])

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column of the cursor, from 0."""
        self._read_pending()
        return self._screen.cursor.y, self._screen.cursor.x

    @property
    def at_prompt(self) -> bool:
        """Whether an empty prompt waits for keys."""
        is_drawn = PROMPT.search(self.before_cursor) is not None
        # the first look has no keys yet, and an old prompt none any more
        keys = self.transcript.rfind(b"\x1b[?2004h") > self.transcript.rfind(b"\x1b[?2004l") or self.is_dumb
        # modes last: those of the prompt before may still hold while its line runs, with this one drawn meanwhile
        return is_drawn and keys and not termios.tcgetattr(self._program_end)[3] & termios.ICANON

    def wait_prompt(self, timeout: float = PATIENCE) -> str:
        """Wait until an empty prompt waits for keys; the screen."""
        return self.wait_until(lambda: self.at_prompt, "prompt", timeout)

    def wait_until(self, fact: Callable[[], bool], name: str, timeout: float = PATIENCE) -> str:
        """Wait until a fact holds, also one that shows in no output: who has the terminal, which programs live."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and not self._ended:
            if fact():
                return self.text
            select.select([self._master, self._pidfd], [], [], LOOK)
            self._read_pending()
        return super().wait_until(fact, name, 0)

    def wait_in_front(self, command: str | None = None, timeout: float = PATIENCE) -> None:
        """Wait until a command has the terminal: any, or the one whose words these are."""

        def is_in_front() -> bool:
            group = self.foreground_group
            leader = process_table.read_process(group)
            if leader is not None and leader.state == "T":
                # what it is sent before it goes on is taken back by SIGCONT, if it is a stop
                return False
            if command is None:
                return group != self.process.pid
            return leader is not None and leader.command == command

        self.wait_until(is_in_front, f"{command or 'a command'} in front", timeout)

    def wait_match(self, pattern: str, timeout: float = PATIENCE) -> re.Match[str]:
        """Wait until a regular expression matches on the screen; the match."""
        compiled = re.compile(pattern, re.MULTILINE)
        self.wait_until(lambda: compiled.search(self.text) is not None, f"match of {pattern!r}", timeout)
        found = compiled.search(self.text)
        assert found is not None
        return found

    def output_of(self, text: str) -> str:
        """Run a line and give the lines between it and the next prompt that are on the screen."""
        before = self.cursor[0]
        screen = self.run(text)
        lines = screen.split("\n")
        return "\n".join(lines[before + 1 : self.cursor[0]]).strip("\n")

    def wait_gone(self, pid: int) -> None:
        """Wait until a process that is not ours has ended."""
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            try:
                assert select.select([descriptor], [], [], 40)[0], f"{pid} is still there"
            finally:
                os.close(descriptor)

    # -- the end -------------------------------------------------------------------------------------------------

    def leave(self, timeout: float = PATIENCE) -> int:
        """Press Ctrl-D at an empty prompt and wait for the end; the exit status."""
        self.key("c-d")
        return self.wait(timeout)

    def close(self) -> None:
        """End it; AssertionError when it had ended by itself and something that it started is still there."""
        if self._master < 0:
            return
        left: list[process_table.Process] = []
        if self.process.poll() is not None:
            left = self.living()
        super().close()
        assert not left, f"xsh has ended and left behind: {left}"

    def _read_pending(self) -> None:
        super()._read_pending()
        answers = getattr(self._screen, "answers", [])
        while answers:
            self.send(answers.pop(0))


def squashed(text: str) -> str:
    """A text without what depends on its layout: blanks and the marks of continued lines."""
    return re.sub(r"[\s·]", "", text)


def key_bytes(name: str) -> str:
    """What a terminal sends for a key."""
    if name in KEYS:
        return KEYS[name]
    if name.startswith("c-"):
        return chr(ord(name[2].upper()) ^ 0x40)
    if name.startswith("a-"):
        return "\x1b" + key_bytes(name[2:])
    assert len(name) == 1, name
    return name
