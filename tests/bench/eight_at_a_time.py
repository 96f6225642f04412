"""Many commands with a limit: 2,000 captured runs of `true`, eight at a time; the clock runs inside.

GNU parallel and the peers that run on node get fewer, since only their rate is asked for; parallel's includes its start.
"""

from __future__ import annotations

from tests.bench.clock import CLOCK, NODE_CLOCK
from tests.bench.floor import floor, prepare_floor
from tests.bench.measure import Case, Limit, Variant
from tests.bench.one_by_one import ASYNC_BOTH, ASYNC_ONE, ASYNCIO_ONCE, filled
from tests.bench.workshop import Workshop

AT_A_TIME = 8
XSH = (
    CLOCK
    + """
r = await gather({command}, {command})
start = now()
r = await gather(({command} for _ in range({count})), limit=8)
tell(start, {count})
"""
)
WORKERS = """
import asyncio
{imports}

async def once():
    {once}

async def worker(numbers):
    for _ in numbers:
        await once()

async def main():
    await once()
    start = now()
    numbers = iter(range({count}))
    await asyncio.gather(*[worker(numbers) for _ in range(8)])
    tell(start, {count})

asyncio.run(main())
"""
NODE_WORKERS = """
await once();
const start = now();
let started = 0;
const worker = async () => { while (started++ < {count}) await once(); };
await Promise.all(Array.from({length: 8}, worker));
tell(start, {count});
"""
PEERS = {
    "shellous": CLOCK + filled(WORKERS, imports="from shellous import sh", once='await sh("true")'),
    "zx": NODE_CLOCK + "const once = () => $`true`;\n" + NODE_WORKERS,
    "execa": 'import {execa} from "execa";\n' + NODE_CLOCK + 'const once = () => execa("true");\n' + NODE_WORKERS,
}
FEWER = 400


def peer_script(name: str) -> str:
    """The name of a peer's script."""
    return f"eight-{name}.{'py' if name == 'shellous' else 'mjs'}"


def prepare(workshop: Workshop) -> None:
    """Build the floor and write the scripts."""
    prepare_floor(workshop)
    count = workshop.size(2000, 9)
    for ending, command in (("one", "$`true`.stderr(None)"), ("both", "$`true`")):
        workshop.write(f"eight-{ending}.xsh", filled(XSH, command=command, count=count))
    for ending, streams in (("one", ASYNC_ONE), ("both", ASYNC_BOTH)):
        once = filled(ASYNCIO_ONCE, streams=streams)
        workshop.write(f"eight-{ending}.py", CLOCK + filled(WORKERS, imports="", once=once, count=count))
    for name, text in PEERS.items():
        workshop.write(peer_script(name), filled(text, count=count if name == "shellous" else workshop.size(FEWER, 9)))


def peer(name: str) -> Variant:
    """A peer's script."""
    return lambda workshop: workshop.told(*workshop.peers[name], workshop.script(peer_script(name)))


def parallel(workshop: Workshop) -> float:
    """Runs per second of GNU parallel."""
    count = workshop.size(FEWER, 9)
    (perl, *rest) = workshop.peers["GNU parallel"]
    numbers = [str(number) for number in range(count)]
    return count / workshop.wall(workshop.program(perl), *rest, f"-j{AT_A_TIME}", "true", ":::", *numbers)


CASE = Case(
    name="2,000 captured, limit 8",
    unit="commands/s",
    variants={
        "floor": lambda workshop: floor(workshop, workshop.size(2000, 9), AT_A_TIME, 1),
        "floor, both streams": lambda workshop: floor(workshop, workshop.size(2000, 9), AT_A_TIME, 2),
        "asyncio": lambda workshop: workshop.told(workshop.python, workshop.script("eight-one.py")),
        "asyncio, both streams": lambda workshop: workshop.told(workshop.python, workshop.script("eight-both.py")),
        "xsh": lambda workshop: workshop.told(*workshop.xsh, workshop.script("eight-one.xsh")),
        "xsh, both streams": lambda workshop: workshop.told(*workshop.xsh, workshop.script("eight-both.xsh")),
        **{name: peer(name) for name in PEERS},
        "GNU parallel": parallel,
    },
    limits=(
        Limit("xsh", "floor", at_least=0.65, moonshot=0.85),
        Limit("xsh, both streams", "floor, both streams", at_least=0.65, moonshot=0.85),
        Limit("xsh", "asyncio", at_least=1.2),
        Limit("xsh, both streams", "asyncio, both streams", at_least=1.2),
        Limit("xsh", "shellous", at_least=1.4),
        Limit("xsh, both streams", "zx", at_least=5),
        Limit("xsh, both streams", "GNU parallel", at_least=5),
    ),
    rounds=5,
    prepare=prepare,
    also={"own CPU": "µs"},
)
