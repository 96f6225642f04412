"""`docs/targets.md` says of each place what its tests try, no more and no less."""

from __future__ import annotations

import importlib
from pathlib import Path

from tests.script_runner import CHECKOUT
from tests.targets.conformance import FACTS, Place


def places() -> list[Place]:
    """The places of every test_conformance_*.py, this machine first."""
    found: list[Place] = []
    for file in sorted((CHECKOUT / "tests" / "targets").rglob("test_conformance_*.py")):
        if file != Path(__file__):
            name = ".".join(file.relative_to(CHECKOUT).with_suffix("").parts)
            found.append(importlib.import_module(name).PLACE)
    return sorted(found, key=lambda place: (place.name != "local", place.name))


def test_the_table_in_the_docs_is_what_is_tried() -> None:
    known = places()
    rows = [f"| Fact | {' | '.join(place.name for place in known)} |", "|---|" + "---|" * len(known)]
    for fact in FACTS:
        rows.append(f"| {fact} | {' | '.join(place.lacks.get(fact, 'yes') for place in known)} |")
    table = "\n".join(rows)
    page = (CHECKOUT / "docs" / "targets.md").read_text(encoding="utf-8")
    assert table in page, f"docs/targets.md should have:\n{table}"
