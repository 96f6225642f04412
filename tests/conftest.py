"""Fixtures every test has: the leak guard, `async def` tests, scripts, terminals, the tiny programs."""

from __future__ import annotations

import inspect
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import leak_guard
from tests.async_tests import run_async as run_coroutine
from tests.script_runner import CHECKOUT, PROGRAMS, ScriptRunner
from tests.terminal import PtySession

try:
    import hypothesis
except ImportError:
    hypothesis = None  # type: ignore[assignment]
else:
    hypothesis.settings.register_profile("default", deadline=None, max_examples=100)
    hypothesis.settings.register_profile("soak", deadline=None, max_examples=5000)
    hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


for _number, _handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
    (signal.SIGQUIT, signal.SIG_DFL),
):
    # whoever runs the tests in the background has these ignored, which every script would inherit and respect
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail the test that leaves a descriptor, thread, process, directory, variable, handler or mode behind."""
    with leak_guard.guard():
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run `async def` tests, each in a loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    run_coroutine(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture
def run_async() -> Callable[..., object]:
    """`run_async(coroutine)`: for coroutines inside a sync test (a hypothesis property, say)."""
    return run_coroutine


@pytest.fixture
def checkout() -> Path:
    """The root of this checkout."""
    return CHECKOUT


@pytest.fixture
def programs() -> Path:
    """The folder of the tiny programs; scripts of the `script` fixture have it on PATH."""
    return PROGRAMS


@pytest.fixture
def script(tmp_path: Path, request: pytest.FixtureRequest) -> ScriptRunner:
    """`script("source", *args)` runs an .xsh file as a user does: see tests/script_runner.py."""
    return ScriptRunner(tmp_path, request.addfinalizer)


@pytest.fixture
def pty_session(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., PtySession]:
    """`pty_session([program, *args], env={…}, rows=24, cols=80)` runs it in a real terminal: see tests/terminal.py."""
    runner = ScriptRunner(tmp_path, request.addfinalizer)

    def start(argv: list[str], *, cwd: Path = tmp_path, env: dict[str, str] | None = None, **size: int) -> PtySession:
        base = runner.environment(TERM="xterm-256color")
        session = PtySession(argv, cwd=cwd, env={**base, **(env or {})}, **size)
        request.addfinalizer(session.close)
        return session

    return start


@pytest.fixture
def xsh_argv() -> list[str]:
    """The argv that starts this checkout's xsh, for `pty_session([*xsh_argv, "script.xsh"])`."""
    return [sys.executable, "-m", "xsh"]
