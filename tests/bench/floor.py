"""The floor under every process layer: a loop in C around posix_spawn(3), or in Python where there is no C compiler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.bench.workshop import BenchmarkError, Workshop

SOURCE = Path(__file__).with_name("floor.c")
NO_COMPILER = "the floor is a loop in Python, since no C compiler is installed: the real one lies lower"

FALLBACK = """
import json, os, resource, select, sys, time

program, count, limit, pipes = sys.argv[1], *map(int, sys.argv[2:])

def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

def start():
    ends = [os.pipe() for _ in range(pipes)]
    actions = [(os.POSIX_SPAWN_DUP2, end[1], number) for number, end in enumerate(ends, 1)]
    child = [os.posix_spawn(program, ["true"], os.environ, file_actions=actions, setpgroup=0), pipes]
    for read_end, write_end in ends:
        os.close(write_end)
        children[read_end] = child
        poll.register(read_end, select.POLLIN)

children, poll, started, ended = {}, select.poll(), 0, 0
start_time, start_cpu = time.perf_counter(), cpu()
while ended < count:
    while started < count and started - ended < limit:
        start()
        started += 1
    for fd, _ in poll.poll():
        if os.read(fd, 65536):
            continue
        poll.unregister(fd)
        os.close(fd)
        child = children.pop(fd)
        child[1] -= 1
        if not child[1]:
            assert os.waitpid(child[0], 0)[1] == 0
            ended += 1
taken = time.perf_counter() - start_time
print(json.dumps({"": count / taken, "own CPU": (cpu() - start_cpu) / count * 1e6}))
"""


def prepare_floor(workshop: Workshop) -> None:
    """Build the floor, once for a workshop."""
    if workshop.floors:
        return
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        workshop.floors["Python"] = (workshop.python, workshop.write("floor.py", FALLBACK))
        return
    built = str(workshop.folder / "floor")
    done = subprocess.run([compiler, "-O2", "-o", built, str(SOURCE)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"{compiler} cannot build {SOURCE.name}: {done.stderr}")
    workshop.floors["C"] = (built,)


def floor(workshop: Workshop, count: int, limit: int, pipes: int) -> dict[str, float]:
    """Programs per second and CPU for each, of `true` run so often, so many at a time, with so many captured streams."""
    (argv,) = workshop.floors.values()
    return workshop.told(*argv, workshop.program("true"), str(count), str(limit), str(pipes))
