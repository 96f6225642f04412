"""The cost of a captured command: runs of `true` one after another; the clock runs inside, after one run to warm up.

A rate and the process's own CPU, without the program's. Like is compared with like: with stdout captured alone, and with
both streams captured, which is what a script that says `` r = await $`true` `` gets.
"""

from __future__ import annotations

from tests.bench.clock import CLOCK, NODE_CLOCK
from tests.bench.floor import floor, prepare_floor
from tests.bench.measure import Case, Limit, Variant
from tests.bench.workshop import Workshop

LOOP = """
await once()
start = now()
for _ in range({count}):
    await once()
tell(start, {count})
"""
XSH = CLOCK + "async def once():\n    r = await {command}\n    return r\n" + LOOP
RUN = (
    CLOCK
    + """
import subprocess

def once():
    assert subprocess.run(["true"], {streams}).returncode == 0

once()
start = now()
for _ in range({count}):
    once()
tell(start, {count})
"""
)
WITH_ASYNCIO = """
import asyncio
{imports}

async def once():
    {once}

async def main():
    await once()
    start = now()
    for _ in range({count}):
        await once()
    tell(start, {count})

asyncio.run(main())
"""
ASYNCIO_ONCE = """child = await asyncio.create_subprocess_exec("true", {streams})
    await child.communicate()
    assert child.returncode == 0"""
PLAIN = "\nonce()\nstart = now()\nfor _ in range({count}):\n    once()\ntell(start, {count})\n"
NODE_LOOP = """
await once();
const start = now();
for (let n = 0; n < {count}; n++) await once();
tell(start, {count});
"""
PEERS = {
    "shellous": CLOCK
    + WITH_ASYNCIO.replace("{imports}", "from shellous import sh").replace("{once}", 'await sh("true")'),
    "plumbum": CLOCK + '\nfrom plumbum import local\nonce = local["true"]\n' + PLAIN,
    "sh": CLOCK + "\nimport sh\nonce = sh.true\n" + PLAIN,
    "xonsh": CLOCK + "\ndef once():\n    r = !(true)\n    r.end()\n" + PLAIN,
    "zx": NODE_CLOCK + "const once = () => $`true`;\n" + NODE_LOOP,
    "execa": 'import {execa} from "execa";\n' + NODE_CLOCK + 'const once = () => execa("true");\n' + NODE_LOOP,
}
SLOW = {"xonsh": 60, "zx": 150, "execa": 150, "sh": 100}
"""How many runs of those that take much longer."""
ONE, BOTH = "stdout=subprocess.PIPE", "stdout=subprocess.PIPE, stderr=subprocess.PIPE"
ASYNC_ONE = ONE.replace("subprocess", "asyncio.subprocess")
ASYNC_BOTH = BOTH.replace("subprocess", "asyncio.subprocess")


def peer_script(name: str) -> str:
    """The name of a peer's script."""
    return f"each-{name}.{'mjs' if name in ('zx', 'execa') else 'xonsh' if name == 'xonsh' else 'py'}"


def filled(text: str, **values: object) -> str:
    """A script with its own values in place; other braces are the script's."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def prepare(workshop: Workshop) -> None:
    """Build the floor and write the loops."""
    prepare_floor(workshop)
    count = workshop.size(400, 3)
    asyncio_loop = CLOCK + filled(WITH_ASYNCIO, imports="", once=ASYNCIO_ONCE)
    for ending, streams in (("one", ONE), ("both", BOTH)):
        workshop.write(f"run-{ending}.py", filled(RUN, streams=streams, count=count))
    for ending, streams in (("one", ASYNC_ONE), ("both", ASYNC_BOTH)):
        workshop.write(f"asyncio-{ending}.py", filled(asyncio_loop, streams=streams, count=count))
    workshop.write("each-one.xsh", filled(XSH, command="$`true`.stderr(None)", count=count))
    workshop.write("each-both.xsh", filled(XSH, command="$`true`", count=count))
    for name, text in PEERS.items():
        workshop.write(peer_script(name), filled(text, count=workshop.size(SLOW.get(name, count), 3)))


def peer(name: str) -> Variant:
    """A peer's loop."""
    return lambda workshop: workshop.told(*workshop.peers[name], workshop.script(peer_script(name)))


def with_python(workshop: Workshop, name: str) -> dict[str, float]:
    """A loop under the bare interpreter."""
    return workshop.told(workshop.python, workshop.script(name))


CASE = Case(
    name="captured, one by one",
    unit="commands/s",
    variants={
        "floor": lambda workshop: floor(workshop, workshop.size(400, 3), 1, 1),
        "floor, both streams": lambda workshop: floor(workshop, workshop.size(400, 3), 1, 2),
        "subprocess.run": lambda workshop: with_python(workshop, "run-one.py"),
        "subprocess.run, both streams": lambda workshop: with_python(workshop, "run-both.py"),
        "asyncio": lambda workshop: with_python(workshop, "asyncio-one.py"),
        "asyncio, both streams": lambda workshop: with_python(workshop, "asyncio-both.py"),
        "xsh": lambda workshop: workshop.told(*workshop.xsh, workshop.script("each-one.xsh")),
        "xsh, both streams": lambda workshop: workshop.told(*workshop.xsh, workshop.script("each-both.xsh")),
        **{name: peer(name) for name in PEERS},
    },
    limits=(
        Limit("xsh", "floor", at_least=0.8, moonshot=0.95),
        Limit("xsh, both streams", "floor, both streams", at_least=0.8, moonshot=0.95),
        Limit("xsh, own CPU", "subprocess.run, own CPU", 1.5, moonshot=1),
        Limit("xsh, both streams, own CPU", "subprocess.run, both streams, own CPU", 1.5, moonshot=1),
        Limit("xsh, own CPU", "asyncio, own CPU", 0.65),
        Limit("xsh, both streams, own CPU", "asyncio, both streams, own CPU", 0.65),
    ),
    rounds=9,
    prepare=prepare,
    also={"own CPU": "µs"},
)
