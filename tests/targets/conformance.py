"""What every place to run promises, as one table of facts: each place says which it does not claim, all others are tried.

A place's own test file runs the table:

    @pytest.mark.parametrize("fact", claimed(PLACE))
    async def test_place(fact: str, tmp_path: Path) -> None:
        async with PLACE.shell() as shell: await FACTS[fact](shell, tmp_path)

`docs/targets.md` shows who claims what; test_conformance_table.py compares it with `lacks` here.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import process_table
from tests.targets.corpus import CORPUS
from xsh import (
    ArgumentsTooLong,
    CommandFailed,
    CommandTimedOut,
    ProgramNotExecutable,
    ProgramNotFound,
    TemplateError,
    WorkingDirectoryError,
    gather,
    sh,
)

Shell = Any
Fact = Callable[[Shell, Path], Awaitable[None]]
FACTS: dict[str, Fact] = {}


@dataclass
class Place:
    """A place to run: how to get a shell for it, and the facts it does not claim, each with its reason."""

    name: str
    shell: Callable[[], AbstractAsyncContextManager[Shell]]
    lacks: dict[str, str] = field(default_factory=dict)


def claimed(place: Place) -> list[str]:
    """The facts a place claims."""
    assert not set(place.lacks) - set(FACTS), f"{place.name} lacks what is no fact"
    return [name for name in FACTS if name not in place.lacks]


def fact(text: str) -> Callable[[Fact], Fact]:
    """Add a function to the table under the words that users read."""

    def add(function: Fact) -> Fact:
        assert text not in FACTS
        FACTS[text] = function
        return function

    return add


def alive(mark: str) -> list[int]:
    """The processes that have `mark` in their environment, those that are ending apart."""
    return [process.pid for process in process_table.still_living(process_table.bearers(mark, process_table.pids()))]


async def gone(mark: str, within: float = 5.0) -> bool:
    """Whether everything with the mark is gone within some seconds."""
    deadline = time.monotonic() + within
    while alive(mark):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def appears(path: Path, within: float = 10.0) -> None:
    """Return once there is a file."""
    deadline = time.monotonic() + within
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        await asyncio.sleep(0.01)


def marked(command: Any, mark: str) -> Any:
    """A command whose processes can be found."""
    return command.env({process_table.COOKIE: mark})


@fact("exit codes 0 to 255")
async def exit_codes(shell: Shell, _folder: Path) -> None:
    for code in (0, 1, 2, 3, 64, 125, 126, 127, 128, 129, 130, 137, 141, 143, 254, 255):
        result = await shell.argv("sh", "-c", f"exit {code}").nothrow().quiet()
        assert (result.exit_code, result.signal) == (code, None)


@fact("death by a signal is told as one")
async def signals(shell: Shell, _folder: Path) -> None:
    for name in ("TERM", "KILL", "INT", "HUP", "USR1", "SEGV"):
        with pytest.raises(CommandFailed) as caught:
            await shell.argv("sh", "-c", f"kill -{name} $$")
        assert caught.value.result.signal == f"SIG{name}"
        assert caught.value.exit_code > 128


@fact("stdout and stderr apart, byte for byte")
async def binary(shell: Shell, _folder: Path) -> None:
    every = bytes(range(256)) * 64
    result = await shell.argv("sh", "-c", "tee /dev/stderr").input(every)
    assert (result.stdout_bytes, result.stderr_bytes) == (every, every)


@fact("50 MB through stdin and stdout")
async def large(shell: Shell, _folder: Path) -> None:
    data = os.urandom(1 << 20) * 50
    result = await shell.argv("cat").input(data)
    assert result.stdout_bytes == data


@fact("hostile arguments arrive byte for byte")
async def quoting(shell: Shell, folder: Path) -> None:
    result = await shell.argv("sh", "-c", 'for word do printf "%s\\0" "$word"; done', "sh", CORPUS).cwd(folder)
    assert result.stdout_bytes.split(b"\0")[:-1] == [word.encode("utf-8", "surrogateescape") for word in CORPUS]
    assert not (folder / "P").exists()


@fact("hostile values in shell text arrive byte for byte")
async def values(shell: Shell, folder: Path) -> None:
    for word in CORPUS:
        result = await shell("printf '<%s>' ${word} | cat", word=word).cwd(folder)
        assert result.stdout_bytes == b"<" + word.encode("utf-8", "surrogateescape") + b">"
    assert not (folder / "P").exists()


@fact("a value with a NUL is refused before anything runs")
async def nul(shell: Shell, folder: Path) -> None:
    with pytest.raises(TemplateError):
        await shell("touch ${word} ran", word="a\0b").cwd(folder)
    assert not (folder / "ran").exists()


@fact("an argument that is too long is refused")
async def too_long(shell: Shell, _folder: Path) -> None:
    with pytest.raises(ArgumentsTooLong):
        await shell.argv("true", "x" * 200_000)
    assert (await shell.argv("sh", "-c", "echo $#", "sh", ["x" * 1000] * 300)).text == "300"


@fact("variables: set, changed, taken away")
async def variables(shell: Shell, _folder: Path) -> None:
    command = shell.argv("env").env({"ONE": "a b\n'c'", "TWO.DOT": "x", "LANG": None})
    lines = await command.text()
    assert "ONE=a b\n'c'\n" in f"{lines}\n"
    assert "TWO.DOT=x" in lines
    assert "\nLANG=" not in f"\n{lines}"


@fact("the directory")
async def directory(shell: Shell, folder: Path) -> None:
    inner = folder / "it's a $(dir)"
    inner.mkdir()
    assert await shell.argv("pwd").cwd(inner).text() == str(inner)


@fact("without the directory nothing runs")
async def no_directory(shell: Shell, folder: Path) -> None:
    with pytest.raises(WorkingDirectoryError, match="no such"):
        await shell.argv("touch", folder / "ran").cwd(folder / "missing")
    (folder / "file").touch()
    with pytest.raises(WorkingDirectoryError, match="not a directory"):
        await shell.argv("touch", folder / "ran").cwd(folder / "file")
    assert not (folder / "ran").exists()


@fact("a missing program is told as one")
async def missing(shell: Shell, folder: Path) -> None:
    for name in ("no-such-program-xsh", str(folder / "nothing")):
        with pytest.raises(ProgramNotFound) as caught:
            await shell.argv(name)
        assert caught.value.exit_code == 127
    with pytest.raises(ProgramNotExecutable):
        await shell.argv(folder)


@fact("stdin ends where the input ends")
async def stdin_end(shell: Shell, _folder: Path) -> None:
    assert await shell.argv("wc", "-c").input("").text() == "0"
    assert (await shell.argv("cat").input("one\ntwo")).stdout == "one\ntwo"


@fact("stdin is live: an answer to what was read")
async def live_stdin(shell: Shell, _folder: Path) -> None:
    async with shell.argv("sh", "-c", 'while read -r word; do echo "got $word"; done').start() as job:
        lines = job.stdout
        for word in ("a", "b"):
            await job.stdin.write(f"{word}\n")
            assert await anext(lines) == f"got {word}"
        await job.stdin.close()
        await job.wait()


@fact("output is live, line by line")
async def live_output(shell: Shell, folder: Path) -> None:
    seen = []
    async for line in shell.argv("sh", "-c", "echo one; until [ -e go ]; do sleep 0.01; done; echo two").cwd(folder):
        seen.append(line)
        (folder / "go").touch()
    assert seen == ["one", "two"]


@fact("a reader that leaves early ends the writer")
async def early_reader(shell: Shell, _folder: Path) -> None:
    assert await (shell.argv("yes") | sh.argv("head", "-n", "2")).text() == "y\ny"
    lines = aiter(shell.argv("yes"))
    assert await anext(lines) == "y"
    await lines.aclose()


@fact("in pipelines with programs here")
async def pipelines(shell: Shell, folder: Path) -> None:
    chain = sh.argv("seq", 1000) | shell.argv("tac") | sh.argv("head", "-n", "3") | shell.argv("tail", "-n", "1")
    assert await chain.text() == "998"
    await (sh.argv("echo", "x") | shell.argv("cat") | (folder / "out"))
    assert (folder / "out").read_text() == "x\n"


@fact("shell text: pipes, expansions, -euo pipefail")
async def shell_text(shell: Shell, _folder: Path) -> None:
    assert await shell("for n in 1 2 3; do echo $n; done | tail -n 1 && echo ${end}", end="e n d").text() == "3\ne n d"
    for text in ("false; echo on", "false | true", "echo $__unset__"):
        assert (await shell(text).nothrow().quiet()).exit_code != 0


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


@fact("cancelled at any moment, nothing is left")
async def cancelled(shell: Shell, folder: Path) -> None:
    mark = f"cancelled {folder}"
    for delay in (0, 0, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.008, 0.012, 0.02, 0.05, 0.1):
        command = marked(shell.argv("sh", "-c", "sleep 1000 & sleep 1001"), mark).grace("1s")
        task = asyncio.ensure_future(as_task(command))
        await asyncio.sleep(delay)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await gone(mark), f"after {delay} s"


@fact("100 at once")
async def many(shell: Shell, _folder: Path) -> None:
    results = await gather(*(shell.argv("echo", number) for number in range(100)))
    assert [result.text for result in results] == [str(number) for number in range(100)]


async def as_task(command: Any) -> Any:
    """A command awaited in a task."""
    return await command
