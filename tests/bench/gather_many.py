"""What `gather` costs over the spawning itself: 2,000 runs of `true`, 8 at a time, against eight loops of awaits."""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.workshop import Workshop

GATHER = """
import time

r = await gather($`true`, $`true`)
start = time.perf_counter()
r = await gather(($`true` for _ in range({count})), limit=8)
print(time.perf_counter() - start)
"""

LOOPS = """
import time

r = await gather($`true`, $`true`)
numbers = iter(range({count}))
results = []

async def loop():
    for _ in numbers:
        results.append(await $`true`)

start = time.perf_counter()
async with task_group() as group:
    for _ in range(8):
        group.start_soon(loop)
print(time.perf_counter() - start)
"""


def prepare(workshop: Workshop) -> None:
    """Write both scripts."""
    count = workshop.size(2000, 9)
    workshop.write("gather.xsh", GATHER.format(count=count))
    workshop.write("loops.xsh", LOOPS.format(count=count))


CASE = Case(
    name="gather of 2,000, limit 8",
    unit="s",
    variants={
        "xsh, eight loops": lambda workshop: workshop.said(*workshop.xsh, str(workshop.folder / "loops.xsh")),
        "xsh, gather": lambda workshop: workshop.said(*workshop.xsh, str(workshop.folder / "gather.xsh")),
    },
    limits=(Limit("xsh, gather", "xsh, eight loops", 1.15),),
    rounds=7,
    prepare=prepare,
)
