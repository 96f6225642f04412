"""The facts every place promises, behind a wrapper that hands everything on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.targets.conformance import FACTS, Place, claimed
from xsh import sh


@asynccontextmanager
async def behind_env() -> AsyncIterator[Any]:
    """The shell of this machine behind `env`."""
    yield sh.via("env")


PLACE = Place("via", behind_env)


@pytest.mark.parametrize("fact", claimed(PLACE))
async def test_behind_env(fact: str, tmp_path: Path) -> None:
    async with PLACE.shell() as shell:
        await FACTS[fact](shell, tmp_path)
