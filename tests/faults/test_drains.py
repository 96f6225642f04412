"""Programs of every size that leave a daemon with their output: not a byte of what they wrote themselves is lost."""

from __future__ import annotations

import pytest

from tests.counts import SEED, count
from tests.script_runner import ScriptRunner

DRAINS = count("XSH_DRAINS", 300)

SOURCE = """\
import random
from xsh.engine import held
held.QUIET_GRACE = 0.0  # what is there when the program ends has to be enough
sizes = random.Random(int(argv[0]))
async def one(stream):
    size = int(10 ** sizes.uniform(0, 5.5))
    r = await $`sh -c 'setsid sleep 0.3 & head -c $1 /dev/zero | tr "\\\\0" x >&$2; exit 3' sh ${size} ${stream}`.nothrow()
    kept = r.stdout_bytes if stream == 1 else r.stderr_bytes
    assert r.exit_code == 3 and kept == b"x" * size, (size, len(kept), r.exit_code)
    return r.stdout_held
held = await gather(*[lambda n=n: one(1 + n % 2) for n in range(int(argv[1]))], limit=8)
print(sum(held) > len(held) / 2)
"""


@pytest.mark.timeout(60 + DRAINS // 5)
def test_random_sizes(script: ScriptRunner) -> None:
    run = script(SOURCE, str(SEED), str(DRAINS), timeout=60 + DRAINS / 5)
    assert (run.returncode, run.stdout, run.stderr) == (0, "True\n", "")
