"""One cluster for all tests of this folder, and the clients closed after each of them."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Iterator

import pytest

from xsh.testing import DaskCluster, dask_cluster


@pytest.fixture(scope="session")
def shared_cluster() -> Iterator[DaskCluster]:
    if importlib.util.find_spec("distributed") is None:
        pytest.skip("Dask is not installed")
    from distributed.utils import offload

    with dask_cluster() as cluster:
        # the thread for large messages, which Dask keeps for its life
        asyncio.run(offload(int))
        yield cluster
