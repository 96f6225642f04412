"""Data between two commands: 4 GB through a pipe, against bash; the clock runs inside, around the pipeline."""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.workshop import Workshop

XSH = """
import time

start = time.perf_counter()
r = await $`head -c {size} /dev/zero | wc -c`
assert int(r.text) == {size}
print(time.perf_counter() - start)
"""

BASH = """
LC_ALL=C
start=${{EPOCHREALTIME/./}}
counted=$(head -c {size} /dev/zero | wc -c)
[ "$counted" = {size} ] || exit
taken=$(( ${{EPOCHREALTIME/./}} - start ))
printf '%d.%06d\\n' $(( taken / 1000000 )) $(( taken % 1000000 ))
"""


def prepare(workshop: Workshop) -> None:
    """Write both pipelines."""
    size = workshop.size(4 * 10**9, 10**6)
    workshop.write("pipeline.xsh", XSH.format(size=size))
    workshop.write("pipeline.sh", BASH.format(size=size))


CASE = Case(
    name="4 GB through a pipe",
    unit="s",
    variants={
        "bash": lambda workshop: workshop.said("bash", str(workshop.folder / "pipeline.sh")),
        "xsh": lambda workshop: workshop.said(*workshop.xsh, str(workshop.folder / "pipeline.xsh")),
    },
    limits=(Limit("xsh", "bash", 1.05),),
    rounds=7,
    prepare=prepare,
)
