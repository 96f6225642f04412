"""One cluster for all tests of this folder, and the clients closed after each of them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from xsh.testing import DaskCluster, dask_cluster


@pytest.fixture(scope="session")
def shared_cluster() -> Iterator[DaskCluster]:
    if importlib.util.find_spec("distributed") is None:
        pytest.skip("Dask is not installed")
    with dask_cluster() as cluster:
        yield cluster
