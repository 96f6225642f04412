"""Ctrl-C with 1,000 polite commands: from SIGINT to the script until the script has died of it, with none of them left.

The script says when all of them run. That none is left is seen by their argument, which no other process has.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time

from tests.bench.measure import Case, Limit
from tests.bench.one_by_one import filled
from tests.bench.workshop import BenchmarkError, Workshop

XSH = """
async def tell():
    while sum(1 for _ in os.scandir(f"/proc/{os.getpid()}/task/{os.getpid()}/fd")) < {count}:
        await sleep("10ms")
    print("all run", flush=True)

import os

async with task_group() as group:
    group.start_soon(tell)
    r = await gather(*($`sleep {seconds}` for _ in range({count})))
"""


def prepare(workshop: Workshop) -> None:
    """Write the script; the seconds are the mark of these commands."""
    workshop.write("ctrl-c.xsh", filled(XSH, count=workshop.size(1000, 5), seconds=mark()))


def mark() -> str:
    """How long the commands would sleep: a number that is this process's own."""
    return f"9000{os.getpid()}"


def interrupted(workshop: Workshop) -> float:
    """Seconds from the signal to the end."""
    argv = [*workshop.xsh, workshop.script("ctrl-c.xsh")]
    with subprocess.Popen(argv, env=workshop.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as script:
        assert script.stdout is not None
        if not script.stdout.readline():
            raise BenchmarkError(f"{' '.join(argv)}: exit {script.wait()}")
        start = time.perf_counter()
        script.send_signal(signal.SIGINT)
        code = script.wait()
        taken = time.perf_counter() - start
    if code != -signal.SIGINT:
        raise BenchmarkError(f"{' '.join(argv)}: exit {code} after SIGINT")
    if left := survivors():
        raise BenchmarkError(f"{' '.join(argv)}: left {left} commands behind")
    return taken


def survivors() -> int:
    """How many processes have the mark as their last argument."""
    found = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    found += file.read().split(b"\0")[-2:-1] == [mark().encode()]
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


CASE = Case(
    name="Ctrl-C with 1,000 commands",
    unit="s",
    variants={"xsh": interrupted},
    limits=(Limit("xsh", None, 1, moonshot=0.4),),
    rounds=5,
    prepare=prepare,
)
