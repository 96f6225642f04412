"""There is no memory for what a command writes: its program is stopped, the error says so, the script goes on."""

from __future__ import annotations

import pytest

from tests.script_runner import ScriptRunner

ENGINES = pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])

SQUEEZED = """\
import gc, os, resource
pages = int(open("/proc/self/statm").read().split()[0])
room = pages * os.sysconf("SC_PAGE_SIZE") + 24_000_000
resource.setrlimit(resource.RLIMIT_AS, (room, room))
"""


@ENGINES
@pytest.mark.parametrize("size", ["200M", "13M"])
def test_a_capture_that_memory_cannot_hold(engine: str, size: str, script: ScriptRunner) -> None:
    # 13 MB are kept, but there is no room for the copy that the record would take
    source = (
        f"{engine}{SQUEEZED}"
        f"try:\n    r = await $`head -c {size} /dev/zero`\n    print(len(r.stdout_bytes) // 2**20)\n"
        "except MemoryError as error:\n    print(error)\n"
        "r = await $`echo fine`\nprint(r)\n"
    )
    run = script(source)
    first, _, rest = run.stdout.partition("\n")
    assert (run.returncode, rest, run.stderr) == (0, "fine\n", "")
    if size == "200M" or first != "13":
        assert first.startswith("no memory for ")
        assert ".limit_output" in first


@ENGINES
def test_uncaught_it_ends_the_script(engine: str, script: ScriptRunner) -> None:
    run = script(f"{engine}{SQUEEZED}r = await $`head -c 200M /dev/zero`\n")
    assert run.returncode == 1
    assert "script.xsh" in run.stderr
    assert "MemoryError: no memory for " in run.stderr


@ENGINES
def test_a_loop_and_a_limit_need_none(engine: str, script: ScriptRunner) -> None:
    source = (
        f"{engine}{SQUEEZED}r = await $`head -c 100M /dev/zero`.limit_output(1000)\nprint(len(r.stdout_bytes), r.truncated)\n"
        "count = 0\nasync for line in $`seq 300000`:\n    count += 1\nprint(count)\n"
    )
    run = script(source)
    assert (run.returncode, run.stdout, run.stderr) == (0, "1000 True\n300000\n", "")
