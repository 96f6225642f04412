"""1,000 commands at once over one connection, to `ssh` over a ControlMaster; commands for each second.

A script in bash runs them one by one; nine at a time are the best that a master does, one less than its server takes; of
fifty at a time it refuses most, and `ssh` makes a connection for each of those. Also where the server allows two sessions
on a connection, of which one is the guard's: no command may fail. What a login shell takes to start is part of every
command on both sides, so on a machine of few cores the ratio is that of all CPU.
The program is named by its path: a login shell that is sent `true` alone starts none.
"""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.ssh_server import XSH, program_over_master, said_by_ssh, said_by_xsh
from tests.bench.workshop import Workshop

AT_ONCE = """
start = time.perf_counter()
await gather(*[host`/bin/true` for _ in range({count})])
print({count} / (time.perf_counter() - start))
"""

THREADS = """
from concurrent.futures import ThreadPoolExecutor
start = time.perf_counter()
with ThreadPoolExecutor({width}) as pool:
    list(pool.map(lambda _: subprocess.run([*run, "/bin/true"], capture_output=True, check=True), range({count})))
print({count} / (time.perf_counter() - start))
"""


def prepare(workshop: Workshop) -> None:
    """Write both programs."""
    workshop.write("at_once.xsh", XSH + AT_ONCE.format(count=workshop.size(1000, 12)))
    for name, width in (("nine", 9), ("one_by_one", 1), ("fifty", 50)):
        body = THREADS.format(count=workshop.size(200, 3), width=width)
        workshop.write(f"{name}.py", program_over_master(body))


CASE = Case(
    name="1,000 remote commands over one connection",
    unit="commands/s",
    variants={
        "ssh over a ControlMaster, nine at a time": lambda workshop: said_by_ssh(workshop, "nine.py"),
        "ssh over a ControlMaster, one by one": lambda workshop: said_by_ssh(workshop, "one_by_one.py"),
        "ssh over a ControlMaster, fifty at a time": lambda workshop: said_by_ssh(workshop, "fifty.py"),
        "xsh": lambda workshop: said_by_xsh(workshop, "at_once.xsh"),
        "xsh, MaxSessions 2": lambda workshop: said_by_xsh(workshop, "at_once.xsh", MaxSessions=2),
    },
    limits=(
        Limit("xsh", "ssh over a ControlMaster, nine at a time", at_least=4),
        Limit("xsh", "ssh over a ControlMaster, one by one", at_least=4),
        Limit("xsh", "ssh over a ControlMaster, fifty at a time", at_least=4),
    ),
    rounds=5,
    prepare=prepare,
)
