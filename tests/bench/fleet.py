"""One command on 300 hosts, 50 at a time: connect, `/bin/echo hello`, all output read. The hosts are loopback addresses of one sshd.

xsh and parallel-ssh tell their seconds without their own start and end; pdsh and clush are measured whole, which is nearly
the same. parallel-ssh looks at no host key, the others do. What a connection takes that is open and idle is what the script
has grown by, for each. Closing is told apart: there each host's guard looks whether anything is left.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measure import Case, Limit
from tests.bench.one_by_one import filled
from tests.bench.ssh_server import running_server
from tests.bench.workshop import Workshop
from tests.sshd import Sshd

XSH = """
import gc, json, sys, time

first, key, known, *names = sys.argv[1:]
settings = dict(key=key, known_hosts=known, config=False)

def pss():
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))

await $.fleet([first, $], **settings)`true`
fleet = $.fleet(names, limit=50, **settings)
before, start = pss(), time.perf_counter()
report = await fleet`/bin/echo hello`
ran = time.perf_counter() - start
assert report.ok and report.groups[0].output == "hello\\n", report.summary()
del report
gc.collect()
memory = pss() - before
start = time.perf_counter()
await fleet.close()
print(json.dumps({"": ran, "closing": time.perf_counter() - start, "memory each": memory / len(names)}))
"""

PARALLEL_SSH = """
import sys, time
from pssh.clients import ParallelSSHClient

user, port, key, *hosts = sys.argv[1:]
start = time.perf_counter()
client = ParallelSSHClient(hosts, user=user, port=int(port), pkey=key, pool_size=50, allow_agent=False)
output = client.run_command("/bin/echo hello")
client.join(output)
assert [list(each.stdout) for each in output] == [["hello"]] * len(hosts)
print(time.perf_counter() - start)
"""


def prepare(workshop: Workshop) -> None:
    """Write the programs."""
    workshop.write("fleet.xsh", filled(XSH))
    workshop.write("fleet.py", PARALLEL_SSH)


@contextmanager
def hosts(workshop: Workshop) -> Iterator[tuple[Sshd, list[str]]]:
    """A server on every loopback address, and 300 of these."""
    names = [f"127.0.{1 + n // 150}.{1 + n % 150}" for n in range(workshop.size(300, 3))]
    with running_server(ListenAddress="0.0.0.0", MaxStartups="1000:30:2000", LogLevel="ERROR") as server:
        kind, key = Path(f"{server.host_key}.pub").read_text(encoding="utf-8").split()[:2]
        known = "".join(f"[{name}]:{server.port} {kind} {key}\n" for name in (*names, server.address))
        server.known_hosts.write_text(known, encoding="utf-8")
        yield server, names


def by_xsh(workshop: Workshop) -> dict[str, float]:
    """What the script tells."""
    with hosts(workshop) as (server, names):
        there = [f"{name}:{server.port}" for name in names]
        files = (str(server.key), str(server.known_hosts))
        return workshop.told(*workshop.xsh, workshop.script("fleet.xsh"), server.name, *files, *there)


def by_parallel_ssh(workshop: Workshop) -> float:
    """What its program tells."""
    with hosts(workshop) as (server, names):
        words = (getpass.getuser(), str(server.port), str(server.key), *names)
        return workshop.said(*workshop.peers["parallel-ssh"], workshop.script("fleet.py"), *words)


def by_program(workshop: Workshop, name: str) -> float:
    """The whole run of pdsh or clush, which start an ssh for each host."""
    with hosts(workshop) as (server, names):
        ssh = f"-F none -p {server.port} -i {server.key} -o UserKnownHostsFile={server.known_hosts}"
        words = ("-R", "ssh", "-f", "50") if name == "pdsh" else ("-f", "50", "-o", ssh)
        program = (*workshop.peers[name], *words, "-w", ",".join(names), "/bin/echo hello")
        return workshop.wall("/usr/bin/env", f"PDSH_SSH_ARGS_APPEND={ssh}", f"HOME={os.environ['HOME']}", *program)


CASE = Case(
    name="300 hosts, 50 at a time",
    unit="s",
    variants={
        "xsh": by_xsh,
        "parallel-ssh": by_parallel_ssh,
        "pdsh": lambda workshop: by_program(workshop, "pdsh"),
        "clush": lambda workshop: by_program(workshop, "clush"),
    },
    limits=(
        Limit("xsh", "parallel-ssh", 1 / 1.5),
        Limit("xsh", "pdsh", 1 / 5),
        Limit("xsh", "clush", 1 / 5),
        Limit("xsh, memory each", None, 50),
    ),
    rounds=5,
    prepare=prepare,
    also={"memory each": "KiB", "closing": "s"},
)
