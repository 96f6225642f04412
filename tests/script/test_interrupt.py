"""SIGINT, SIGTERM and SIGHUP to a script, whatever it is doing: everything is stopped, then it dies of the signal."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import process_table
from tests.script_runner import ScriptRunner
from xsh.script.interrupt import Interrupts

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
EACH = pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)

DOING = {
    "waiting for a command": "await $`tell-signal`\n",
    "waiting, captured": "print('ready', flush=True)\nr = await $`tell-signal`\n",
    "waiting on the loop": "import asyncio\nawait $`tell-signal`\n",
    "iterating": "async for line in $`tell-signal`:\n    print(line, flush=True)\n",
    "computing": "print('ready', flush=True)\nwhile True:\n    pass\n",
    "computing, no commands at all": "import sys\nprint('ready')\nsys.stdout.flush()\nwhile 1: pass\n",
    "computing on the loop": "import asyncio\nprint('ready', flush=True)\nwhile True:\n    pass\n",
    "sleeping": "print('ready', flush=True)\nawait sleep(1000)\n",
    "blocked": "import time\nprint('ready', flush=True)\ntime.sleep(1000)\n",
    "in the middle of an import of `warnings`": (
        "import sys\nawait $`true`\nsys.modules['warnings'] = type(sys)('warnings')\nprint('ready', flush=True)\n"
        "while True:\n    pass\n"
    ),
    "in a transform": (
        "def f(line):\n    print('ready', flush=True)\n    while True:\n        pass\nawait ($`yes` | f | $`cat`)\n"
    ),
    "in a generator stage": (
        "def f(lines):\n    for line in lines:\n        print('ready', flush=True)\n        while True:\n            pass\n"
        "    yield 'never'\n"
        "await ($`yes` | f | $`cat`).grace('100ms')\n"
    ),
    "gathering": "await gather($`tell-signal`, $`sleep 1000`, lambda: sleep(1000))\n",
    "in a job's block": (
        "async with $`sleep 1000`.start() as job:\n    print('ready', flush=True)\n    await job.wait()\n"
    ),
    "waiting with a timeout": "with timeout(1000):\n    await $`tell-signal`\n",
    "catching what it should not": (
        "try:\n    await $`tell-signal`\nexcept Exception:\n    print('caught', flush=True)\nprint('went on', flush=True)\n"
    ),
}


@EACH
@pytest.mark.parametrize("source", DOING.values(), ids=DOING)
def test_a_script_ends_by_the_signal(source: str, number: signal.Signals, script: ScriptRunner) -> None:
    running = script.start(source)
    running.wait_for("ready")
    running.send_signal(number)
    run = running.finish()  # which fails when anything is left running
    assert run.returncode == -number
    assert run.stderr == ""
    assert "went on" not in run.stdout
    assert "caught" not in run.stdout


@EACH
@pytest.mark.parametrize("ending", ["while True:\n    pass\n", ""], ids=["goes on", "ends"])
def test_what_falls_into_a_callback_of_the_import_system_is_not_lost(
    ending: str, number: signal.Signals, script: ScriptRunner
) -> None:
    # a weak reference's callback, in which Python only reports what is raised
    run = script(
        "import functools, importlib._bootstrap as bootstrap, os, types, xsh.script.interrupt as interrupt\n"
        f"await $`true`\ninterrupt.A_MOMENT = {0.001 if ending else 1000}\n"
        "real, lock = bootstrap._imp, bootstrap._get_module_lock('nothing')\n"
        f"hit = functools.partial(os.kill, os.getpid(), {int(number)})\n"
        "bootstrap._imp = types.SimpleNamespace(acquire_lock=hit, release_lock=lambda: None)\n"
        "del lock\nbootstrap._imp = real\n" + ending
    )
    assert (run.returncode, run.stderr) == (-number, "")


@EACH
def test_what_falls_into_an_import_of_ours_is_known_when_the_script_begins(number: signal.Signals) -> None:
    interrupts = Interrupts()
    interrupts.starting = True
    frame: Any = SimpleNamespace(f_code=SimpleNamespace(co_filename="<frozen importlib._bootstrap>"))
    interrupts.handle(number, frame)
    with pytest.raises(KeyboardInterrupt):
        interrupts.begin()


@EACH
@pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])
def test_the_script_may_clean_up(number: signal.Signals, engine: str, script: ScriptRunner) -> None:
    source = (
        f"{engine}try:\n    await $`tell-signal`\nfinally:\n    await $`echo cleaned up`\n"
        "    print('done', flush=True)\n"
    )
    running = script.start(source)
    running.wait_for("ready")
    running.send_signal(number)
    run = running.finish()
    asked = "INT" if number == signal.SIGINT else "TERM"
    assert run.stdout.split("\n", 1)[1] == f"got {asked}\ncleaned up\ndone\n"
    assert run.returncode == -number


def test_a_second_ctrl_c_kills_at_once(script: ScriptRunner) -> None:
    running = script.start("await $`ignore-term INT TERM`.grace('1h')\n")
    pid = int(running.wait_for("\n").split()[1])
    running.send_signal(signal.SIGINT)
    assert not process_table.wait_gone(pid, 0.2)
    running.send_signal(signal.SIGINT)
    assert process_table.wait_gone(pid)
    assert running.finish().returncode == -signal.SIGINT


def test_what_ignores_the_asking_is_killed_after_the_grace(script: ScriptRunner) -> None:
    running = script.start("await $`ignore-term INT TERM`.grace('200ms')\n")
    running.wait_for("ready")
    running.send_signal(signal.SIGINT)
    assert running.finish().returncode == -signal.SIGINT


def test_a_program_that_ignores_ctrl_c_is_asked_with_term_in_time(script: ScriptRunner) -> None:
    running = script.start("await $`ignore-term INT`.grace('400ms')\n")
    running.wait_for("ready")
    running.send_signal(signal.SIGINT)
    assert running.finish().duration < 40


def test_signals_in_quick_succession_leave_nothing(script: ScriptRunner) -> None:
    # two that come before the first was heard are one (signal(7)), so the grace is short
    for numbers in ([2, 2, 2], [15, 2], [2, 15], [1, 15, 2], [15, 15, 1, 1, 2]):
        running = script.start(
            "await gather($`ignore-term INT TERM HUP`.grace('300ms'), $`tell-signal`, $`fork-child`)\n"
        )
        running.wait_for("ready")
        for number in numbers:
            running.send_signal(signal.Signals(number))
        assert running.finish().returncode in {-number for number in numbers}


def test_signals_while_starting_leave_nothing(script: ScriptRunner) -> None:
    # at whatever moment it comes: before the engine is there, between two starts, at the end
    source = script.write("print('up', flush=True)\nfor n in range(200):\n    r = await $`true`\n")
    for _ in range(8):
        running = script.start(source)
        running.wait_for("up")
        running.send_signal(signal.SIGTERM)
        run = running.finish()
        assert run.returncode == -signal.SIGTERM
        assert run.stderr == ""


@pytest.mark.parametrize("name", ["INT", "HUP"])
def test_a_signal_that_was_ignored_stays_ignored(name: str, script: ScriptRunner, tmp_path: Path) -> None:
    path = script.write("print('ready', flush=True)\nr = await $`head -c 1`\nr = await $`signal-state`\nprint(r)\n")
    argv = ["sh", "-c", f'trap \'\' {name}; exec "$0" -m xsh "$1"', sys.executable, str(path)]
    running = script.start_argv(argv, cwd=tmp_path, env=script.environment(), stdin=subprocess.PIPE)
    running.wait_for("ready")
    running.send_signal(signal.Signals[f"SIG{name}"])
    run = running.finish(b"x")
    assert run.returncode == 0, run.stderr
    ignored = int(run.stdout.split("SigIgn:")[1].split()[0], 16)
    assert ignored & 1 << (signal.Signals[f"SIG{name}"] - 1)


def test_programs_are_given_the_signals_as_they_are_by_default(script: ScriptRunner) -> None:
    run = script("r = await $`signal-state`\nprint(r)\nimport asyncio\n")
    ignored, blocked = (int(line.split()[1], 16) for line in run.stdout.splitlines())
    assert not blocked & (1 << 31) - 1  # the C library has 32 and 33 to itself
    for name in ("INT", "TERM", "HUP", "PIPE", "TSTP", "TTIN", "TTOU", "CHLD"):
        assert not ignored & 1 << (signal.Signals[f"SIG{name}"] - 1), name


def test_what_runs_at_the_end_is_ended(script: ScriptRunner) -> None:
    run = script(
        "job = $`tell-signal`.start()\n"
        "async for line in job:\n    print(line)\n    break\n"
        "await $`sleep 1000 > /dev/null & true`\n"
        "import asyncio\n"
        "task = asyncio.ensure_future(gather($`sleep 1000`, $`sleep 1000`)._run())\n"
        "await asyncio.sleep(0)\n"
        "print('end')\n"
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith("end\n")


def test_an_xsh_in_an_xsh(script: ScriptRunner) -> None:
    inner = script.write("await $`tell-signal`\n", "inner.xsh")
    for number in SIGNALS:
        running = script.start(f"import sys\nawait $`${{sys.executable}} -m xsh {inner}`\n")
        running.wait_for("ready")
        running.send_signal(number)
        run = running.finish()
        assert run.returncode == -number
        assert "got" in run.stdout
