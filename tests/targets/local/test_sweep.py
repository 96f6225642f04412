"""The end of a program: who is ended, who is spared, who cannot be ended; and what is reaped while it runs."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import process_table
from tests.faults.victims import is_held, kill_all, pids_in, until_there
from tests.script_runner import CHECKOUT, ScriptRunner

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
FREEZER = Path("/sys/fs/cgroup/freezer")
IMPATIENT = "from xsh.session.session import current_session\ncurrent_session().runner.grace = 0.1\n"


@pytest.fixture
def pids(tmp_path: Path) -> Iterator[Path]:
    """Where the naps write their pids."""
    file = tmp_path / "pids"
    yield file
    kill_all(file)


def wait_written(pids: Path, count: int = 1) -> None:
    """Return once so many naps have said that they are there."""
    deadline = time.monotonic() + 40
    while len(pids_in(pids)) < count:
        assert time.monotonic() < deadline
        os.sched_yield()


def test_a_second_signal_while_the_rest_is_ended_kills_it(script: ScriptRunner, pids: Path) -> None:
    # a daemon that ignores the asking, and a grace that no test would wait for
    source = (
        "from xsh.session.session import current_session\ncurrent_session().runner.grace = 1000\n"
        f"await $`setsid -f sh -c 'trap \"\" TERM; exec nap {pids}'`\n"
        f"{until_there(pids)}print('end', flush=True)\n"
    )
    running = script.start(source)
    running.wait_for("end")
    running.send_signal(signal.SIGTERM)
    while running.process.poll() is None:
        running.send_signal(signal.SIGTERM)
        os.sched_yield()
    assert not is_held(pids)
    assert running.finish().returncode == -signal.SIGTERM


@pytest.mark.parametrize("settings", ["", ", start_new_session=True", ", process_group=0"])
def test_what_python_itself_has_started_is_left_to_it(settings: str, script: ScriptRunner, pids: Path) -> None:
    # as a daemon of a command is there too, the end of the script does look
    source = (
        f"import subprocess\nawait $`setsid -f nap {pids}`\n"
        f"child = subprocess.Popen(['nap', '{pids}']{settings})\nprint(child.pid, flush=True)\n"
        "r = await $`head -c 1`\n"
    )
    running = script.start(source, stdin=subprocess.PIPE)
    own = int(running.wait_for("\n"))
    wait_written(pids, 2)
    assert running.process.stdin is not None
    running.process.stdin.close()
    assert running.process.wait() == 0
    assert [process_table.wait_gone(pid, 0) for pid in pids_in(pids) if pid != own] == [True]
    assert not process_table.wait_gone(own, 0)


def test_the_status_of_pythons_own_children_is_pythons(script: ScriptRunner) -> None:
    source = (
        "import subprocess\n"
        "children = [subprocess.Popen(['sh', '-c', 'exit 7'], start_new_session=n % 2 == 1) for n in range(10)]\n"
        "for _ in range(20):\n    await $`sh -c 'true & setsid -f true'`\n"
        "try:\n    await $`sh -c 'setsid -f true; sleep 1000'`.timeout('50ms')\nexcept CommandTimedOut:\n    pass\n"
        "print({child.wait() for child in children})\n"
    )
    assert script(source).stdout == "{7}\n"


def test_ended_background_jobs_are_reaped_while_the_script_runs(script: ScriptRunner) -> None:
    source = (
        "import os\nfrom xsh.targets.local.tree import Table\n"
        "def zombies():\n    return sum(not row.alive for row in Table().children.get(os.getpid(), []))\n"
        "for _ in range(50):\n    await $`sh -c 'true & exec true'`\n"
        "while zombies() > 2:\n    await $`true`\n"
        "print('ended')\n"
    )
    assert script(source, timeout=40).stdout == "ended\n"


def test_a_library_adopts_nothing(script: ScriptRunner, tmp_path: Path) -> None:
    source = (
        "import os, xsh\nfrom xsh import sh\nfrom xsh.targets.local.kin import KIN\n"
        "print(xsh.run(sh('echo hello').text()), KIN.adopting, 'XSH_JOB' in os.environ)\n"
        "print(xsh.run(sh('printenv XSH_JOB').text()) == KIN.program + '.2')\n"
    )
    (tmp_path / "host.py").write_text(source)
    argv = [sys.executable, "host.py"]
    run = script.start_argv(argv, cwd=tmp_path, env=script.environment()).finish()
    assert run.stdout == "hello False False\nTrue\n"


def test_a_library_stops_daemons_too(script: ScriptRunner, tmp_path: Path, pids: Path) -> None:
    source = (
        f"import xsh\nfrom xsh import sh, CommandTimedOut\ntry:\n"
        f"    xsh.run(sh(\"setsid -f nap {pids}; nap {pids}\").timeout('1s'))\nexcept CommandTimedOut:\n    print('late')\n"
    )
    (tmp_path / "host.py").write_text(source)
    run = script.start_argv([sys.executable, "host.py"], cwd=tmp_path, env=script.environment()).finish()
    assert run.stdout == "late\n"
    assert len(pids_in(pids)) == 2
    assert not is_held(pids)


def test_where_orphans_cannot_be_adopted_mark_and_group_tell_whose_they_are(script: ScriptRunner, pids: Path) -> None:
    source = (
        f"await $`sh -c 'setsid -f nap {pids}; nap {pids} >/dev/null 2>&1 &'`\n"
        f"import os\nwhile not os.path.exists('{pids}') or len(open('{pids}').readlines()) < 2: await sleep(0.001)\n"
        "from xsh.targets.local.kin import KIN\nKIN.adopting = False\n"
    )
    run = script(source)
    assert (run.returncode, run.stderr) == (0, "")
    assert len(pids_in(pids)) == 2
    assert not is_held(pids)


def test_what_was_detached_is_spared_with_all_that_it_has_started(
    script: ScriptRunner, pids: Path, tmp_path: Path
) -> None:
    ended = tmp_path / "ended"
    text = f"exec >/dev/null 2>&1; setsid -f nap {pids}; nap {pids} & exec nap {pids}"
    source = (
        f"await $`sh -c '{text}'`.detach()\nawait $`setsid -f nap {ended}`\nimport os\n"
        "def written(path):\n    return len(open(path).readlines()) if os.path.exists(path) else 0\n"
        f"while written('{pids}') < 3 or written('{ended}') < 1: await sleep(0.001)\n"
    )
    running = script.start(source)
    assert running.process.wait(40) == 0
    assert not is_held(ended)
    assert [process_table.wait_gone(pid, 0) for pid in pids_in(pids)] == [False] * 3
    assert running.finish(may_leave=True).stderr == ""


def test_who_looks_like_a_zombie_while_a_thread_of_it_runs_is_ended_too(script: ScriptRunner, pids: Path) -> None:
    # not the newest any more, which a hunt would look at
    source = f"await $`setsid -f headless {pids} >/dev/null 2>&1`\n{until_there(pids)}"
    run = script(source + "for _ in range(30): await $`true`\n", timeout=40)
    assert (run.returncode, run.stderr) == (0, "")
    assert not is_held(pids)


@pytest.mark.parametrize("misses", [1, 7])
def test_what_looks_have_missed_is_looked_for_as_long_as_there_is_a_child(
    misses: int, script: ScriptRunner, pids: Path
) -> None:
    source = (
        f"await $`setsid -f nap {pids} >/dev/null 2>&1`\n"
        f"{until_there(pids)}"
        "from xsh.targets.local import sweep\nfinds, looks = sweep.Sweep._victims, []\n"
        "def victims(self, table):\n    looks.append(table)\n"
        f"    return [] if len(looks) <= {misses} else finds(self, table)\n"
        "sweep.Sweep._victims = victims\nsweep.hunt = lambda wanted: 0\n"
    )
    run = script(source)
    assert (run.returncode, run.stderr) == (0, "")
    assert not is_held(pids)


def test_what_no_look_finds_is_named_by_the_number_of_its_last_dead(script: ScriptRunner, pids: Path) -> None:
    source = (
        f"await $`mover {pids} 1 >/dev/null 2>&1 &`\n"
        f"{until_there(pids)}"
        "from xsh.targets.local import sweep\nsweep.Sweep._victims = lambda self, table: []\n"
        "sweep.hunt = lambda wanted: 0\nsweep.GIVE_UP_AFTER = 0.1\n" + IMPATIENT
    )
    running = script.start(source)
    running.process.wait(40)
    # before what is left is killed
    assert is_held(pids)
    run = running.finish(may_leave=True)
    assert re.fullmatch(r"xsh: cannot be ended: pid \d+( \(state .\))?\n", run.stderr)


def test_what_may_not_be_signalled_is_named(script: ScriptRunner, pids: Path) -> None:
    source = (
        "from xsh.targets.local import sweep, tree\n"
        "def refuse(stray, number):\n    raise PermissionError(1, 'Operation not permitted')\n"
        "tree.Stray.signal = refuse\nsweep.GIVE_UP_AFTER = 0.1\n"
        f"await $`setsid -f nap {pids} >/dev/null 2>&1`\n"
        f"{until_there(pids)}" + IMPATIENT
    )
    run = script(source, may_leave=True)
    assert run.stderr == f"xsh: cannot be ended: pid {pids_in(pids)[0]} (state S)\n"


def test_without_descriptors_its_number_is_waited_for(script: ScriptRunner, pids: Path) -> None:
    source = (
        f"await $`setsid -f nap {pids}`\n"
        f"{until_there(pids)}"
        "def no_room(pid, flags=0):\n    raise OSError(24, 'Too many open files')\n"
        "os.pidfd_open = no_room\n"
    )
    run = script(source)
    assert (run.returncode, run.stderr) == (0, "")
    assert not is_held(pids)


@ROOT
def test_a_process_of_another_user_is_named(script: ScriptRunner) -> None:
    somebody = ["setpriv", "--reuid=65534", "--clear-groups"]
    if subprocess.run([*somebody, sys.executable, "-c", ""], capture_output=True, check=False).returncode != 0:
        pytest.skip("this interpreter is root's alone")
    folder = Path("/var/tmp") / f"xsh-test-{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o755)
    try:
        # as sudo does: a program of root's, started by somebody else
        become_root = folder / "become-root"
        shutil.copy(shutil.which("setpriv") or "", become_root)
        become_root.chmod(0o755 | stat.S_ISUID)
        source = folder / "script.xsh"
        source.write_text(
            f"try:\n    await $`sh -c '{become_root} --reuid=0 --regid=0 --clear-groups sleep 1000 >/dev/null 2>&1 & wait'`"
            ".timeout('500ms').grace('50ms')\nexcept CommandTimedOut as error:\n    print(error.hint)\n"
        )
        env = {**script.environment(), "HOME": "/nonexistent", "PYTHONPATH": str(CHECKOUT)}
        argv = [*somebody, sys.executable, "-m", "xsh", str(source)]
        running = script.start_argv(argv, cwd=folder, env=env)
        status = running.process.wait(40)
        assert running.process.stderr is not None
        assert running.process.stdout is not None
        said = running.process.stderr.read().decode()
        assert status == 0, said
        (root,) = [process for process in running.living() if process.command.startswith("sleep")]
        assert f"cannot be killed: pid {root.pid} (state S, another user's)" in said
        assert b"belong to another user" in running.process.stdout.read()
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def freezer() -> Iterator[Path]:
    """A control group whose processes can be frozen: those take no signal at all, SIGKILL included (cgroups v1)."""
    group = FREEZER / f"xsh-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        pytest.skip("no freezer that we may use")
    yield group
    (group / "freezer.state").write_text("THAWED")
    deadline = time.monotonic() + 40
    while True:
        for pid in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        try:
            group.rmdir()
        except OSError:
            assert time.monotonic() < deadline
        else:
            return


@pytest.mark.parametrize("how", ["nap", "setsid -w nap"], ids=["the program", "a stray"])
def test_a_process_that_cannot_be_killed_is_named_and_not_waited_for(
    how: str, script: ScriptRunner, freezer: Path, pids: Path
) -> None:
    source = (
        f"job = $`{how} {pids}`.grace('50ms').start()\nr = await $`head -c 1`\n"
        "result = await job.kill()\nprint('went on', result.exit_code)\n" + IMPATIENT
    )
    running = script.start(source, stdin=subprocess.PIPE)
    wait_written(pids)
    pid = pids_in(pids)[0]
    (freezer / "cgroup.procs").write_text(str(pid))
    (freezer / "freezer.state").write_text("FROZEN")
    while "FROZEN" not in (freezer / "freezer.state").read_text():
        os.sched_yield()
    assert running.process.stdin is not None
    running.process.stdin.close()
    assert running.process.wait(40) == 0
    assert running.process.stdout is not None
    assert running.process.stderr is not None
    # a stray's program has ended when it was asked to
    assert running.process.stdout.read().decode() == f"went on {137 if how == 'nap' else 143}\n"
    said = running.process.stderr.read().decode()
    assert f"cannot be killed: pid {pid} (state D" in said or f"cannot be killed: pid {pid} (state " in said
    assert f"cannot be ended: pid {pid} " in said
    (freezer / "freezer.state").write_text("THAWED")
    assert process_table.wait_gone(pid)
