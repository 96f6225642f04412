"""Stopping: from the call that stops a tree of processes to its return, when all of them are gone and reaped.

The obedient tree is a shell, a shell in it and a sleep; the stubborn one ignores TERM and INT, so its grace is what it gets, and
is subtracted.
"""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.one_by_one import filled
from tests.bench.workshop import Workshop

GRACE = 0.2

TREES = """
import json, statistics, time

async def stop(text, grace):
    async with $`sh -c ${text}`.grace(grace).start() as job:
        async for line in job.stdout:
            break
        start = time.perf_counter()
        await job.kill()
        return time.perf_counter() - start

obedient = "sh -c 'echo ready; sleep 1000; true'; true"
escaped = "setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo ready; wait"
stubborn = "trap '' TERM INT; echo ready; while :; do sleep 1000; done"
await stop(obedient, 5)
print(json.dumps({
    "": statistics.median([await stop(obedient, 5) for _ in range({count})]),
    "one left its session": statistics.median([await stop(escaped, 5) for _ in range({count})]),
    "stubborn, beyond its grace": statistics.median([await stop(stubborn, {grace}) - {grace} for _ in range({few})]),
}))
"""


def prepare(workshop: Workshop) -> None:
    """Write the script."""
    workshop.write("stopping.xsh", filled(TREES, count=workshop.size(15, 1), few=workshop.size(5, 1), grace=GRACE))


CASE = Case(
    name="stopping a tree",
    unit="s",
    variants={"xsh": lambda workshop: workshop.told(*workshop.xsh, workshop.script("stopping.xsh"))},
    limits=(
        Limit("xsh", None, 0.010, moonshot=0.003),
        Limit("xsh, one left its session", None, 0.010, moonshot=0.003),
        Limit("xsh, stubborn, beyond its grace", None, 0.030, moonshot=0.003),
    ),
    rounds=5,
    prepare=prepare,
    also={"one left its session": "s", "beyond its grace": "s"},
)
