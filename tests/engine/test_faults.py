"""The machine has no more to give: descriptors, disk, streams that are closed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.script_runner import ScriptRunner

ENGINES = pytest.mark.parametrize("engine", ["", "import asyncio\n"], ids=["poll", "loop"])

SQUEEZED = """\
import os, resource
before = sorted(os.listdir("/proc/self/fd"))
async def squeezed(room):
    # every number up to the limit is taken but `room` of them
    taken = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    for number in taken[len(taken) - room:]:
        os.close(number)
    told = None
    try:
        await work()
    except Exception as error:
        told = error
    for number in taken[:len(taken) - room]:
        os.close(number)
    return told
"""
COMMANDS = {
    "captured": "r = await $`echo x`\n    assert r.text == 'x'",
    "shown": "global r\n    r = None\n    await $`true`",
    "pipeline": "r = await $`seq 3 | cat | cat`\n    assert r.lines == ['1', '2', '3']",
    "function": "r = await ($`seq 3` | str.upper | $`cat`)\n    assert r.lines == ['1', '2', '3']",
    "generator": "r = await ((str(n) for n in range(3)) | $`cat`)\n    assert r.lines == ['0', '1', '2']",
    "loop": "assert [line async for line in $`seq 3`] == ['1', '2', '3']",
    "long": "r = await $`sleep 0.1; echo x`\n    assert r.text == 'x'",
    "file": "r = await $`cat`.input(Path('/etc/passwd')).stdout(Path('/dev/null'))",
    "job": "async with $`cat`.start() as job:\n        await job.stdin.close()\n        await job.wait()",
    "elsewhere": "r = await $`pwd`.cwd('/')\n    assert r.text == '/'",
}


@ENGINES
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_no_more_descriptors(command: str, engine: str, script: ScriptRunner) -> None:
    source = (
        f"{engine}{SQUEEZED}r = 0\nasync def work():\n    {command}\n"
        "await work()\n"
        "seen = []\n"
        "for room in (0, *range(3, 16)):\n"
        "    error = await squeezed(room)\n"
        "    seen.append(error)\n"
        "    if error is not None:\n"
        "        assert isinstance(error, ResourceExhausted), (room, repr(error))\n"
        "        assert '64' in str(error), error\n"
        "assert seen[0] is not None or r is None, 'there was room'\n"
        "assert seen[-1] is None, seen\n"
        "await work()\n"
        "print('fine')\n"
    )
    run = script(source)
    assert (run.returncode, run.stdout) == (0, "fine\n"), run.stderr


@ENGINES
def test_a_full_disk_is_the_programs_failure(engine: str, script: ScriptRunner) -> None:
    source = (
        f"{engine}with open('/dev/full', 'wb') as full:\n"
        "    try:\n"
        "        r = await $`echo x`.stdout(full)\n"
        "    except CommandFailed as error:\n"
        "        print('No space left' in error.tail)\n"
        "    try:\n"
        "        await ($`echo x` | str.upper | full)\n"
        "    except OSError as error:\n"
        "        print(error.strerror)\n"
        "r = await $`echo fine`\n"
        "print(r)\n"
    )
    run = script(source)
    assert (run.returncode, run.stdout) == (0, "True\nNo space left on device\nfine\n")


@ENGINES
@pytest.mark.parametrize("closing", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams(closing: str, engine: str, script: ScriptRunner, tmp_path: Path) -> None:
    source = (
        f"{engine}r = await $`echo out; echo err >&2`\n"
        "assert (r.stdout, r.stderr) == ('out\\n', 'err\\n'), r\n"
        "r = await $`cat`\n"
        "assert r.stdout == '', r\n"
        "assert (await ($`seq 2` | str.upper | $`cat`)).lines == ['1', '2']\n"
        "with open('file', 'w') as file:\n"
        "    await $`echo shown; echo shown >&2`\n"
        "    print('printed')\n"
        "    file.write('file')\n"
        "assert open('file').read() == 'file'\n"
        "Path('done').write_text('yes')\n"
    )
    path = script.write(source)
    shell = f'exec "$0" -m xsh "$1" {closing}'
    running = script.start_argv(
        ["sh", "-c", shell, sys.executable, str(path)], cwd=tmp_path, env=script.environment(), stdin=subprocess.DEVNULL
    )
    run = running.finish()
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "done").exists()


@ENGINES
def test_output_to_a_full_disk_is_told(engine: str, script: ScriptRunner) -> None:
    with open("/dev/full", "wb") as full:
        run = script.start(f"{engine}print('x' * 10)\nr = await $`true`\n", stdout=full).finish()
    assert run.returncode != 0
    assert "No space left on device" in run.stderr
    assert "Traceback" not in run.stderr or "script.xsh" in run.stderr


@ENGINES
@pytest.mark.parametrize(
    "line", ["print('y')", "await $`yes`", "await ($`yes` | str.upper).show()", "await $`yes`.tee()"]
)
def test_a_closed_pipe_ends_the_script_quietly(line: str, engine: str, script: ScriptRunner, tmp_path: Path) -> None:
    path = script.write(f"{engine}while True:\n    {line}\n")
    shell = '"$0" -m xsh "$1" | head -n 1; exit "${PIPESTATUS[0]}"'
    run = script.start_argv(
        ["bash", "-c", shell, sys.executable, str(path)], cwd=tmp_path, env=script.environment()
    ).finish()
    assert run.stdout.lower() == "y\n"
    assert run.stderr == ""
    assert run.returncode == 141
