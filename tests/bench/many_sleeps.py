"""1,000 programs at the same time that sleep 2 s: the time until all have ended."""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.workshop import Workshop

SLEEPS = """
import resource, threading, time

def used():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1024

r = await gather($`true`, $`true`)
before = used()
start = time.perf_counter()
r = await gather(*($`sleep {seconds}` for _ in range({count})))
taken = time.perf_counter() - start
each = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / {count}
assert threading.active_count() == 1, threading.enumerate()
print({figure})
"""


def prepare(workshop: Workshop) -> None:
    """Write the script, once for each figure."""
    count, seconds = workshop.size(1000, 5), workshop.size(20, 1) / 10
    for figure in ("taken", "each"):
        workshop.write(f"sleeps-{figure}.xsh", SLEEPS.format(count=count, seconds=seconds, figure=figure))


CASE = Case(
    name="1,000 sleeps of 2 s at once",
    unit="s",
    variants={
        "allowed": lambda workshop: 3.0,
        "xsh": lambda workshop: workshop.said(*workshop.xsh, str(workshop.folder / "sleeps-taken.xsh")),
    },
    limits=(Limit("xsh", "allowed", 1.0),),
    rounds=3,
    prepare=prepare,
)
