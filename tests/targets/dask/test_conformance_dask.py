"""The facts every place promises, on the workers of a real cluster on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.targets.conformance import FACTS, Place, claimed
from xsh import sh
from xsh.session.places import close_clusters
from xsh.testing import DaskCluster


@asynccontextmanager
async def nowhere() -> AsyncIterator[Any]:
    """Not used: the shell of this place needs a cluster."""
    yield None


PLACE = Place(
    "dask",
    nowhere,
    {
        "stdin is live: an answer to what was read": "no: stdin goes before the start",
    },
)


@pytest.mark.parametrize("fact", claimed(PLACE))
async def test_on_a_cluster(fact: str, tmp_path: Path, shared_cluster: DaskCluster) -> None:
    try:
        await FACTS[fact](sh.dask(shared_cluster), tmp_path)
    finally:
        await close_clusters()
