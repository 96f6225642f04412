"""Programs that are hard to end, started so that a test knows when they are ready and whose they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests import process_table
from tests.script_runner import PROGRAMS
from xsh import sh, sleep

KINDS = {
    "polite": ("tell-signal",),
    "with a child": ("fork-child",),
    "ignores TERM": ("ignore-term",),
    "ignores everything": ("ignore-term", "TERM", "INT", "HUP"),
    "stopped": ("sh", "-c", 'echo "ready $$"; kill -STOP $$; sleep 1000'),
    "shell text": ("sh", "-c", 'sleep 1000 & echo "ready $$ $!"; wait; sleep 1000'),
}


class Victim:
    """A command that writes `ready PID…` to a file, and the processes it says it is."""

    def __init__(self, folder: Path, kind: str = "polite") -> None:
        self.file = folder / "ready"
        name, *rest = KINDS[kind]
        self.command: Any = (
            sh.argv(PROGRAMS / name if (PROGRAMS / name).exists() else name, rest).stdout(self.file).grace("100ms")
        )

    async def ready(self) -> None:
        """Return once it is ready."""
        while not self._said():
            await sleep("2ms")

    def _said(self) -> str:
        text = self.file.read_text() if self.file.exists() else ""
        return text if text.endswith("\n") else ""

    @property
    def pids(self) -> list[int]:
        """Every process of it that is known."""
        line = self._said().split("\n")[0]
        return [int(word) for word in line.split()[1:]]

    def assert_gone(self) -> None:
        """Every process of it has ended by now, not soon."""
        assert self.pids or not self._said()
        living = [process_table.read_process(pid) for pid in self.pids if not process_table.wait_gone(pid, 0)]
        assert not living, [str(process) for process in living]
        for pid in self.pids:
            assert not os.path.exists(f"/proc/{pid}") or process_table.wait_gone(pid, 0)
