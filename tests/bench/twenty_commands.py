"""A script of 20 commands one after the other, whole runs, against bash running the same 20 external programs.

Both show what the programs write. The programs are files on PATH, so bash runs none of its builtins.
"""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.workshop import Workshop

PROGRAMS = ("true", "uname", "id -u", "env -i true", "cat /dev/null")


def prepare(workshop: Workshop) -> None:
    """Write both scripts."""
    commands = [
        f"{workshop.program(name.partition(' ')[0])}{name[len(name.partition(' ')[0]) :]}" for name in PROGRAMS * 4
    ]
    workshop.write("twenty.xsh", "".join(f"$ {command}\n" for command in commands))
    workshop.write("twenty.sh", "".join(f"{command}\n" for command in commands))


CASE = Case(
    name="20 commands",
    unit="s",
    variants={
        "bash": lambda workshop: workshop.wall(workshop.program("bash"), workshop.script("twenty.sh")),
        "xsh": lambda workshop: workshop.wall(*workshop.xsh, workshop.script("twenty.xsh")),
    },
    limits=(Limit("xsh", "bash", 4, moonshot=1.5),),
    rounds=21,
    prepare=prepare,
)
