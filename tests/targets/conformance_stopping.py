"""The facts of how commands are stopped, and of many at once, for every place to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.targets.suite import Shell, alive, appears, cancelled_at, fact, gone, marked
from xsh import CommandTimedOut, gather

PATIENT = 50
"""Seconds of grace that no test has: a request to end that is lost is not made up for by SIGKILL."""
MOMENTS = 60
"""Arrivals within which every place has its command running."""


@fact("a timeout ends the whole tree")
async def timeout(shell: Shell, folder: Path) -> None:
    mark = f"timeout {folder}"
    text = "sleep 1000 & (sleep 1001 & touch ready; wait); sleep 1002"
    # no stdin: some places begin when all of it is there
    tree = marked(shell.argv("sh", "-c", text).input("").cwd(folder), mark)
    job = tree.start()
    await appears(folder / "ready")
    assert alive(mark)
    await job.kill()
    assert await gone(mark)
    with pytest.raises(CommandTimedOut):
        await marked(shell.argv("sleep", 1000), mark).timeout("300ms")
    assert await gone(mark)


@fact("what ignores SIGTERM is killed after the grace")
async def stubborn(shell: Shell, folder: Path) -> None:
    mark = f"stubborn {folder}"
    text = 'trap "" TERM INT; touch ready; sleep 1000; sleep 1001; sleep 1002'
    job = marked(shell.argv("sh", "-c", text).input("").cwd(folder).grace("200ms"), mark).start()
    await appears(folder / "ready")
    result = await job.kill()
    assert result.signal == "SIGKILL"
    assert await gone(mark)


@fact("what has left its group is found and ended too")
async def escaped(shell: Shell, folder: Path) -> None:
    mark = f"escaped {folder}"
    text = "setsid sh -c 'touch ready; sleep 1000' & sleep 1001"
    job = marked(shell.argv("sh", "-c", text).input("").cwd(folder), mark).start()
    await appears(folder / "ready")
    await job.kill()
    assert await gone(mark)


@fact("a signal that is sent reaches the program, which goes on")
async def sent_signal(shell: Shell, folder: Path) -> None:
    text = 'trap "touch got" USR1; touch ready; while [ ! -e end ]; do sleep 0.02; done; exit 7'
    job = shell.argv("sh", "-c", text).input("").cwd(folder).nothrow().start()
    await appears(folder / "ready")
    job.send_signal("USR1")
    await appears(folder / "got")
    (folder / "end").touch()
    result = await job.wait()
    assert (result.exit_code, result.signal) == (7, None)


@fact("cancelled at any moment, nothing is left")
async def cancelled(shell: Shell, folder: Path) -> None:
    mark = f"cancelled {folder}"
    for number in range(MOMENTS):
        ready = folder / f"ready{number}"
        text = f"sleep 1000 & touch {ready.name}; sleep 1001"
        command = marked(shell.argv("sh", "-c", text).input("").cwd(folder), mark).grace(PATIENT)
        late = await cancelled_at(number, command, ready)
        assert await gone(mark), f"at arrival {number}"
        if late:
            break
    else:
        raise AssertionError(f"it did not run before {MOMENTS} arrivals")


@fact("100 at once")
async def many(shell: Shell, _folder: Path) -> None:
    results = await gather(*(shell.argv("echo", number) for number in range(100)))
    assert [result.text for result in results] == [str(number) for number in range(100)]
