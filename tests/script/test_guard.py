"""`xsh --guard`: the supervisor passes signals on, mirrors how the worker stops and ends, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import process_table
from tests.faults.victims import is_held, kill_all, pids_in
from tests.script_runner import PROGRAMS, RunningScript, ScriptRunner

READY = "import os\nprint('worker', os.getpid(), flush=True)\n"
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
EACH = pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)


def start(script: ScriptRunner, source: str, *options: str) -> tuple[RunningScript, int]:
    """A guarded script and the pid of its worker."""
    running = script.start(READY + source, options=["--guard", *options])
    return running, int(running.wait_for("\n").split()[1])


def wait_until(fact: Callable[[], bool]) -> None:
    """Return once a fact holds."""
    deadline = time.monotonic() + 40
    while not fact():
        assert time.monotonic() < deadline
        os.sched_yield()


def wait_state(pid: int, states: str) -> None:
    """Return once a process is in one of these states (proc(5))."""
    deadline = time.monotonic() + 40
    while (process := process_table.read_process(pid)) is None or process.state not in states:
        assert time.monotonic() < deadline, process
        os.sched_yield()


@pytest.mark.parametrize(("source", "status"), [("", 0), ("import sys\nsys.exit(7)\n", 7), ("$ exit 3\n", 3)])
def test_the_exit_status_is_the_scripts(source: str, status: int, script: ScriptRunner) -> None:
    run = script(source, options=["--guard"])
    assert run.returncode == status


def test_arguments_input_and_output_are_the_scripts(script: ScriptRunner) -> None:
    source = "import sys\nprint(sys.argv[1:], sys.stdin.read())\nr = await $`echo ${sys.argv[1]}`\nprint(r)\n"
    run = script(source, "a", "--guard", options=["--guard"], stdin=b"data")
    assert (run.stdout, run.returncode) == ("['a', '--guard'] data\na\n", 0)
    assert script.xsh("--guard", "-c", "print('x')").stdout == "x\n"
    assert script.xsh("-v", "--guard", "-c", "print('x')").stdout == "x\n"


def test_the_first_line_of_a_script_may_ask_for_it(script: ScriptRunner) -> None:
    source = "#!/usr/bin/env -S xsh --guard\nimport os\nprint(os.getppid(), flush=True)\nr = await $`head -c 1`\n"
    running = script.start(source, stdin=subprocess.PIPE)
    assert int(running.wait_for("\n")) == running.pid
    assert running.finish(b"x").returncode == 0
    # asked for twice, it is there once
    running = script.start(source, options=["--guard"], stdin=subprocess.PIPE)
    assert int(running.wait_for("\n")) == running.pid
    assert running.finish(b"x").returncode == 0


@EACH
def test_a_signal_to_the_supervisor_alone_is_passed_on(number: signal.Signals, script: ScriptRunner) -> None:
    running, _ = start(script, "try:\n    await $`tell-signal`\nfinally:\n    print('cleaned up', flush=True)\n")
    running.wait_for("ready")
    running.send_signal(number)
    run = running.finish()
    assert run.returncode == -number
    assert run.stdout.endswith(f"got {'INT' if number == signal.SIGINT else 'TERM'}\ncleaned up\n")


@EACH
def test_a_signal_to_the_group_is_one_signal(number: signal.Signals, script: ScriptRunner) -> None:
    # a second one would kill the command, which has a long answer to the first
    polite = (
        "await $`sh -c 'trap \"sleep 0.3; echo polite; exit 0\" INT TERM; echo ready; while :; do sleep 0.01; done'`\n"
    )
    running, _ = start(script, polite)
    running.wait_for("ready")
    os.killpg(running.pid, number)
    run = running.finish()
    assert run.returncode == -number
    assert "polite" in run.stdout


def test_a_second_signal_kills_at_once(script: ScriptRunner) -> None:
    running, _ = start(script, "await $`ignore-term INT TERM`.grace('1h')\n")
    running.wait_for("ready")
    running.send_signal(signal.SIGTERM)
    pid = int(running.wait_for("\n").split()[-1])
    assert not process_table.wait_gone(pid, 0.3)
    running.send_signal(signal.SIGTERM)
    assert process_table.wait_gone(pid)
    assert running.finish().returncode == -signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH])
def test_signals_the_script_handles_itself(number: signal.Signals, script: ScriptRunner) -> None:
    source = (
        "import os, signal\n"
        # not print: the signal may come while the one below is still writing
        f"signal.signal({int(number)}, lambda n, f: os.write(1, b'heard %d\\n' % n))\n"
        "print('ready', flush=True)\nawait $`head -c 1`\n"
    )
    running = script.start(source, options=["--guard"], stdin=subprocess.PIPE)
    running.wait_for("ready")
    running.send_signal(number)
    running.wait_for(f"heard {int(number)}")
    assert running.finish(b"x").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT, signal.SIGSEGV])
def test_the_worker_dies_of_a_signal(number: signal.Signals, script: ScriptRunner) -> None:
    running, worker = start(script, "await gather($`tell-signal`, $`fork-escapee`, $`fork-child`)\n")
    running.wait_for("ready")
    os.kill(worker, number)
    assert running.finish().returncode == -number


def test_the_supervisor_is_killed(script: ScriptRunner) -> None:
    running, worker = start(script, "await gather($`tell-signal`, $`fork-escapee`)\n")
    running.wait_for("ready")
    left = [process.pid for process in running.living()]
    running.send_signal(signal.SIGKILL)
    assert all(process_table.wait_gone(pid) for pid in [worker, *left])
    assert running.finish().returncode == -signal.SIGKILL


def test_stop_and_continue_are_mirrored(script: ScriptRunner) -> None:
    source = "await $`head -c 1`\nprint('went on')\n"
    running = script.start(READY + source, options=["--guard"], stdin=subprocess.PIPE)
    worker = int(running.wait_for("\n").split()[1])
    os.kill(worker, signal.SIGSTOP)
    wait_state(running.pid, "T")
    running.send_signal(signal.SIGCONT)
    wait_state(running.pid, "S")
    wait_state(worker, "SR")
    run = running.finish(b"x")
    assert run.returncode == 0
    assert "went on" in run.stdout


DETACHED = ["nap {}", "env -i {programs}/nap {}", "sh -c 'setsid -f nap {}; exec sleep 1000'"]


@pytest.mark.parametrize("command", DETACHED, ids=["a program", "without environment", "with a daemon"])
@pytest.mark.parametrize("options", [(), ("--guard",)], ids=["plain", "guarded"])
@pytest.mark.parametrize("killed", [False, True], ids=["the script ends", "the script is killed"])
def test_what_was_detached_lives_on(
    command: str, options: tuple[str, ...], killed: bool, script: ScriptRunner, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    text = command.format(pids, programs=PROGRAMS)
    source = f"{READY}job = await $`{text}`.detach()\nr = await $`head -c 1`\n"
    running = script.start(source, options=options, stdin=subprocess.PIPE)
    worker = int(running.wait_for("\n").split()[1])
    try:
        wait_until(lambda: bool(pids_in(pids)))
        if killed:
            os.kill(worker, signal.SIGKILL)
        assert running.process.stdin is not None
        running.process.stdin.close()
        assert running.process.wait() == (-signal.SIGKILL if killed else 0)
        assert is_held(pids)
    finally:
        kill_all(pids)


def test_what_python_itself_has_started_is_ended(script: ScriptRunner, tmp_path: Path) -> None:
    source = "import subprocess\nprint(subprocess.Popen(['sleep', '1000'], start_new_session=True).pid, flush=True)\n"
    running, _ = start(script, source)
    run = running.finish()
    assert process_table.wait_gone(int(run.stdout.split()[-1]), 0)
    assert run.returncode == 0


def test_ignored_signals_stay_ignored(script: ScriptRunner, tmp_path: Path) -> None:
    path = script.write("print('ready', flush=True)\nr = await $`head -c 1`\nprint('went on')\n")
    argv = ["sh", "-c", 'trap "" HUP INT; exec "$0" -m xsh --guard "$1"', sys.executable, str(path)]
    running = script.start_argv(argv, cwd=tmp_path, env=script.environment(), stdin=subprocess.PIPE)
    running.wait_for("ready")
    running.send_signal(signal.SIGHUP)
    running.send_signal(signal.SIGINT)
    run = running.finish(b"x")
    assert (run.returncode, run.stdout) == (0, "ready\nwent on\n")


def launcher(script: ScriptRunner, folder: Path) -> dict[str, str]:
    """The environment in which `xsh` on PATH is this checkout's."""
    file = folder / "bin" / "xsh"
    file.parent.mkdir()
    file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xsh "$@"\n')
    file.chmod(0o755)
    env = script.environment()
    env["PATH"] = f"{file.parent}:{env['PATH']}"
    return env


def test_a_file_with_the_option_in_its_first_line_is_run_guarded(script: ScriptRunner, tmp_path: Path) -> None:
    source = "#!/usr/bin/env -S xsh --guard\nimport os\nprint($.guard, argv, os.getppid())\n"
    program = script.write(source, "tool")
    program.chmod(0o755)
    running = script.start_argv([str(program), "-x"], cwd=tmp_path, env=launcher(script, tmp_path))
    assert running.finish().stdout == f"True ['-x'] {running.pid}\n"


ASKING = {
    "alone": "$.guard = True\n",
    "by name": "sh.guard = True\n",
    "after comments": "#!/usr/bin/env xsh\n\n# why\n   # more\n\n$.guard = True  # all of it\n",
    "after a docstring": '"""What it\ndoes, \\""" and why."""\n\n$.guard=True\n',
    "after a short docstring": "'it\\'s'  # yes\n$.guard = True\n",
    "after a raw docstring": "r'''a\\x'''\n$.guard = True\n",
    "after the future": "'a'\nfrom __future__ import annotations\n\n$.guard = True\n",
    "with more in its line": "$.guard = True; x = 1\n",
    "with Windows lines": "# a\r\n\r\n$.guard = True\r\n",
    "with a mark of the byte order": "\ufeff$.guard = True\n",
}
SHOW = "import os\nprint($.guard, os.getppid())\n"


@pytest.mark.parametrize("first", ASKING.values(), ids=ASKING)
def test_a_first_statement_may_ask_for_it(first: str, script: ScriptRunner) -> None:
    running = script.start(first + SHOW)
    run = running.finish()
    assert (run.stdout, run.stderr) == (f"True {running.pid}\n", "")


@pytest.mark.parametrize("way", ["file", "option", "-c", "stdin", "twice"])
def test_however_the_script_is_run(way: str, script: ScriptRunner) -> None:
    text = "$.guard = True\n" + SHOW
    path = script.write(text)
    arguments = {"-c": ["-c", text], "stdin": [], "option": ["-v", str(path)], "twice": ["--guard", str(path)]}
    argv = [sys.executable, "-m", "xsh", *arguments.get(way, [str(path)])]
    running = script.start_argv(argv, cwd=path.parent, env=script.environment(), stdin=subprocess.PIPE)
    assert running.finish(text.encode() if way == "stdin" else None).stdout == f"True {running.pid}\n"


LATE = [
    "import os\n$.guard = True\n",
    "if True:\n    $.guard = True\n",
    "x = '''\n$.guard = True\n'''\n$.guard = True\n",
]


@pytest.mark.parametrize("source", LATE)
def test_asked_for_too_late_it_is_refused_and_nothing_is_run(source: str, script: ScriptRunner) -> None:
    run = script(source + "print('went on')\n")
    assert (run.returncode, run.stdout) == (1, "")
    assert "has to be the first statement" in run.stderr
    assert "script.xsh" in run.stderr
    assert "$.guard = True" in run.stderr


def test_it_is_told_and_cannot_be_taken_away(script: ScriptRunner) -> None:
    assert script("print($.guard)\n$.guard = False\n").stdout == "False\n"
    run = script("$.guard = False\n", options=["--guard"])
    assert run.returncode == 1
    assert "cannot be taken away" in run.stderr


def test_kill_9_of_a_script_that_asked_by_its_first_statement(script: ScriptRunner, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    running = script.start(f"$.guard = True\n{READY}await gather($`nap {pids}`, $`setsid nap {pids}`)\n")
    worker = int(running.wait_for("\n").split()[1])
    wait_until(lambda: len(pids_in(pids)) == 2)
    os.kill(worker, signal.SIGKILL)
    assert running.finish().returncode == -signal.SIGKILL
    assert not is_held(pids)
