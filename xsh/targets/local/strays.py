"""The strays of one program: found in the latest table, or hunted where something moves too fast for one."""

from __future__ import annotations

from xsh.targets.local.hunt import hunt, traces
from xsh.targets.local.tree import KNOWN, LOOKS, Stray, Table, find_strays, is_detached, is_whose, mark_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.targets.local.kin import Started

MISSES = 2
"""How often a hunt for one command may find nothing before it is given up."""


def strays_of(process: Started, newer_than: float) -> list[Stray] | None:
    """The living strays of a program, opened; None when it is too early for another look."""
    table = LOOKS.get(newer_than)
    if table is None:
        return None
    expected = {item for known in KNOWN.values() for item in known.items()}
    if traces(table, {process.group}, expected):
        if hunt(lambda row: is_whose(row, process) and not is_detached(mark_of(row.pid))):
            table = LOOKS.table = Table()
        elif process.misses < MISSES:
            # it may have been faster, or be another command's: no look that found nothing
            process.misses += 1
            LOOKS.table = None
            return None
    strays = [Stray(row.pid, row.started) for row in find_strays(process, table) if row.alive]
    return [stray for stray in strays if stray.open()]
