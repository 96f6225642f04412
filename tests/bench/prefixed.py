"""Live output of four programs at once behind their labels, against the same four writing to a pipe that cat reads.

And the peak of the script's memory (VmHWM, proc(5)) for ten times the lines against once.
"""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.workshop import Workshop

XSH = """
await gather(*[$`seq 10000000 ${{10000000 + {size} - 1}}`.label(f"job{{n}}") for n in range(4)])
"""

CAT = """
for n in 1 2 3 4; do seq 10000000 $((10000000 + {size} - 1)) | cat & done
wait
"""

PEAK = """
import os
import sys

size, null = int(sys.argv[1]), os.open(os.devnull, os.O_WRONLY)
own = os.dup(1)
os.dup2(null, 1)
await gather(*[$`seq 10000000 ${10000000 + size - 1}`.label(f"job{n}") for n in range(4)])
os.dup2(own, 1)
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
print(int(peak) / 1024)
"""


def prepare(workshop: Workshop) -> None:
    """Write the scripts."""
    size = workshop.size(500_000, 1000)
    workshop.write("prefixed.xsh", XSH.format(size=size))
    workshop.write("prefixed.sh", CAT.format(size=size))
    workshop.write("prefixed_memory.xsh", PEAK)


def peak(workshop: Workshop, size: int) -> float:
    """MiB at the most, while each of four programs wrote that many lines."""
    return workshop.said(*workshop.xsh, str(workshop.folder / "prefixed_memory.xsh"), str(size))


CASE = Case(
    name="4 x 500,000 labelled lines",
    unit="s",
    variants={
        "cat": lambda workshop: workshop.wall("/bin/sh", str(workshop.folder / "prefixed.sh")),
        "xsh": lambda workshop: workshop.wall(*workshop.xsh, str(workshop.folder / "prefixed.xsh")),
    },
    limits=(Limit("xsh", "cat", 3),),
    rounds=7,
    prepare=prepare,
)

MEMORY_CASE = Case(
    name="memory of labelled lines",
    unit="MiB",
    variants={
        "once": lambda workshop: peak(workshop, workshop.size(500_000, 1000)),
        "ten times": lambda workshop: peak(workshop, workshop.size(5_000_000, 2000)),
    },
    limits=(Limit("ten times", "once", 1.1),),
    rounds=3,
    prepare=prepare,
)
