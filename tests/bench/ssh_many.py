"""1,000 commands at once over one connection, to `ssh` over a ControlMaster ten at a time; commands for each second."""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.ssh_server import XSH, program_over_master, said_by_ssh, said_by_xsh
from tests.bench.workshop import Workshop

AT_ONCE = """
start = time.perf_counter()
await gather(*[host`true` for _ in range({count})])
print({count} / (time.perf_counter() - start))
"""

THREADS = """
from concurrent.futures import ThreadPoolExecutor
start = time.perf_counter()
with ThreadPoolExecutor(9) as pool:
    list(pool.map(lambda _: subprocess.run([*run, "true"], capture_output=True, check=True), range({count})))
print({count} / (time.perf_counter() - start))
"""


def prepare(workshop: Workshop) -> None:
    """Write both programs."""
    workshop.write("at_once.xsh", XSH + AT_ONCE.format(count=workshop.size(1000, 12)))
    workshop.write("at_once.py", program_over_master(THREADS.format(count=workshop.size(200, 3))))


CASE = Case(
    name="1,000 remote commands over one connection",
    unit="commands/s",
    variants={
        "ssh over a ControlMaster": lambda workshop: said_by_ssh(workshop, "at_once.py"),
        "xsh": lambda workshop: said_by_xsh(workshop, "at_once.xsh"),
    },
    limits=(Limit("xsh", "ssh over a ControlMaster", at_least=4),),
    rounds=3,
    prepare=prepare,
)
