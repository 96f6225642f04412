"""Every tiny program of tests/programs can be run and says what it does."""

from __future__ import annotations

import os

import pytest

from tests.script_runner import PROGRAMS

NAMES = sorted(path.name for path in PROGRAMS.iterdir() if path.suffix != ".md")


@pytest.mark.parametrize("name", NAMES)
def test_can_be_run_and_says_what_it_does(name: str) -> None:
    path = PROGRAMS / name
    first, second = path.read_text(encoding="utf-8").splitlines()[:2]
    assert os.access(path, os.X_OK)
    assert first.startswith("#!")
    assert second.lstrip('#" ').startswith(name)
