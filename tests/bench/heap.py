"""What a command costs a process that holds 1 GiB, against a small one: 200 captured runs of `true`, clock inside."""

from __future__ import annotations

from tests.bench.clock import CLOCK
from tests.bench.measure import Case, Limit
from tests.bench.one_by_one import filled
from tests.bench.workshop import Workshop

XSH = (
    CLOCK
    + """
held = bytearray({size})
for page in range(0, {size}, 4096):
    held[page] = 1
r = await $`true`
start = time.perf_counter()
for _ in range({count}):
    r = await $`true`
print((time.perf_counter() - start) / {count})
"""
)


def prepare(workshop: Workshop) -> None:
    """Write the script for both sizes; every page is written to, so that it is there."""
    count = workshop.size(200, 3)
    workshop.write("heap-large.xsh", filled(XSH, size=workshop.size(2**30, 2**20), count=count))
    workshop.write("heap-small.xsh", filled(XSH, size=2**12, count=count))


CASE = Case(
    name="a command in a large process",
    unit="s",
    variants={
        "small": lambda workshop: workshop.said(*workshop.xsh, workshop.script("heap-small.xsh")),
        "1 GiB": lambda workshop: workshop.said(*workshop.xsh, workshop.script("heap-large.xsh")),
    },
    limits=(Limit("1 GiB", "small", 1.3, moonshot=1.1),),
    rounds=9,
    prepare=prepare,
)
