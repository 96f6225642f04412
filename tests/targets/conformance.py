"""What every place to run promises, as one table of facts: each place says which it does not claim, all others are tried.

A place's own test file runs the table:

    @pytest.mark.parametrize("fact", claimed(PLACE))
    async def test_place(fact: str, tmp_path: Path) -> None:
        async with PLACE.shell() as shell: await FACTS[fact](shell, tmp_path)

`docs/targets.md` shows who claims what; test_conformance_table.py compares it with `lacks` here.
"""

from __future__ import annotations

from tests.targets import conformance_running, conformance_stopping
from tests.targets.suite import FACTS, Place, alive, appears, claimed, gone, marked

PARTS = (conformance_running, conformance_stopping)
"""The tables, whose facts are registered in this order."""
__all__ = ["FACTS", "PARTS", "Place", "alive", "appears", "claimed", "gone", "marked"]
