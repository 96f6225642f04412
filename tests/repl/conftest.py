"""Fixtures of the prompt's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.repl.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Terminal]:
    """`terminal(*args, env={…}, size=(24, 80))` starts xsh at a terminal and waits for nothing."""

    def start(*args: str, env: dict[str, str] | None = None, size: tuple[int, int] = (24, 80)) -> Terminal:
        started = Terminal(list[str](args), env=env, cwd=tmp_path, size=size)
        request.addfinalizer(started.close)
        return started

    return start


@pytest.fixture
def prompt(terminal: Callable[..., Terminal]) -> Terminal:
    """A prompt that waits for keys."""
    started = terminal(size=(40, 120))
    started.wait_prompt()
    return started
