"""Runs the `async def` tests of a module that asks for the fixture `engine` under both engines."""

from __future__ import annotations

import inspect

import pytest

from tests.engine.engines import ENGINES, run_by
from xsh.session.session import Session, _Default, new_session
from xsh.targets.local.kin import KIN, Kin


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Which loop drives the test; ask for it by `pytestmark = pytest.mark.usefixtures("engine")`."""
    return str(request.param)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Drive an `async def` test by its engine."""
    if "engine" not in pyfuncitem.fixturenames or not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    run_by(pyfuncitem.funcargs["engine"], pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(autouse=True)
def fresh_session(monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session of the test's own, so that nothing another test did is known to its engine.

    Nor to the table of what this program has started, which the end of a script sweeps: the clusters and servers that
    several tests share are not this one's.
    """
    for name, value in vars(Kin()).items():
        monkeypatch.setattr(KIN, name, value)
    session = new_session()
    monkeypatch.setattr(_Default, "session", session)
    return session
