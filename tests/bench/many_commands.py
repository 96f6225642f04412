"""The cost of a command: 300 captured runs of `true` one after another, against a loop over subprocess.Popen.

Both capture both streams; the clock runs inside the program, around the loop, after one command to warm up.
"""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.workshop import Workshop

XSH = """
import time

r = await $`true`
start = time.perf_counter()
for _ in range({count}):
    r = await $`true`
print((time.perf_counter() - start) / {count} * 1e6)
"""

POPEN = """
import subprocess, time

def run():
    child = subprocess.Popen(["true"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.communicate()
    assert child.returncode == 0

run()
start = time.perf_counter()
for _ in range({count}):
    run()
print((time.perf_counter() - start) / {count} * 1e6)
"""


def prepare(workshop: Workshop) -> None:
    """Write both loops."""
    count = workshop.size(300, 3)
    workshop.write("many.xsh", XSH.format(count=count))
    workshop.write("many.py", POPEN.format(count=count))


CASE = Case(
    name="300 commands, each",
    unit="µs",
    variants={
        "subprocess.Popen": lambda workshop: workshop.said(workshop.python, str(workshop.folder / "many.py")),
        "xsh": lambda workshop: workshop.said(*workshop.xsh, str(workshop.folder / "many.xsh")),
    },
    limits=(Limit("xsh", "subprocess.Popen", 1.4),),
    rounds=9,
    prepare=prepare,
)
