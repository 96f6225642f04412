"""A control group around a worker, where this user may make one: its `cgroup.kill` ends all at once (cgroups(7), version 2).

A migration may take 20 ms, so it is made by a supervisor, beside the worker, which does not wait for it. What the
worker started before is outside and found by its ancestry, as everywhere else.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SETTLE_LOOKS = 3
"""How often what is to be spared is moved out: it may fork while that happens."""


class Container:
    """A control group below our own, at `path`."""

    def __init__(self, outer: str, path: str) -> None:
        self.outer = outer
        self.path = path

    def kill(self, spared: Callable[[int], bool]) -> None:
        """Kill every process in it but the spared, which are moved out before."""
        for _ in range(SETTLE_LOOKS):
            moved = [pid for pid in self.members() if spared(pid) and write(f"{self.outer}/cgroup.procs", str(pid))]
            if not moved:
                break
        else:
            # they go on forking; those that were moved are safe, and the sweep ends the others one by one
            return
        write(f"{self.path}/cgroup.kill", "1")

    def members(self) -> list[int]:
        """The numbers of its processes."""
        try:
            with open(f"{self.path}/cgroup.procs", encoding="ascii") as file:
                return [int(line) for line in file]
        except OSError:
            return []

    def remove(self) -> None:
        """Take it away; what is still in it and lives on goes to the group around it."""
        for pid in self.members():
            write(f"{self.outer}/cgroup.procs", str(pid))
        try:
            os.rmdir(self.path)
        except OSError:
            # somebody is still in it: it is empty once they end, and harmless
            return


def contain(pid: int) -> Container | None:
    """Put a process into a control group of its own; None where that is not possible for us."""
    outer = own_group()
    if outer is None:
        return None
    path = f"{outer}/xsh-{pid}"
    try:
        os.mkdir(path)
    except OSError:
        return None
    forget_the_dead(outer, path)
    container = Container(outer, path)
    if os.path.exists(f"{path}/cgroup.kill") and write(f"{path}/cgroup.procs", str(pid)):
        return container
    container.remove()
    return None


def forget_the_dead(outer: str, own: str) -> None:
    """Take away the empty groups of supervisors that were killed."""
    for name in os.listdir(outer):
        if name.startswith("xsh-") and f"{outer}/{name}" != own:
            try:
                os.rmdir(f"{outer}/{name}")
            except OSError:
                # in use, or another has taken it away
                continue


def own_group() -> str | None:
    """The directory of our control group of version 2; None where there is none."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8", errors="surrogateescape") as file:
            own = [line[3:].rstrip("\n") for line in file if line.startswith("0::")]
        with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
            mounts = [fields[1] for fields in map(str.split, file) if fields[2] == "cgroup2"]
    except OSError:
        return None
    return f"{mounts[0]}{own[0]}".rstrip("/") if own and mounts else None


def write(path: str, text: str) -> bool:
    """Write to one file of a control group; whether the kernel took it."""
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    except OSError:
        return False
    return True
