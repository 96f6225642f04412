"""Commands on a Dask cluster, to Dask's own task that runs the same program on the worker: submitted, its result awaited."""

from __future__ import annotations

import importlib.util

from tests.bench.measure import Case, Limit
from tests.bench.one_by_one import filled
from tests.bench.workshop import BenchmarkError, Workshop

DASK = """
import asyncio, json, subprocess, sys, time
from distributed import Client
from xsh import sh, gather
from xsh.testing import dask_cluster

def work(argv):
    done = subprocess.run(argv, capture_output=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr

async def timed(whole, count):
    start = time.perf_counter()
    await whole
    return (time.perf_counter() - start) / count * 1e3

async def one_by_one(make, count):
    for _ in range(count):
        await make()

async def main(ours):
    figures = {}
    with dask_cluster() as cluster:
        client = await Client(cluster.scheduler_address, asynchronous=True, set_as_default=False)
        dask = sh.dask(cluster)
        async def own(argv):
            return await client.submit(work, argv, pure=False).result()
        async def command(argv):
            return await dask.argv(*argv)
        make = command if ours else own
        for name, argv in (("", ["true"]), ("50 ms", ["sleep", "0.05"])):
            await make(argv)
            figures[name] = await timed(one_by_one(lambda: make(argv), {few}), {few})
            at_once = gather(*(dask.argv(*argv) for _ in range({many}))) if ours else asyncio.gather(
                *(own(argv) for _ in range({many})))
            figures[f"{name} at once".strip()] = await timed(at_once, {many})
        await client.close()
        await dask.target.close()
    print(json.dumps(figures))

if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] == "xsh"))
"""
ALSO = ("at once", "50 ms", "50 ms at once")


def prepare(workshop: Workshop) -> None:
    """Write the program; the workers find its function where it lies."""
    workshop.write("dask_task.py", filled(DASK, few=workshop.size(40, 1), many=workshop.size(200, 2)))


def measured(workshop: Workshop, who: str) -> dict[str, float]:
    """Milliseconds for each command; BenchmarkError where the interpreter that is measured has no Dask."""
    if importlib.util.find_spec("distributed") is None:
        raise BenchmarkError("Dask is not installed")
    return workshop.told(workshop.python, workshop.script("dask_task.py"), who)


CASE = Case(
    name="a command on a cluster",
    unit="ms",
    variants={
        "a task of Dask's": lambda workshop: measured(workshop, "Dask"),
        "xsh": lambda workshop: measured(workshop, "xsh"),
    },
    limits=(
        Limit("xsh", "a task of Dask's", 1.3),
        *(Limit(f"xsh, {what}", f"a task of Dask's, {what}", 1.3) for what in ALSO),
    ),
    rounds=5,
    prepare=prepare,
    also=dict.fromkeys(ALSO, "ms"),
)
