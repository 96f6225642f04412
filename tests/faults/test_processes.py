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


USE_UP = """\
import os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
held = []
def use_up():
    try:
        while True:
            held.append(os.dup(0))
    except OSError:
        return
"""


def test_without_a_descriptor_a_job_is_stopped_all_the_same(script: ScriptRunner) -> None:
    source = USE_UP + (
        "import sys\nawait $`true`\njob = $`sleep 1000`.input('').start()\nuse_up()\n"
        "print('xsh.targets.local.strays' in sys.modules)\n"
        "print((await job.kill()).signal)\n"
    )
    run = script(source)
    assert (run.returncode, run.stdout, run.stderr) == (0, "False\nSIGTERM\n", "")


def test_without_a_descriptor_the_end_of_the_script_stops_its_jobs(script: ScriptRunner) -> None:
    source = USE_UP + "await $`true`\njobs = [$`sleep 1000`.start() for _ in range(3)]\nuse_up()\n"
    run = script(source)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_two_hundred_captures_with_64_descriptors(script: ScriptRunner) -> None:
    source = TREE + (
        "import asyncio\n"
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "assert len(await gather($`true`, $`true`)) == 2\nbefore = facts()\n"
        "results = await gather(*[$`sh -c 'echo $0; exec sleep 0.1' ${n}` for n in range(200)])\n"
        "print([r.text for r in results] == [str(n) for n in range(200)])\n"
        "assert facts() == before, (facts(), before)\n"
        "try:\n    async with asyncio.timeout(1.5):\n        await gather(*[$`sleep 100` for n in range(200)])\n"
        "except TimeoutError:\n    print('stopped')\n"
        "assert facts() == before, (facts(), before)\n"
        "print(len(await gather(*[$`echo ${n}` for n in range(200)], limit=8)))\n"
    )
    run = script(source)
    assert (run.returncode, run.stdout) == (0, "True\nstopped\n200\n"), run.stderr
    (said,) = run.stderr.splitlines()
    assert said.endswith(
        "commands wait until others have ended: cannot start sleep 100: no more open files of this process,"
        " the limit is 64 (`ulimit -n` shows and raises it)"
    )


@pytest.mark.parametrize(
    "held",
    [
        "jobs = [$`sleep 100`.start() for n in range(20)]\n{}\nfor job in jobs:\n    await job.kill()\n",
        "async for line in $`echo x; exec sleep 100`:\n    {}\n    break\n",
    ],
    ids=["handles", "loop"],
)
def test_what_may_wait_for_us_is_not_waited_for(held: str, script: ScriptRunner) -> None:
    work = (
        "taken = []\n"
        "try:\n    while True:\n        taken.append(os.open('/dev/null', 0))\nexcept OSError:\n    pass\n"
        "try:\n    r = await $`echo x`\nexcept ResourceExhausted as error:\n    print(error)\n"
        "for number in taken:\n    os.close(number)"
    )
    indent = "    " if held.startswith("async") else ""
    source = (
        "import asyncio, os, resource\nassert len(await gather($`true`, $`true`)) == 2\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))\n"
        + held.format(work.replace("\n", "\n" + indent))
        + "print((await $`echo fine`).text)\n"
    )
    run = script(source)
    assert (run.returncode, run.stdout, run.stderr) == (
        0,
        "cannot start echo x: no more open files of this process, the limit is 128\nfine\n",
        "",
    )


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
        "import asyncio\n"
        f"open('{few}/cgroup.procs', 'w').write(str(os.getpid()))\n"
        "assert len(await gather($`true`, $`true`)) == 2\nbefore = facts()\n"
        "print(len(await gather(*[$`sleep 0.2` for n in range(60)])))\n"
        f"print(len(open('{few}/cgroup.procs').read().split()))\n"
        "try:\n    async with asyncio.timeout(1.5):\n        await gather(*[$`sleep 100` for n in range(60)])\n"
        "except TimeoutError:\n    print('stopped')\n"
        "assert facts() == before, (facts(), before)\n"
        "print((await $`echo fine`).text)\n"
        f"open('{PIDS}/cgroup.procs', 'w').write(str(os.getpid()))\n"
    )
    run = script(source)
    assert (run.returncode, run.stdout) == (0, "60\n1\nstopped\nfine\n"), run.stderr
    assert "commands wait until others have ended: cannot start sleep: no more processes of this user" in run.stderr


def test_processes_of_others_are_waited_for_a_while(script: ScriptRunner, few: Path) -> None:
    source = (
        "import subprocess, time\n"
        f"open('{few}/cgroup.procs', 'w').write(str(os.getpid()))\n"
        "others = []\n"
        "try:\n    while True:\n        others.append(subprocess.Popen(['cat'], stdin=subprocess.PIPE))\n"
        "except OSError:\n    pass\n"
        "began = time.monotonic()\n"
        "try:\n    r = await $`echo x`\nexcept ResourceExhausted as error:\n    print(error.exit_code)\n"
        "print(time.monotonic() - began >= 4)\n"
        "for other in others:\n    other.communicate()\n"
        "print((await $`echo fine`).text)\n"
        f"open('{PIDS}/cgroup.procs', 'w').write(str(os.getpid()))\n"
    )
    run = script("import os\n" + source)
    assert (run.returncode, run.stdout) == (0, "126\nTrue\nfine\n"), run.stderr


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
