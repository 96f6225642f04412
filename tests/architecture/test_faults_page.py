"""Each fault of docs/faults.md has a test that is there, or a word on why it has none."""

from __future__ import annotations

import re

from tests.script_runner import CHECKOUT

PAGE = CHECKOUT / "docs" / "faults.md"
NAMED = re.compile(r"`(tests/[\w/.]+\.py)::(test_\w+)`")
COLUMNS = 3
FEWEST = 60
"""Rows the page has at least: those of the design's tables."""


def rows() -> list[list[str]]:
    """The cells of each row, without the heads of the tables."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[-1] != "Asserted by"]


def test_every_row_names_a_test_or_says_why_not() -> None:
    found = rows()
    assert len(found) >= FEWEST
    for row in found:
        assert len(row) == COLUMNS, row
        assert NAMED.search(row[-1]) or row[-1].startswith("no test: "), row


def test_every_named_test_is_there() -> None:
    named = NAMED.findall(PAGE.read_text(encoding="utf-8"))
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (CHECKOUT / path).exists()
        or not re.search(rf"^(?:async )?def {name}\(", (CHECKOUT / path).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert missing == []
    assert PAGE.read_text(encoding="utf-8").count("::test_") == len(named)
