"""The clock of the wall jumps, by hand or by time servers: limits, waits and durations count by the other one."""

from __future__ import annotations

import pytest

from tests.script_runner import ScriptRunner

ENGINES = pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])
# nobody may set the machine's clock for a test, so each look at it gives another day
JUMPS = (
    "import random, time\ntime.time = lambda: random.uniform(0, 4e9)\ntime.time_ns = lambda: random.randrange(10**19)\n"
)


@ENGINES
def test_no_limit_is_missed_and_none_comes_early(engine: str, script: ScriptRunner) -> None:
    source = (
        f"{engine}{JUMPS}"
        "r = await $`sleep 1000`.timeout('200ms').nothrow()\nprint(r.timed_out, 0.1 < r.duration < 60)\n"
        "r = await $`sh -c 'sleep 0.1; echo fine'`.timeout('50s')\nprint(r, 0 < r.duration < 50)\n"
        "r = await $`ignore-term TERM`.timeout('200ms').grace('100ms').nothrow()\nprint(r.signal, r.duration < 60)\n"
        "try:\n    with timeout('200ms'):\n        await sleep(1000)\nexcept TimeoutError:\n    print('late')\n"
        "began = time.monotonic()\nawait sleep('100ms')\nprint(0.1 <= time.monotonic() - began < 60)\n"
        "try:\n    await wait_for(path='/nonexistent', timeout='200ms')\nexcept TimeoutError:\n    print('late')\n"
        "print(await retry($`true`, attempts=2, delay='10ms') is not None)\n"
    )
    run = script(source)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines() == [
        "True True", "fine True", "SIGKILL True", "late", "True", "late", "True",
    ]  # fmt: skip
