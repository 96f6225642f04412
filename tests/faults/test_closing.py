"""close(2) that fails: the command still ends, and its error is told."""

from __future__ import annotations

import pytest

from tests.script_runner import ScriptRunner

ENGINES = pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])

BROKEN = """\
import errno, os, sys
close, failed = os.close, []
def broken(fd):
    close(fd)
    if not failed and sys._getframe(1).f_code.co_filename.endswith("pump.py"):
        failed.append(fd)
        raise OSError(errno.EIO, os.strerror(errno.EIO))
os.close = broken
"""


@ENGINES
@pytest.mark.parametrize(
    "work",
    ["r = await $`echo x`", "r = await ($`echo x` | str.upper | $`cat`)", "[line async for line in $`echo x`]"],
    ids=["captured", "function", "loop"],
)
def test_an_error_of_close_does_not_hang(engine: str, work: str, script: ScriptRunner) -> None:
    source = (
        f"{engine}{BROKEN}try:\n    {work}\nexcept OSError as error:\n    print(error.strerror)\n"
        "assert failed\nprint((await $`echo fine`).text)\n"
    )
    run = script(source)
    assert (run.returncode, run.stdout, run.stderr) == (0, "Input/output error\nfine\n", "")
