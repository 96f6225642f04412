"""System calls of xsh that the kernel interrupts or refuses: results are right or the error says what lacks, nothing hangs.

strace(1) attaches to the script once it is up, so that neither the interpreter's start nor the programs it runs are hit.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.script_runner import RunningScript, ScriptRunner

STRACE = shutil.which("strace")
ENGINES = pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])

SOURCE = """\
import os, signal
import xsh.engine.room
xsh.engine.room.PATIENCE = 0.5
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
async def plain():
    r = await $`sh -c 'echo out; echo err >&2; exit 3'`.nothrow()
    return (r.stdout, r.stderr, r.exit_code) == ('out\\n', 'err\\n', 3)
async def much():
    r = await $`seq 30000 | cat`
    return len(r.lines) == 30000
async def function():
    r = await ($`seq 3000` | (lambda line: line) | $`cat`)
    return len(r.lines) == 3000
async def given():
    r = await $`cat`.input('x' * 300_000)
    return r.stdout == 'x' * 300_000
async def loop():
    return [line async for line in $`seq 300`] == [str(n) for n in range(1, 301)]
async def late():
    r = await $`sleep 1000`.timeout('50ms').nothrow()
    return r.timed_out
r = await $`true`
told = []
async def work():
    for one in (plain, much, function, given, loop, late)[:int(argv[0])]:
        try:
            told.append('right' if await one() else f'{one.__name__} is wrong')
        except (XshError, OSError) as error:
            told.append(f'{type(error).__name__}: {error}')
await work()
assert set(told) == {'right'}, told
told.clear()
before = len(os.listdir('/dev/fd'))
os.mkdir('up')
signal.sigwait([signal.SIGUSR1])
await work()
os.mkdir('done')
signal.sigwait([signal.SIGUSR1])
# one turn more for what was taken for the output of a daemon
assert await plain()
assert len(os.listdir('/dev/fd')) == before
print('\\n'.join(told))
"""
ALL = 6
SPAWN = "clone,clone3,vfork,fork"
WAIT = "wait4,waitid"
POLL = "poll,ppoll,epoll_wait,epoll_pwait,epoll_pwait2"
EXACT = {
    "read is interrupted": "read:error=EINTR:when=1+2",
    "nothing to read after all": "read:error=EAGAIN:when=1+2",
    "write is interrupted": "write:error=EINTR:when=1+2",
    "no room to write after all": "write:error=EAGAIN:when=1+2",
    "waiting for a process is interrupted": f"{WAIT}:error=EINTR:when=1+2",
    "waiting for events is interrupted": f"{POLL}:error=EINTR:when=1+3",
    "no process for a moment": f"{SPAWN}:error=EAGAIN:when=1",
    "the system's files are all open for a moment": "pipe2:error=ENFILE:when=1",
}
"""What xsh is hit by, as strace says it, and must not notice: `1+2` is the first call and every second after it."""
TOLD = {
    "never a process": (f"{SPAWN}:error=EAGAIN", "ResourceExhausted", "no more processes of this user"),
    "never memory for a process": (f"{SPAWN}:error=ENOMEM", "ResourceExhausted", "no more memory"),
    "starting is interrupted": (f"{SPAWN}:error=EINTR", "SpawnError", "Interrupted system call"),
    "never a pipe": ("pipe2:error=EMFILE", "ResourceExhausted", "no more open files of this process"),
    "the system's files are all open": ("pipe2:error=ENFILE", "ResourceExhausted", "no more open files of the machine"),
    "making a pipe is interrupted": ("pipe2:error=EINTR", "InterruptedError", "Interrupted system call"),
    "no pipe for now, for ever": ("pipe2:error=EAGAIN", "ResourceExhausted", "no more processes of this user"),
}
"""What xsh is hit by again and again, the class of the error and what its message says."""


def wait_for_path(path: Path, running: RunningScript) -> None:
    """Return once the script has made a directory."""
    deadline = time.monotonic() + 50
    while not path.exists():
        assert running.process.poll() is None, running.process.communicate()
        assert time.monotonic() < deadline, f"no {path.name}"
        os.sched_yield()


@contextmanager
def injected(pid: int, what: str) -> Iterator[None]:
    """A process whose system calls fail as strace's `inject` says."""
    if STRACE is None:
        pytest.skip("strace is not installed")
    argv = [STRACE, "-o", "/dev/null", "-e", f"inject={what}", "-p", str(pid)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as strace:
        assert strace.stderr is not None
        said = strace.stderr.readline()
        try:
            if b"attached" not in said:
                pytest.skip(f"strace may not attach: {said.decode().strip()}")
            yield
        finally:
            strace.send_signal(signal.SIGINT)
            strace.wait()


@pytest.fixture
def hit(script: ScriptRunner, tmp_path: Path) -> Callable[[str, str, int], list[str]]:
    """`hit(engine, what, count)`: how the script's first commands ended while its system calls failed like that."""

    def run(engine: str, what: str, count: int) -> list[str]:
        running = script.start(engine + SOURCE, str(count))
        wait_for_path(tmp_path / "up", running)
        with injected(running.pid, what):
            running.send_signal(signal.SIGUSR1)
            wait_for_path(tmp_path / "done", running)
        running.send_signal(signal.SIGUSR1)
        run = running.finish()
        assert run.returncode == 0, run.stderr
        told = run.stdout.splitlines()
        assert len(told) == count
        return told

    return run


@ENGINES
@pytest.mark.parametrize("what", EXACT.values(), ids=EXACT)
def test_it_is_not_noticed(what: str, engine: str, hit: Callable[..., list[str]]) -> None:
    assert hit(engine, what, ALL) == ["right"] * ALL


@ENGINES
@pytest.mark.parametrize(("what", "kind", "says"), TOLD.values(), ids=TOLD)
def test_it_is_told(what: str, kind: str, says: str, engine: str, hit: Callable[..., list[str]]) -> None:
    for line in hit(engine, what, 2):
        assert line.startswith(f"{kind}: ")
        assert says in line
