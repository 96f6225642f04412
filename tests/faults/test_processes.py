"""No more processes may be started, or no more descriptors opened: told with the limit, and nothing half-started."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.script_runner import CHECKOUT, ScriptRunner

PIDS = Path("/sys/fs/cgroup/pids")
TREE = """\
import os
def facts():
    return sorted(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))
"""


def test_two_hundred_captures_with_64_descriptors(script: ScriptRunner) -> None:
    source = TREE + (
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "assert len(await gather($`true`, $`true`)) == 2\nbefore = facts()\n"
        "outcomes = await settle(*[$`sh -c 'echo $0; exec sleep 0.1' ${n}` for n in range(200)])\n"
        "for n, outcome in enumerate(outcomes):\n"
        "    if outcome.ok:\n        assert outcome.value.text == str(n)\n"
        "    else:\n        assert isinstance(outcome.error, ResourceExhausted), outcome.error\n"
        "        assert 'the limit is 64' in str(outcome.error)\n"
        "print(len(outcomes), 0 < len(outcomes.failed) < 200)\n"
        "try:\n    await gather(*[$`sleep 100` for n in range(200)])\nexcept ResourceExhausted as error:\n    print(error)\n"
        "assert facts() == before, (facts(), before)\n"
        "print(len(await gather(*[$`echo ${n}` for n in range(200)], limit=8)))\n"
    )
    run = script(source)
    assert run.stderr == ""
    assert run.returncode == 0
    first, second, third = run.stdout.splitlines()
    assert (first, third) == ("200 True", "200")
    assert second == "cannot start sleep 100: no more open files of this process, the limit is 64"


@pytest.fixture
def few() -> Iterator[Path]:
    """A control group in which 20 processes may run (cgroups v1)."""
    group = PIDS / f"xsh-test-{os.getpid()}"
    try:
        group.mkdir()
        (group / "pids.max").write_text("20")
    except OSError:
        pytest.skip("no pids control group that we may use")
    yield group
    group.rmdir()


def test_a_limit_of_processes(script: ScriptRunner, few: Path) -> None:
    source = TREE + (
        f"open('{few}/cgroup.procs', 'w').write(str(os.getpid()))\n"
        "assert len(await gather($`true`, $`true`)) == 2\nbefore = facts()\n"
        "outcomes = await settle(*[$`sleep 0.2` for n in range(60)])\n"
        "assert all(isinstance(o.error, ResourceExhausted) for o in outcomes.failed)\n"
        "print(0 < len(outcomes.failed) < 60, outcomes.failed[0].error)\n"
        "print(len(open('%s/cgroup.procs').read().split()))\n"
        "try:\n    await gather(*[$`sleep 100` for n in range(60)])\nexcept ResourceExhausted:\n    print('stopped')\n"
        "assert facts() == before, (facts(), before)\n"
        "print((await $`echo fine`).text)\n"
        f"open('{PIDS}/cgroup.procs', 'w').write(str(os.getpid()))\n" % few
    )
    run = script(source)
    assert run.stderr == ""
    first, *rest = run.stdout.splitlines()
    assert first.startswith("True cannot start sleep: no more processes of this user")
    assert rest == ["1", "stopped", "fine"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_a_users_limit_of_processes(script: ScriptRunner, tmp_path: Path) -> None:
    # an ordinary user's python, since that of the tests may be in a folder that is not his
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    user = ["setpriv", "--reuid=61234", "--clear-groups"]
    check = [
        python or "python3",
        "-c",
        f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); import xsh.cli; assert sys.version_info >= (3, 11)",
    ]
    if python is None or subprocess.run([*user, *check], check=False, capture_output=True).returncode:
        pytest.skip("no python that an ordinary user can run")
    source = (
        "import resource\nresource.setrlimit(resource.RLIMIT_NPROC, (12, 12))\n"
        "jobs = []\n"
        "try:\n    for n in range(40):\n        jobs.append($`sleep 100`.start())\n"
        "except ResourceExhausted as error:\n    print(error)\n"
        "print(5 < len(jobs) < 12)\n"
        "for job in jobs:\n    try:\n        await job.kill()\n    except CommandError:\n        raise\n"
        "print((await $`echo fine`).text)\n"
    )
    run = script.start_argv(
        [*user, python, "-m", "xsh", "-c", source], cwd=Path("/"), env=script.environment()
    ).finish()
    assert run.stderr == ""
    assert run.stdout.splitlines() == [
        "cannot start sleep: no more processes of this user, the limit is 12",
        "True",
        "fine",
    ]
