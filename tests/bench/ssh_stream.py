"""1 GB of remote stdout into a file, to `ssh` over a ControlMaster; and a loop over remote lines. MB for each second."""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.ssh_server import XSH, program_over_master, said_by_ssh, said_by_xsh
from tests.bench.workshop import Workshop

TO_FILE = """
import os
start = time.perf_counter()
await host`head -c {size} /dev/zero`.stdout(Path(sys.argv[3] + ".out"))
taken = time.perf_counter() - start
assert os.path.getsize(sys.argv[3] + ".out") == {size}
os.remove(sys.argv[3] + ".out")
print({size} / taken / 1e6)
"""

SSH_TO_FILE = """
import os
start = time.perf_counter()
with open(known + ".out", "wb") as file:
    subprocess.run([*run, "head -c {size} /dev/zero"], stdout=file, check=True)
taken = time.perf_counter() - start
os.remove(known + ".out")
print({size} / taken / 1e6)
"""

LINES = """
line = "x" * 59
start = time.perf_counter()
size = 0
async for line in host`sh -c ${{f"yes {{line}} | head -c {size}"}}`:
    size += len(line) + 1
taken = time.perf_counter() - start
assert size >= {size}
print(size / taken / 1e6)
"""


def prepare(workshop: Workshop) -> None:
    """Write the programs."""
    size = workshop.size(1_000_000_000, 1_000_000)
    workshop.write("to_file.xsh", XSH + TO_FILE.format(size=size))
    workshop.write("to_file.py", program_over_master(SSH_TO_FILE.format(size=size)))
    workshop.write("lines.xsh", XSH + LINES.format(size=workshop.size(300_000_000, 600_000)))


CASE = Case(
    name="1 GB of remote stdout into a file",
    unit="MB/s",
    variants={
        "ssh over a ControlMaster": lambda workshop: said_by_ssh(workshop, "to_file.py"),
        "xsh": lambda workshop: said_by_xsh(workshop, "to_file.xsh"),
    },
    limits=(Limit("xsh", "ssh over a ControlMaster", at_least=1.2),),
    rounds=5,
    prepare=prepare,
)

LINES_CASE = Case(
    name="remote lines of 60 bytes",
    unit="MB/s",
    variants={"xsh": lambda workshop: said_by_xsh(workshop, "lines.xsh")},
    limits=(Limit("xsh", None, at_least=150),),
    rounds=5,
    prepare=prepare,
)

CASES = {"ssh_stream": CASE, "ssh_lines": LINES_CASE}
