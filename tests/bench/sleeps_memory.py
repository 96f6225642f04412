"""1,000 programs at the same time: the memory of xsh for each, at its peak, beyond the process itself."""

from __future__ import annotations

from tests.bench import many_sleeps
from tests.bench.measure import Case, Limit

CASE = Case(
    name="1,000 sleeps at once, memory for each",
    unit="KiB",
    variants={
        "allowed": lambda workshop: 40.0,
        "xsh": lambda workshop: workshop.said(*workshop.xsh, str(workshop.folder / "sleeps-each.xsh")),
    },
    limits=(Limit("xsh", "allowed", 1.0),),
    rounds=3,
    prepare=many_sleeps.prepare,
)
