"""The facts of what a command gets and what comes back, for every place to run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.targets.corpus import CORPUS
from tests.targets.suite import Shell, fact
from xsh import (
    ArgumentsTooLong,
    CommandFailed,
    ProgramNotExecutable,
    ProgramNotFound,
    TemplateError,
    WorkingDirectoryError,
    gather,
    sh,
)


@fact("exit codes that mean something to others")
async def exit_codes(shell: Shell, _folder: Path) -> None:
    for code in (0, 1, 2, 3, 64, 125, 126, 127, 128, 129, 130, 137, 141, 143, 254, 255):
        result = await shell.argv("sh", "-c", f"exit {code}").nothrow().quiet()
        assert (result.exit_code, result.signal) == (code, None)


@fact("exit codes 0 to 255, each")
async def every_exit_code(shell: Shell, _folder: Path) -> None:
    commands = (shell.argv("sh", "-c", f"exit {code}").nothrow().quiet() for code in range(256))
    results = await gather(*commands, limit=8)
    assert [(result.exit_code, result.signal) for result in results] == [(code, None) for code in range(256)]


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


@fact("input that is not wanted is no failure")
async def unwanted_input(shell: Shell, _folder: Path) -> None:
    assert (await shell.argv("true").input(b"x" * 3_000_000)).ok


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
