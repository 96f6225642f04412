"""The guard guards: each kind of leftover fails its test, names itself, and does not reach the next test."""

from __future__ import annotations

import sys
import textwrap
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.script_runner import CHECKOUT
from tests.terminal import PtySession

FAULTS = {
    "descriptor": ("os.dup2(os.pipe()[0], 200)", "open descriptor on pipe:["),
    "file": ("keep.append(open(__file__))", "open descriptor on /"),
    "epoll": ("keep.append(select.epoll())", "open descriptor on anon_inode:[eventpoll]"),
    "thread": ("threading.Thread(target=keep_waiting, daemon=True, name='stray').start()", "thread 'stray'"),
    "child": ("keep.append(subprocess.Popen(['sleep', '1000']))", "process "),
    "zombie": ("wait_exited(os.posix_spawnp('true', ['true'], os.environ))", "state Z"),
    "orphan": ("subprocess.run(['sh', '-c', 'setsid sleep 1001 & :'])", "process "),
    "directory": ("os.chdir('/')", "working directory / (was "),
    "variable": ("os.environ['STRAY'] = 'x'", "environment STRAY='x' (was None)"),
    "variable_gone": ("del os.environ['PATH']", "environment PATH=None"),
    "handler": ("signal.signal(signal.SIGUSR1, lambda *_: None)", "handler of SIGUSR1"),
    "mask": ("signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])", "blocked signals ['SIGUSR2']"),
    "umask": ("os.umask(0o123)", "umask 0123"),
    "terminal": ("stop_echo()", "terminal modes"),
    "task": ("keep.append(asyncio.create_task(asyncio.sleep(1000), name='stray'))", "left tasks running"),
}
"""What a faulty test does, and what the guard must say of it."""

HEAD = """
from __future__ import annotations
import asyncio, os, select, signal, subprocess, termios, threading

keep = []

def keep_waiting():
    threading.Event().wait()

def wait_exited(pid):
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

def stop_echo():
    with open("/dev/tty", "r+b", buffering=0) as terminal:
        modes = termios.tcgetattr(terminal)
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(terminal, termios.TCSANOW, modes)

"""


def faulty_module() -> str:
    """A test module in which every faulty test is followed by one that does nothing."""
    parts = [textwrap.dedent(HEAD)]
    for name, (statement, _) in FAULTS.items():
        kind = "async def" if name == "task" else "def"
        parts.append(f"{kind} test_{name}():\n    {statement}\n\ndef test_after_{name}():\n    pass\n")
    return "\n".join(parts)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What pytest said of each test of the faulty module, run in a terminal of its own; `""` for a pass."""
    folder = tmp_path_factory.mktemp("faulty")
    (folder / "test_faulty.py").write_text(faulty_module())
    options = [
        "-p",
        "tests.conftest",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "-c",
        str(CHECKOUT / "pyproject.toml"),
    ]
    argv = [sys.executable, "-m", "pytest", *options, f"--rootdir={folder}", "--junitxml=report.xml", "test_faulty.py"]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    session = PtySession(argv, cwd=folder, env={"PYTHONPATH": str(CHECKOUT), "PATH": path}, cols=200)
    try:
        session.wait(timeout=50)
        assert (folder / "report.xml").exists(), session.text
    finally:
        session.close()
    found: dict[str, str] = {}
    for case in ET.parse(folder / "report.xml").iter("testcase"):
        text = "".join(part.text or "" for part in case if part.tag in {"error", "failure"})
        found[case.attrib["name"]] = found.get(case.attrib["name"], "") + text
    return found


@pytest.mark.parametrize("kind", FAULTS)
def test_names_what_was_left_behind(kind: str, reports: dict[str, str]) -> None:
    report = reports[f"test_{kind}"]
    assert "LeftBehindError" in report
    assert FAULTS[kind][1] in report


@pytest.mark.parametrize("kind", FAULTS)
def test_keeps_the_next_test_clean(kind: str, reports: dict[str, str]) -> None:
    assert reports[f"test_after_{kind}"] == ""


async def test_an_async_test_runs() -> None:
    import asyncio

    await asyncio.sleep(0)
    assert asyncio.get_running_loop().is_running()


def test_run_async_returns_the_value(run_async: Callable[..., object]) -> None:
    async def answer() -> int:
        return 42

    assert run_async(answer()) == 42
