"""The facts every place promises, on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.targets.conformance import FACTS, Place, claimed
from xsh import sh


@asynccontextmanager
async def here() -> AsyncIterator[Any]:
    """The shell of this machine."""
    yield sh


PLACE = Place("local", here)


@pytest.mark.parametrize("fact", claimed(PLACE))
async def test_here(fact: str, tmp_path: Path) -> None:
    async with PLACE.shell() as shell:
        await FACTS[fact](shell, tmp_path)
