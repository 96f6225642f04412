"""Many thousands of commands in one script: every result is right, and nothing grows."""

from __future__ import annotations

import pytest

from tests.counts import count
from tests.script_runner import ScriptRunner

SPAWNS = count("XSH_SPAWNS", 20_000)
KILLS = SPAWNS // 40
"""How many of what takes many times as long, since all processes are looked at for each."""
ENGINES = pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])

FACTS = """\
import gc, os
def facts():
    gc.collect()
    children = []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and open(f"/proc/{name}/stat").read().rpartition(")")[2].split()[1] == str(os.getpid()):
                children.append(name)
        except OSError:
            pass  # it has ended meanwhile
    resident = int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return [len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")), children], resident
"""
CAPTURED = """\
async def one(number):
    r = await $`echo ${number}`
    return r.stdout == f"{number}\\n"
async def many(numbers):
    results = await gather(*[$`echo ${n}` for n in numbers], limit=16)
    return [r.stdout for r in results] == [f"{n}\\n" for n in numbers]
"""
KILLED = """\
async def one(number):
    job = $`sleep 1000`.start()
    return (await job.kill(grace=0)).signal == "SIGKILL"
"""
LATE = """\
async def one(number):
    r = await $`sleep 1000`.timeout(0.002).grace(0).nothrow()
    return r.timed_out
"""
MANY = """\
async def many(numbers):
    return all(await gather(*[lambda n=n: one(n) for n in numbers], limit=16))
"""
MEASURED = """
# what is made once, and the room for a batch, is made by the first of them
for start in range(0, WARM, 1000):
    assert await many(range(start, min(start + 1000, WARM)))
before, resident = facts()
for start in range(0, COUNT, 1000):
    assert await many(range(start, min(start + 1000, COUNT)))
after, grown = facts()
assert before == after and not after[2], (before, after)
print((grown - resident) / 1e6)
"""
WORK = {
    "captured": (CAPTURED, SPAWNS),
    "killed at once": (KILLED + MANY, KILLS),
    "late after 2 ms": (LATE + MANY, KILLS),
}
MEGABYTES = 5


@pytest.mark.timeout(60 + SPAWNS // 20)
@pytest.mark.parametrize(("work", "times"), WORK.values(), ids=WORK)
def test_sixteen_at_a_time(work: str, times: int, script: ScriptRunner) -> None:
    source = FACTS + work + MEASURED.replace("COUNT", str(times)).replace("WARM", str(times // 5))
    run = script(source, timeout=60 + SPAWNS / 20)
    assert (run.returncode, run.stderr) == (0, "")
    assert float(run.stdout) < MEGABYTES


ONE_BY_ONE = """
for number in range(500):
    assert await one(number)
before, resident = facts()
for number in range(COUNT):
    assert await one(number)
after, grown = facts()
assert before == after and not after[2], (before, after)
print((grown - resident) / 1e6)
"""


@ENGINES
@pytest.mark.timeout(60 + SPAWNS // 20)
def test_one_after_the_other(engine: str, script: ScriptRunner) -> None:
    run = script(engine + FACTS + CAPTURED + ONE_BY_ONE.replace("COUNT", str(SPAWNS // 10)), timeout=60 + SPAWNS / 20)
    assert (run.returncode, run.stderr) == (0, "")
    assert float(run.stdout) < MEGABYTES
