"""What runs on a host after Ctrl-C here, and after the connection was cut: until nothing of its tree is left there.

The tree is a shell, one in a session of its own, and their sleeps. The stubborn one ignores INT and TERM, so its grace is
subtracted. That nothing is left is seen by the seconds that they would sleep, which no other process has.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable

from tests.bench.measure import Case, Limit
from tests.bench.ssh_server import running_server
from tests.bench.workshop import BenchmarkError, Workshop
from tests.sshd import Sshd, command_of

GRACE = 0.5
SCRIPT = """
import sys
name, key, known, text, grace = sys.argv[1:]
await $.ssh(name, key=key, known_hosts=known, config=False)`sh -c ${text}`.grace(float(grace))
"""
POLITE = "setsid sh -c 'sleep {mark}; :' & echo ready; sleep {mark}; :"
STUBBORN = "trap '' INT TERM HUP; setsid sh -c 'sleep {mark}; sleep {mark}' & echo ready; sleep {mark}; sleep {mark}"
GIVEN_UP = 30.0
"""Seconds after which what is left counts as never ended."""


def prepare(workshop: Workshop) -> None:
    """Write the script."""
    workshop.write("ssh_stopping.xsh", SCRIPT)


def left(mark: str) -> int:
    """How many processes have the mark as their last argument, or in the text that they run."""
    wanted = f"sleep {mark}".encode()
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return sum(wanted in command_of(pid).replace(b"\0", b" ") for pid in pids)


def until_gone(workshop: Workshop, text: str, stop: Callable[[Sshd, subprocess.Popen[bytes]], None]) -> float:
    """Seconds from stopping it until nothing is left on the host."""
    mark = f"8{time.monotonic_ns() % 10**9:09}"
    with running_server() as server:
        words = (server.name, str(server.key), str(server.known_hosts), text.replace("{mark}", mark), str(GRACE))
        argv = [*workshop.xsh, workshop.script("ssh_stopping.xsh"), *words]
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(argv, env=workshop.env, **streams) as script:  # type: ignore[call-overload]
            if not script.stdout.readline():
                raise BenchmarkError(f"{' '.join(argv)}: exit {script.wait()}")
            start = time.perf_counter()
            stop(server, script)
            while (taken := time.perf_counter() - start) < GIVEN_UP:
                # the script names them as well, until it has ended
                if left(mark) <= (script.poll() is None):
                    return taken
                time.sleep(0.005)
            raise BenchmarkError(f"{left(mark)} processes are left on the host")


def interrupt(_: Sshd, script: subprocess.Popen[bytes]) -> None:
    """Ctrl-C."""
    script.send_signal(signal.SIGINT)


def cut(server: Sshd, _: subprocess.Popen[bytes]) -> None:
    """The end of the connection, as a crash of the server makes it."""
    server.cut()


def measured(workshop: Workshop) -> dict[str, float]:
    """The three figures."""
    return {
        "": until_gone(workshop, POLITE, interrupt),
        "stubborn, beyond its grace": until_gone(workshop, STUBBORN, interrupt) - GRACE,
        "connection cut": until_gone(workshop, STUBBORN, cut),
    }


CASE = Case(
    name="a remote tree after Ctrl-C",
    unit="s",
    variants={"xsh": measured},
    limits=(
        Limit("xsh", None, 0.5),
        Limit("xsh, stubborn, beyond its grace", None, 0.5),
        Limit("xsh, connection cut", None, 2.0),
    ),
    rounds=5,
    prepare=prepare,
    also={"beyond its grace": "s", "connection cut": "s"},
)
