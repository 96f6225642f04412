"""Lines of a command's output, `seq 1 5000000`, one after another in a loop, and in the batches that xsh cuts inside.

The clock runs inside, with the start of the command in it; the slow ones get fewer lines, since a rate is asked for.
"""

from __future__ import annotations

from tests.bench.clock import CLOCK
from tests.bench.measure import Case, Limit
from tests.bench.one_by_one import filled
from tests.bench.workshop import Workshop

END = "\nassert count == {count}, count\ntell(start, {count}, 1e6, 1e9)\n"
RAW = """
import subprocess

start = now()
child = subprocess.Popen(["seq", "1", "{count}"], stdout=subprocess.PIPE, bufsize=0)
fd, held, count = child.stdout.fileno(), b"", 0
while chunk := os.read(fd, 65536):
    block, found, rest = chunk.rpartition(b"\\n")
    if found:
        count += len((held + block).decode("utf-8", "surrogateescape").split("\\n"))
        held = rest
    else:
        held += chunk
child.wait()
"""
FOR_LOOP = """
import subprocess

start, count = now(), 0
child = subprocess.Popen(["seq", "1", "{count}"], stdout=subprocess.PIPE, text=True)
for line in child.stdout:
    count += 1
child.wait()
"""
WITH_ASYNCIO = """
import asyncio

async def main():
    child = await asyncio.create_subprocess_exec("seq", "1", "{count}", stdout=asyncio.subprocess.PIPE)
    count = 0
    async for line in child.stdout:
        count += 1
    await child.wait()
    return count

start = now()
count = asyncio.run(main())
"""
WITH_SHELLOUS = """
import asyncio
from shellous import sh

async def main():
    count = 0
    async for line in sh("seq", "1", "{count}"):
        count += 1
    return count

start = now()
count = asyncio.run(main())
"""
XSH = """
await gather($`true`, $`true`)
start, count = now(), 0
async for line in $`seq 1 {count}`:
    count += 1
"""
# the loop of xsh/engine/runner.py's `iterate`, less the one over the lines of a batch
BATCHES = """
await gather($`true`, $`true`)
start, count = now(), 0
command = $`seq 1 {count}`
job = command.runner._job(command)
command.runner._connect(job, "iterate")
while (batches := await job.streams.feeds[1][0].more(job.reactor)) is not None:
    for batch in batches:
        count += len(batch)
await job.settle()
"""
SLOW = 5
"""By how much less the slow ones get."""


def prepare(workshop: Workshop) -> None:
    """Write the scripts."""
    count = workshop.size(5_000_000, 2000)
    scripts = {"raw.py": RAW, "for.py": FOR_LOOP, "loop.xsh": XSH, "batches.xsh": BATCHES}
    for name, text in scripts.items():
        workshop.write(f"lines-{name}", CLOCK + filled(text + END, count=count))
    for name, text in {"asyncio.py": WITH_ASYNCIO, "shellous.py": WITH_SHELLOUS}.items():
        workshop.write(f"lines-{name}", CLOCK + filled(text + END, count=count // SLOW))


CASE = Case(
    name="lines in a loop",
    unit="M lines/s",
    variants={
        "chunk and split": lambda workshop: workshop.told(workshop.python, workshop.script("lines-raw.py")),
        "for in a text file": lambda workshop: workshop.told(workshop.python, workshop.script("lines-for.py")),
        "asyncio": lambda workshop: workshop.told(workshop.python, workshop.script("lines-asyncio.py")),
        "xsh": lambda workshop: workshop.told(*workshop.xsh, workshop.script("lines-loop.xsh")),
        "xsh, batches": lambda workshop: workshop.told(*workshop.xsh, workshop.script("lines-batches.xsh")),
        "shellous": lambda workshop: workshop.told(*workshop.peers["shellous"], workshop.script("lines-shellous.py")),
    },
    limits=(
        Limit("xsh", "asyncio", at_least=3.5),
        Limit("xsh", None, at_least=5, moonshot=10),
        Limit("xsh, batches", "chunk and split", at_least=0.9),
        Limit("xsh", "shellous", at_least=6),
    ),
    rounds=7,
    prepare=prepare,
    also={"own CPU": "ns"},
)
