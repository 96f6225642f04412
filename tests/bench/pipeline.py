"""Data between two commands: 4 GiB through a pipe, against bash; the clock runs inside, around the pipeline.

The own CPU is the whole of it: xsh should not touch the data.
"""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.one_by_one import filled
from tests.bench.workshop import Workshop

XSH = """
import json, resource, time

def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

start, own = time.perf_counter(), cpu()
r = await $`head -c {size} /dev/zero | wc -c`
told = {"": time.perf_counter() - start, "own CPU": cpu() - own}
assert int(r.text) == {size}
print(json.dumps(told))
"""

BASH = """
LC_ALL=C
start=${EPOCHREALTIME/./}
counted=$(head -c {size} /dev/zero | wc -c)
[ "$counted" = {size} ] || exit
taken=$(( ${EPOCHREALTIME/./} - start ))
printf '%d.%06d\\n' $(( taken / 1000000 )) $(( taken % 1000000 ))
"""


def prepare(workshop: Workshop) -> None:
    """Write both pipelines."""
    size = workshop.size(4 * 2**30, 10**6)
    workshop.write("pipeline.xsh", filled(XSH, size=size))
    workshop.write("pipeline.sh", filled(BASH, size=size))


CASE = Case(
    name="4 GiB through a pipe",
    unit="s",
    variants={
        "bash": lambda workshop: workshop.said(workshop.program("bash"), workshop.script("pipeline.sh")),
        "xsh": lambda workshop: workshop.told(*workshop.xsh, workshop.script("pipeline.xsh")),
    },
    limits=(Limit("xsh", "bash", 1.02, moonshot=0.95), Limit("xsh, own CPU", None, 0.01)),
    rounds=9,
    prepare=prepare,
    also={"own CPU": "s"},
)
