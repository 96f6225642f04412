"""A line as a task: how it says that it has ended."""

from __future__ import annotations

import asyncio

import pytest

from xsh.repl.control.control import JobControl
from xsh.repl.control.interrupting import Interrupting
from xsh.repl.entering import ended
from xsh.repl.jobs.line import Line
from xsh.repl.shell import Shell


async def test_ctrl_c_before_its_first_step_ends_a_line_like_any_other(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    begun: list[str] = []

    async def work() -> int:
        begun.append("work")
        return 0

    loop = asyncio.get_running_loop()
    line = Line("x")
    line.start(ended(shell, line, work()))
    Interrupting(shell, JobControl(shell, None, loop), loop).cancel(line)
    await line.wait()
    assert (line.status, line.signal, begun) == (130, "SIGINT", [])
    assert capsys.readouterr().err == ""
