"""A Python function for each line between two commands, 5,000,000 short lines, against the same loops by hand.

The tightest of them reads a chunk, cuts it, maps the function over the lines, joins and writes: as tight as Python gets over
two pipes, with text for the function and the last line's end minded.
"""

from __future__ import annotations

from tests.bench.clock import CLOCK
from tests.bench.lines import SLOW
from tests.bench.measure import Case, Limit
from tests.bench.one_by_one import filled
from tests.bench.workshop import Workshop

FUNCTION = "\ndef shout(line):\n    return line.upper()\n"
END = "\nassert count == {count}, count\ntell(start, {count}, 1e6, 1e9)\n"
XSH = """
await gather($`true`, $`true`)
start = now()
r = await ($`seq 1 {count}` | shout | $`wc -l`)
count = int(r.text)
"""
BY_HAND = """
import subprocess

start = now()
source = subprocess.Popen(["seq", "1", "{count}"], stdout=subprocess.PIPE, bufsize=0)
sink = subprocess.Popen(["wc", "-l"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
from_fd, to_fd, held = source.stdout.fileno(), sink.stdin.fileno(), b""
while chunk := os.read(from_fd, 65536):
    block, found, rest = chunk.rpartition(b"\\n")
    if not found:
        held += chunk
        continue
    lines = (held + block).decode("utf-8", "surrogateescape").split("\\n")
    data = ("\\n".join(map(shout, lines)) + "\\n").encode("utf-8", "surrogateescape")
    while data:
        data = data[os.write(to_fd, data):]
    held = rest
sink.stdin.close()
count = int(sink.stdout.read())
assert source.wait() == sink.wait() == 0
"""
LINE_BY_LINE = """
import subprocess

start = now()
source = subprocess.Popen(["seq", "1", "{count}"], stdout=subprocess.PIPE, text=True)
sink = subprocess.Popen(["wc", "-l"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
for line in source.stdout:
    sink.stdin.write(shout(line.rstrip("\\n")) + "\\n")
sink.stdin.close()
count = int(sink.stdout.read())
assert source.wait() == sink.wait() == 0
"""
WITH_ASYNCIO = """
import asyncio

async def main():
    pipe = asyncio.subprocess.PIPE
    source = await asyncio.create_subprocess_exec("seq", "1", "{count}", stdout=pipe)
    sink = await asyncio.create_subprocess_exec("wc", "-l", stdin=pipe, stdout=pipe)
    async for line in source.stdout:
        sink.stdin.write(shout(line.decode().rstrip("\\n")).encode() + b"\\n")
        await sink.stdin.drain()
    sink.stdin.close()
    count = int(await sink.stdout.read())
    assert await source.wait() == await sink.wait() == 0
    return count

start = now()
count = asyncio.run(main())
"""
WITH_SHELLOUS = """
import asyncio
from shellous import sh

async def stage():
    async for line in sh("seq", "1", "{count}"):
        yield shout(line.rstrip("\\n")) + "\\n"

async def main():
    return await (stage() | sh("wc", "-l"))

start = now()
count = int(asyncio.run(main()))
"""


def prepare(workshop: Workshop) -> None:
    """Write the scripts."""
    count = workshop.size(5_000_000, 2000)
    for name, text in {"stage.xsh": XSH, "by-hand.py": BY_HAND, "line-by-line.py": LINE_BY_LINE}.items():
        workshop.write(f"function-{name}", CLOCK + FUNCTION + filled(text + END, count=count))
    for name, text in {"asyncio.py": WITH_ASYNCIO, "shellous.py": WITH_SHELLOUS}.items():
        workshop.write(f"function-{name}", CLOCK + FUNCTION + filled(text + END, count=count // SLOW // 2))


CASE = Case(
    name="a function for each line",
    unit="M lines/s",
    variants={
        "by hand": lambda workshop: workshop.told(workshop.python, workshop.script("function-by-hand.py")),
        "by hand, line by line": lambda workshop: workshop.told(
            workshop.python, workshop.script("function-line-by-line.py")
        ),
        "asyncio": lambda workshop: workshop.told(workshop.python, workshop.script("function-asyncio.py")),
        "xsh": lambda workshop: workshop.told(*workshop.xsh, workshop.script("function-stage.xsh")),
        "shellous": lambda workshop: workshop.told(
            *workshop.peers["shellous"], workshop.script("function-shellous.py")
        ),
    },
    limits=(
        Limit("xsh", "by hand", at_least=0.9, moonshot=1.1),
        Limit("xsh", "asyncio", at_least=20),
        Limit("xsh", "shellous", at_least=20),
    ),
    rounds=7,
    prepare=prepare,
    also={"own CPU": "ns"},
)
