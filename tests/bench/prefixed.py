"""Live output of four programs at once behind their labels, against the same four, each writing to a pipe that cat reads.

The clock runs inside, around the four; the programs are `seq`, which write faster than most.

And the peak of the script's memory (VmHWM, proc(5)) for ten times the lines against once.
"""

from __future__ import annotations

import shutil

from tests.bench.measure import Case, Limit
from tests.bench.workshop import BenchmarkError, Workshop

XSH = """
import sys
import time

await gather($`true`, $`true`)
start = time.perf_counter()
await gather(*[$`seq 10000000 {last}`.label(f"job{{n}}") for n in range(4)])
with open(sys.argv[1], "w") as file:
    print(time.perf_counter() - start, file=file)
"""

CAT = """
start=${{EPOCHREALTIME/./}}
for n in 1 2 3 4; do seq 10000000 {last} | cat & done
wait
taken=$(( ${{EPOCHREALTIME/./}} - start ))
printf '%d.%06d\\n' $(( taken / 1000000 )) $(( taken % 1000000 )) >"$1"
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
    last = 10_000_000 + workshop.size(500_000, 1000) - 1
    workshop.write("prefixed.xsh", XSH.format(last=last))
    workshop.write("prefixed.sh", CAT.format(last=last))
    workshop.write("prefixed_memory.xsh", PEAK)


def bash() -> str:
    """Where bash is; BenchmarkError without it."""
    found = shutil.which("bash")
    if found is None:
        raise BenchmarkError("bash is not installed")
    return found


def around(workshop: Workshop, *argv: str) -> float:
    """Seconds that a script says it took, in a file, since its output is what is measured."""
    said = workshop.folder / "prefixed.seconds"
    workshop.wall(*argv, str(said))
    return float(said.read_text())


def peak(workshop: Workshop, size: int) -> float:
    """MiB at the most, while each of four programs wrote that many lines."""
    return workshop.said(*workshop.xsh, str(workshop.folder / "prefixed_memory.xsh"), str(size))


CASE = Case(
    name="4 x 500,000 labelled lines",
    unit="s",
    variants={
        "bash": lambda workshop: around(workshop, bash(), str(workshop.folder / "prefixed.sh")),
        "xsh": lambda workshop: around(workshop, *workshop.xsh, str(workshop.folder / "prefixed.xsh")),
    },
    limits=(Limit("xsh", "bash", 3),),
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
CASES = {"prefixed": CASE, "prefixed_memory": MEMORY_CASE}
