"""Starting: an empty script, against the interpreter that does nothing."""

from __future__ import annotations

from tests.bench.measure import Case, Limit
from tests.bench.workshop import Workshop


def prepare(workshop: Workshop) -> None:
    """Write the empty script."""
    workshop.write("empty.xsh", "")


CASE = Case(
    name="empty script",
    unit="s",
    variants={
        "python -c pass": lambda workshop: workshop.wall(workshop.python, "-c", "pass"),
        "xsh": lambda workshop: workshop.wall(*workshop.xsh, workshop.script("empty.xsh")),
    },
    limits=(Limit("xsh", "python -c pass", 1.3, moonshot=1.1),),
    rounds=31,
    prepare=prepare,
)
