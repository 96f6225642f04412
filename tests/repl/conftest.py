"""Fixtures of the prompt's tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.repl.repositories import git
from tests.repl.terminal import Terminal
from xsh.repl.history.history import History
from xsh.repl.shell import Shell
from xsh.session.session import new_session


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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the history's file is to be."""
    return tmp_path / "state" / "xsh" / "history.sqlite"


@pytest.fixture
def open_history(path: Path) -> Iterator[Callable[..., History]]:
    """`open_history()` gives a history on the file at `path`, closed at the end."""
    opened: list[History] = []

    def make(file: Path = path, **given: object) -> History:
        history = History(file, **given)  # type: ignore[arg-type]
        opened.append(history)
        return history

    yield make
    for history in opened:
        history.close()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one file in one commit, on the branch `trunk`."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "trunk")
    (folder / "file").write_text("one\n")
    git(folder, "add", "file")
    git(folder, "commit", "-q", "-m", "first")
    return folder


@pytest.fixture
def slow_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `git` that says it runs and then sleeps; the file it writes its pid to."""
    tools = tmp_path / "tools"
    tools.mkdir()
    said = tmp_path / "git-runs"
    program = tools / "git"
    program.write_text(f'#!/bin/sh\necho $$ >>"{said}"\nexec sleep 30\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    return said


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    """A shell without a terminal, with a HOME of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return Shell(new_session())
