"""The public names are a promise: a new one is added to the list here, and none goes without a decision note."""

from __future__ import annotations

import pytest

from tests.architecture.checkout import in_fresh_python, need_module
from tests.script_runner import CHECKOUT

SNAPSHOT = CHECKOUT / "tests" / "architecture" / "public-names.txt"


@pytest.fixture(autouse=True)
def _written() -> None:
    need_module("xsh")


def test_the_public_names_are_the_listed_ones() -> None:
    names = in_fresh_python("import xsh; print((list(xsh.__all__)))")
    assert isinstance(names, list)
    assert sorted(names) == SNAPSHOT.read_text(encoding="utf-8").split()


def test_every_public_name_is_there() -> None:
    missing = in_fresh_python("import xsh; print(([n for n in xsh.__all__ if not hasattr(xsh, n)]))")
    assert missing == []


def test_classes_bear_the_short_name_in_tracebacks() -> None:
    code = """
import xsh
values = {name: getattr(xsh, name) for name in xsh.__all__}
print(({name: value.__module__ for name, value in values.items() if isinstance(value, type)}))
"""
    homes = in_fresh_python(code)
    assert isinstance(homes, dict)
    assert homes["CommandFailed"] == "xsh"
    assert {name: home for name, home in homes.items() if home not in {"xsh", "anyio"}} == {}


def test_dir_lists_the_public_names() -> None:
    missing = in_fresh_python("import xsh; print((sorted(set(xsh.__all__) - set(dir(xsh)))))")
    assert missing == []
