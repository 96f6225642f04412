"""The pictures of the pages can be made again and show what they show."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.script_runner import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("script", "picture"), [("prompt_picture.py", "prompt.svg"), ("picture.py", "failure.svg")])
def test_a_picture_is_made_again(script: str, picture: str, tmp_path: Path) -> None:
    made = tmp_path / picture
    subprocess.run([sys.executable, CHECKOUT / "scripts" / script, made], check=True, capture_output=True, timeout=60)
    kept = CHECKOUT / "docs" / "images" / picture
    assert words(made.read_text("utf-8")) == words(kept.read_text("utf-8"))


def words(drawing: str) -> list[str]:
    """What a drawing says, without what differs from run to run: commits and times."""
    told = drawing.partition("<title>")[2].partition("</title>")[0]
    return re.sub(r"\b[0-9a-f]{7}\b|[0-9.]+ m?s\b", "…", told).split()
