"""How long a race takes to stop its losers: from the end of the winner to 50 programs stopped and reaped."""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.workshop import Workshop

RACE = """
import time

over = 0.0

async def winner():
    global over
    await sleep(0.2)
    r = await $`true`
    over = time.perf_counter()

r = await race(*($`sleep 60` for _ in range({count})), winner)
print(time.perf_counter() - over)
"""


def prepare(workshop: Workshop) -> None:
    """Write the race."""
    workshop.write("race.xsh", RACE.format(count=workshop.size(50, 3)))


CASE = Case(
    name="50 losers of a race, stopped",
    unit="s",
    variants={
        "allowed": lambda workshop: 0.3,
        "xsh": lambda workshop: workshop.said(*workshop.xsh, str(workshop.folder / "race.xsh")),
    },
    limits=(Limit("xsh", "allowed", 1.0),),
    rounds=7,
    prepare=prepare,
)
