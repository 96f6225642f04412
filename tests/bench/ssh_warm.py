"""One command on a connection that is there: captured runs of `true` one after another, to `ssh` over a ControlMaster.

The program is named by its path: a login shell that is sent `true` alone starts none.
"""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.ssh_server import XSH, program_over_master, said_by_ssh, said_by_xsh
from tests.bench.workshop import Workshop

LOOP = """
start = time.perf_counter()
for _ in range({count}):
    {command}
print((time.perf_counter() - start) / {count} * 1e3)
"""


def prepare(workshop: Workshop) -> None:
    """Write both loops."""
    count = workshop.size(100, 3)
    workshop.write("warm.xsh", XSH + LOOP.format(count=count, command="r = await host`/bin/true`"))
    command = 'subprocess.run([*run, "/bin/true"], capture_output=True, check=True)'
    workshop.write("warm.py", program_over_master(LOOP.format(count=count, command=command)))


CASE = Case(
    name="remote command, warm, each",
    unit="ms",
    variants={
        "ssh over a ControlMaster": lambda workshop: said_by_ssh(workshop, "warm.py"),
        "xsh": lambda workshop: said_by_xsh(workshop, "warm.xsh"),
    },
    limits=(Limit("xsh", "ssh over a ControlMaster", 0.5),),
    rounds=5,
    prepare=prepare,
)
