"""The facts every place promises, in a container, with a stand-in for its client: no engine was run."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.targets.conformance import FACTS, Place, claimed
from tests.targets.via.standin import StandIn
from xsh import sh


@asynccontextmanager
async def container() -> AsyncIterator[Any]:
    """A container behind the `docker` on PATH."""
    yield sh.docker("db")


PLACE = Place(
    "docker stand-in",
    container,
    {
        "exit codes 0 to 255, each": "not run: two starts of the stand-in for each",
        "death by a signal is told as one": "as an exit code, unless we sent the signal",
    },
)


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in; the stand-in is on PATH."""
    tools, folder = tmp_path / "bin", tmp_path / "work"
    tools.mkdir()
    folder.mkdir()
    monkeypatch.setenv("STANDIN_LOG", str(StandIn(tools).log))
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    return folder


@pytest.mark.parametrize("fact", claimed(PLACE))
async def test_in_a_container(fact: str, inside: Path) -> None:
    async with PLACE.shell() as shell:
        await FACTS[fact](shell, inside)
