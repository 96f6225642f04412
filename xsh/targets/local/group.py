"""Who is in a process group, zombies apart."""

from __future__ import annotations

import os

from xsh.targets.local.kin import KIN, is_group


def has_members(group: int) -> bool:
    """Whether a process group has a member that is alive; one that has ended and waits to be reaped is none."""
    if KIN.lingering:
        KIN.reap_some()
    if not is_group(group):
        return False
    if KIN.adopting:
        # zombies of its background jobs are ours to reap; most often nothing is left then
        KIN.reap_orphans(group)
        if not is_group(group):
            return False
    alive = living_members(group)
    KIN.linger(group)
    return alive is None or bool(alive)


def living_members(group: int) -> list[int] | None:
    """The living members of a group by /proc (proc(5)); None where there is no /proc to read."""
    try:
        entries = os.listdir("/proc")
    except OSError:
        return None
    members: list[int] = []
    found_any = False
    for entry in entries:
        if entry.isdigit():
            fields = stat_fields(entry)
            found_any = found_any or bool(fields)
            if fields and int(fields[2]) == group and is_alive(fields[0], int(fields[17])):
                members.append(int(entry))
    return members if found_any else None


def is_alive(state: bytes, threads: int) -> bool:
    """Whether a process is more than a zombie; one whose first thread has ended looks like one while others run."""
    return state not in (b"Z", b"X") or threads > 1


def stat_fields(pid: str) -> list[bytes]:
    """State, parent, group and further fields of a process; empty when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # the name before these fields may contain blanks and brackets
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return []
