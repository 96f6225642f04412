"""Keeping output: 256 MiB captured, and captured while it is shown; the clock runs inside, one run for each figure.

The peak is the whole process's memory (VmHWM, proc(5)) over the size of the data. What is shown goes to /dev/null.
"""

from __future__ import annotations

from tests.bench.clock import CLOCK
from tests.bench.measure import Case, Limit, Variant
from tests.bench.one_by_one import filled
from tests.bench.workshop import Workshop

TOLD = """
taken = time.perf_counter() - start
assert len(data) == {size}
with open("/proc/self/status") as file:
    peak = int(next(line.split()[1] for line in file if line.startswith("VmHWM"))) * 1024
figures = {"": {size} / taken / 1e9, "peak over data": peak / {size}}
if len(sys.argv) > 1:
    with open(sys.argv[1], "w") as file:
        json.dump(figures, file)
else:
    print(json.dumps(figures))
"""
START = CLOCK + "start = time.perf_counter()\n"
COMMAND = '["head", "-c", "{size}", "/dev/zero"]'
WITH_ASYNCIO = """
import asyncio

async def main():
    child = await asyncio.create_subprocess_exec(*{command}, stdout=asyncio.subprocess.PIPE)
    return (await child.communicate())[0]

start = time.perf_counter()
data = asyncio.run(main())
"""
WITH_SHELLOUS = """
import asyncio
from shellous import sh

async def main():
    return await sh(*{command}).result

start = time.perf_counter()
data = asyncio.run(main()).output_bytes
"""
LIVE_LOOP = """
import io, subprocess

start = time.perf_counter()
child = subprocess.Popen({command}, stdout=subprocess.PIPE, bufsize=0)
kept, fd = io.BytesIO(), child.stdout.fileno()
while chunk := os.read(fd, 65536):
    kept.write(chunk)
    os.write(1, chunk)
assert child.wait() == 0
data = kept.getvalue()
"""
SCRIPTS = {
    "capture.xsh": START + "r = await $`head -c {size} /dev/zero`\ndata = r.stdout_bytes\n",
    "capture-run.py": CLOCK
    + "import subprocess\nstart = time.perf_counter()\ndata = subprocess.run({command}, stdout=subprocess.PIPE).stdout\n",
    "capture-asyncio.py": CLOCK + WITH_ASYNCIO,
    "capture-shellous.py": CLOCK + WITH_SHELLOUS,
    "live.xsh": START + "r = await $`head -c {size} /dev/zero`.tee()\ndata = r.stdout_bytes\n",
    "live-loop.py": CLOCK + LIVE_LOOP,
}


def prepare(workshop: Workshop) -> None:
    """Write the scripts of both cases."""
    size = workshop.size(256 * 2**20, 2**20)
    for name, text in SCRIPTS.items():
        workshop.write(name, filled(text + TOLD, command=COMMAND, size=size))


def with_python(name: str, python: str = "") -> Variant:
    """A script under the bare interpreter, or a peer's."""
    return lambda workshop: workshop.told(
        *(workshop.peers[python] if python else (workshop.python,)), workshop.script(name)
    )


CASE = Case(
    name="256 MiB captured",
    unit="GB/s",
    variants={
        "subprocess.run": with_python("capture-run.py"),
        "asyncio": with_python("capture-asyncio.py"),
        "xsh": lambda workshop: workshop.told(*workshop.xsh, workshop.script("capture.xsh")),
        "shellous": with_python("capture-shellous.py", "shellous"),
    },
    limits=(
        Limit("xsh", "subprocess.run", at_least=0.9, moonshot=1.1),
        Limit("xsh, peak over data", None, 1.15),
        Limit("xsh", "asyncio", at_least=1.6),
        Limit("xsh", "shellous", at_least=1.6),
    ),
    rounds=9,
    prepare=prepare,
    also={"peak over data": ""},
)

LIVE_CASE = Case(
    name="256 MiB captured and shown",
    unit="GB/s",
    variants={
        "read and write": lambda workshop: workshop.noted(workshop.python, workshop.script("live-loop.py")),
        "xsh": lambda workshop: workshop.noted(*workshop.xsh, workshop.script("live.xsh")),
    },
    limits=(Limit("xsh", "read and write", at_least=0.9, moonshot=1),),
    rounds=9,
    prepare=prepare,
    also={"peak over data": ""},
)
CASES = {"capture": CASE, "capture_live": LIVE_CASE}
