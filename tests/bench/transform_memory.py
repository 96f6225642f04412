"""Memory: the peak of a script while 1 GB streams through a Python transform, against the same with 50 MB.

The peak is VmHWM (proc(5)) and not ru_maxrss, which a program inherits from whoever started it.
"""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.workshop import Workshop

XSH = """
import sys

size = int(sys.argv[1])

def shout(line):
    return line.upper()

r = await ($`yes ${{"a line of some forty characters to shout"}}` | $`head -c ${{size}}` | shout | $`wc -c`)
assert int(r.text) >= size, r.text
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
print(int(peak) / 1024)
"""


def prepare(workshop: Workshop) -> None:
    """Write the script."""
    workshop.write("memory.xsh", XSH.format())


def peak(workshop: Workshop, size: int) -> float:
    """MiB at the most, while that many bytes passed."""
    return workshop.said(*workshop.xsh, str(workshop.folder / "memory.xsh"), str(size))


CASE = Case(
    name="memory of a transform",
    unit="MiB",
    variants={
        "50 MB": lambda workshop: peak(workshop, workshop.size(50 * 10**6, 10**5)),
        "1 GB": lambda workshop: peak(workshop, workshop.size(10**9, 2 * 10**5)),
    },
    limits=(Limit("1 GB", "50 MB", 1.1),),
    rounds=3,
    prepare=prepare,
)
