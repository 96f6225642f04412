"""What the benchmarks of SSH share: a server for the run, the `ssh` program over a master, and an xsh script."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import sshd
from tests.bench.workshop import BenchmarkError, Workshop

XSH = """
import sys, time

name, key, known = sys.argv[1:4]
host = $.ssh(name, key=key, known_hosts=known, config=False)
await host`true`
"""

MASTER = """
import subprocess, sys, time

name, key, known, port, control = sys.argv[1:6]
ssh = ["ssh", "-F", "none", "-i", key, "-p", port, "-o", f"UserKnownHostsFile={known}", "-o", f"ControlPath={control}"]
master = subprocess.Popen([*ssh, "-MN", "-o", "ControlMaster=yes", name])
while subprocess.run([*ssh, "-O", "check", name], stderr=subprocess.DEVNULL).returncode:
    time.sleep(0.02)
run = [*ssh, name]
subprocess.run([*run, "true"], check=True)
try:
"""

END = """
finally:
    subprocess.run([*ssh, "-O", "exit", name], stderr=subprocess.DEVNULL)
    master.wait()
"""


def program_over_master(body: str) -> str:
    """A Python program that runs `body`, in which `run` is the `ssh` program over an open master."""
    return MASTER + "".join(f"    {line}\n" for line in body.strip().splitlines()) + END


@contextmanager
def running_server(**options: object) -> Iterator[sshd.Sshd]:
    """A server with some options of its own; BenchmarkError where none can be started."""
    if not sshd.available():
        raise BenchmarkError("openssh-server is not installed")
    folder = Path(tempfile.mkdtemp(prefix="xsh-b-"))
    running = sshd.Sshd(folder / "s", **options)  # type: ignore[arg-type]
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)


@contextmanager
def server(**options: object) -> Iterator[tuple[list[str], list[str]]]:
    """A server, and the arguments for XSH and MASTER; BenchmarkError where none can be started."""
    with running_server(**options) as running:
        files = [str(running.key), str(running.known_hosts)]
        yield [running.name, *files], [running.address, *files, str(running.port), str(running.folder / "control")]


def said_by_xsh(workshop: Workshop, name: str, **options: object) -> float:
    """The figure that an xsh script tells of itself."""
    with server(**options) as (arguments, _):
        return workshop.said(*workshop.xsh, workshop.script(name), *arguments)


def said_by_ssh(workshop: Workshop, name: str, **options: object) -> float:
    """The figure that a program over a master tells of itself."""
    with server(**options) as (_, arguments):
        return workshop.said(workshop.python, workshop.script(name), *arguments)
