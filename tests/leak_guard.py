"""What a test may not leave behind, and the guard that fails the test that does.

A leftover is compared as a fact, never as a number: a descriptor by what it is open on (pipe:[inode], a path), a
process by its pid, a handler by its object. Descriptors that the interpreter opens once and keeps are named in KEPT.
"""

from __future__ import annotations

import gc
import os
import signal
import termios
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests import process_table
from tests.process_table import COOKIE, Process

KEPT = ("/dev/urandom", "/dev/random")
"""Opened by the interpreter at the first need and kept for its life (Python/bootstrap_hash.c)."""

KEPT_FOLDERS = ("/build/coverage/", "/.hypothesis/")
"""Folders whose files belong to the tools that watch the tests."""

THREAD_SECONDS = 2.0
"""How long a thread that is already on its way out may take."""


class LeftBehindError(AssertionError):
    """A test ended and left something of its own behind."""


@dataclass(frozen=True)
class State:
    """Everything of the process that a test could change and has to give back."""

    descriptors: Counter[str]
    threads: frozenset[threading.Thread]
    pids: frozenset[int]
    directory: str
    environment: dict[str, str]
    handlers: dict[int, object]
    mask: frozenset[int]
    terminal: list[object] | None
    umask: int


def take_state() -> State:
    """Look at this process as it is now."""
    return State(
        descriptors=Counter(_open_on()),
        threads=frozenset(threading.enumerate()),
        pids=frozenset(process_table.pids()),
        directory=_directory(),
        environment=dict(os.environ),
        handlers={number: signal.getsignal(number) for number in signal.valid_signals()},
        mask=frozenset(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        terminal=_terminal_modes(),
        umask=_umask(),
    )


@contextmanager
def guard() -> Iterator[None]:
    """Fail with LeftBehindError when the body leaves anything behind; the next test starts clean all the same."""
    before = take_state()
    cookie = uuid.uuid4().hex
    os.environ[COOKIE] = cookie
    try:
        yield
    finally:
        _restore_variable(COOKIE, before.environment.get(COOKIE))
        problems = leftovers(before, cookie)
    if problems:
        raise LeftBehindError("the test left behind:\n" + "\n".join(f"  {problem}" for problem in problems))


def leftovers(before: State, cookie: str) -> list[str]:
    """Say what is there now that was not before, and undo what can be undone."""
    processes = _new_processes(before, cookie)
    process_table.kill_and_wait(processes)
    problems = [str(process) for process in processes]
    problems += [f"thread {thread.name!r}" for thread in _new_threads(before)]
    problems += [f"open descriptor on {target}" for target in _new_descriptors(before)]
    problems += _changed_process_state(before)
    problems += _changed_environment(before.environment)
    problems += _changed_handlers(before.handlers)
    return problems


def _new_processes(before: State, cookie: str) -> list[Process]:
    fresh = process_table.pids() - before.pids
    processes = [process for process in map(process_table.read_process, sorted(fresh)) if process is not None]
    children = [process for process in processes if process.parent == os.getpid()]
    orphans = process_table.bearers(cookie, fresh - {process.pid for process in children})
    return children + process_table.still_living(orphans)


def _new_threads(before: State) -> list[threading.Thread]:
    fresh = [thread for thread in threading.enumerate() if thread not in before.threads]
    for thread in fresh:
        thread.join(THREAD_SECONDS)
    return [thread for thread in fresh if thread.is_alive()]


def _new_descriptors(before: State) -> list[str]:
    fresh = Counter(_open_on()) - before.descriptors
    if fresh:
        # What only a reference cycle still holds (a traceback kept by pytest.raises) closes here, with the
        # ResourceWarning that fails the test where it is a real omission.
        gc.collect()
        fresh = Counter(_open_on()) - before.descriptors
    return [target for target in fresh.elements() if not _is_kept(target)]


def _changed_process_state(before: State) -> list[str]:
    problems = []
    if (directory := _directory()) != before.directory:
        os.chdir(before.directory)
        problems.append(f"working directory {directory} (was {before.directory})")
    if (umask := _umask()) != before.umask:
        os.umask(before.umask)
        problems.append(f"umask {umask:04o} (was {before.umask:04o})")
    if (mask := frozenset(signal.pthread_sigmask(signal.SIG_BLOCK, []))) != before.mask:
        signal.pthread_sigmask(signal.SIG_SETMASK, before.mask)
        problems.append(f"blocked signals {_names(mask)} (were {_names(before.mask)})")
    if (terminal := _terminal_modes()) != before.terminal:
        problems.append(f"terminal modes {terminal} (were {before.terminal})")
        _restore_terminal(before.terminal)
    return problems


def _changed_environment(before: dict[str, str]) -> list[str]:
    # pytest names the running phase in a variable of its own
    changed = [
        name
        for name in sorted(before.keys() | os.environ.keys())
        if before.get(name) != os.environ.get(name) and name != "PYTEST_CURRENT_TEST"
    ]
    problems = [f"environment {name}={os.environ.get(name)!r} (was {before.get(name)!r})" for name in changed]
    for name in changed:
        _restore_variable(name, before.get(name))
    return problems


def _changed_handlers(before: dict[int, object]) -> list[str]:
    problems = []
    for number, handler in before.items():
        # pytest-timeout takes its own handler away as soon as a test has failed
        if getattr(handler, "__module__", None) == "pytest_timeout":
            continue
        # getsignal makes a new bound method each time, hence equality, not identity
        if (now := signal.getsignal(number)) != handler:
            problems.append(f"handler of {signal.Signals(number).name}: {now!r} (was {handler!r})")
            if handler is not None:
                signal.signal(number, handler)  # type: ignore[arg-type]
    return problems


def _open_on() -> Iterator[str]:
    for name in os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:  # the listing's own descriptor
            continue
        # every epoll, eventfd and pidfd has the same name: the number tells them apart
        yield f"{target} (descriptor {name})" if target.startswith("anon_inode:") else target


def _is_kept(target: str) -> bool:
    return target in KEPT or any(folder in target for folder in KEPT_FOLDERS)


def _directory() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return "(deleted)"


def _names(mask: frozenset[int]) -> list[str]:
    return [signal.Signals(number).name for number in sorted(mask)]


def _umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def _terminal_modes() -> list[object] | None:
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return [*termios.tcgetattr(descriptor)]
    finally:
        os.close(descriptor)


def _restore_terminal(modes: list[object] | None) -> None:
    if modes is None:
        return
    descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        termios.tcsetattr(descriptor, termios.TCSANOW, modes)  # type: ignore[arg-type]
    finally:
        os.close(descriptor)


def _restore_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
