"""A script of one awaited command, against the bare interpreter and against the same script of the peers."""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.workshop import Workshop


def prepare(workshop: Workshop) -> None:
    """Write the script for each shell."""
    workshop.write("one.xsh", "r = await $`true`\n")
    workshop.write("one.mjs", "await $`true`\n")
    workshop.write("one.xonsh", "r = !(true)\nr.end()\n")


CASE = Case(
    name="one command",
    unit="s",
    variants={
        "python -c pass": lambda workshop: workshop.wall(workshop.python, "-c", "pass"),
        "xsh": lambda workshop: workshop.wall(*workshop.xsh, str(workshop.folder / "one.xsh")),
        "zx": lambda workshop: workshop.wall(*workshop.peers["zx"], str(workshop.folder / "one.mjs")),
        "xonsh": lambda workshop: workshop.wall(*workshop.peers["xonsh"], str(workshop.folder / "one.xonsh")),
    },
    limits=(Limit("xsh", "python -c pass", 6), Limit("xsh", "zx", 0.5), Limit("xsh", "xonsh", 0.5)),
    rounds=21,
    prepare=prepare,
)
