"""1,000 programs at the same time that sleep 2 s: the time until all have ended, and what each takes while it runs.

One look while all are running counts descriptors and threads; the memory is the growth of the peak (VmHWM, proc(5)).
"""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.one_by_one import filled
from tests.bench.workshop import Workshop

SLEEPS = """
import json, os, time

def status(field):
    with open("/proc/self/status") as file:
        return int(next(line.split()[1] for line in file if line.startswith(field)))

def descriptors():
    return sum(1 for _ in os.scandir("/proc/self/fd"))

seen = {}

async def look():
    await sleep({look})
    seen["descriptors each"] = (descriptors() - before) / {count}
    seen["threads"] = status("Threads:")

r = await gather($`true`, $`true`)
before, memory = descriptors(), status("VmRSS:")
start = time.perf_counter()
async with task_group() as group:
    group.start_soon(look)
    r = await gather(*({command} for _ in range({count})))
    seen[""] = time.perf_counter() - start
seen["memory each"] = (status("VmHWM:") - memory) / {count}
print(json.dumps(seen))
"""
BASH = """
LC_ALL=C
start=${EPOCHREALTIME/./}
for ((n = 0; n < {count}; n++)); do sleep {seconds} & done
wait
taken=$(( ${EPOCHREALTIME/./} - start ))
printf '%d.%06d\\n' $(( taken / 1000000 )) $(( taken % 1000000 ))
"""


def prepare(workshop: Workshop) -> None:
    """Write the scripts; the look comes when all have been started and none has ended."""
    tiny = workshop.tiny
    values = {"count": workshop.size(1000, 5), "seconds": 0.3 if tiny else 2, "look": 0.1 if tiny else 1.8}
    for ending, command in (("one", "$`sleep {seconds}`.stderr(None)"), ("both", "$`sleep {seconds}`")):
        workshop.write(f"sleeps-{ending}.xsh", filled(SLEEPS, command=command, **values))
    workshop.write("sleeps.sh", filled(BASH, **values))


CASE = Case(
    name="1,000 sleeps of 2 s at once",
    unit="s",
    variants={
        "bash": lambda workshop: workshop.said(workshop.program("bash"), workshop.script("sleeps.sh")),
        "xsh": lambda workshop: workshop.told(*workshop.xsh, workshop.script("sleeps-one.xsh")),
        "xsh, both streams": lambda workshop: workshop.told(*workshop.xsh, workshop.script("sleeps-both.xsh")),
    },
    limits=(
        Limit("xsh", "bash", 1.05),
        Limit("xsh, both streams", "bash", 1.05),
        Limit("xsh, memory each", None, 8, moonshot=5),
        Limit("xsh, both streams, memory each", None, 8, moonshot=5),
        Limit("xsh, descriptors each", None, 1.02),
        Limit("xsh, both streams, descriptors each", None, 2.02),
        Limit("xsh, both streams, threads", None, 3),
    ),
    rounds=5,
    prepare=prepare,
    also={"memory each": "KiB", "descriptors each": "", "threads": ""},
)
