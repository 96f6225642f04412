"""Whatever the login shell and its start-up files are, a program gets its values and its output is its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sshd import Sshd
from tests.targets.conformance import alive, appears, marked
from tests.targets.corpus import CORPUS
from xsh import sh
from xsh.targets.ssh.target import SSHTarget


@pytest.mark.parametrize("file", [".bashrc", ".profile"])
async def test_a_start_up_file_that_talks(file: str, make_server: Callable[..., Sshd]) -> None:
    server = make_server()
    (server.home / file).write_text("echo NOISE; echo noise >&2\n")
    target = SSHTarget(server.name, **server.arguments())
    shell = sh(target=target)
    assert (await shell.argv("cat").input("mine")).stdout == "mine"
    assert await shell("echo one | cat").text() == "one"
    await target.close()


async def test_killed_while_the_start_up_file_is_read(make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    reading, go = tmp_path / "reading", tmp_path / "go"
    go.touch()
    server = make_server()
    (server.home / ".bashrc").write_text(f"touch {reading}; while [ ! -e {go} ]; do sleep 0.01; done\n")
    target = SSHTarget(server.name, **server.arguments())
    shell = sh(target=target)
    await shell.argv("true")
    if not reading.exists():
        pytest.skip("the login shell of this user reads no .bashrc")
    reading.unlink()
    go.unlink()
    job: Any = shell.argv("sleep", 1000).grace(50).start()
    await appears(reading)
    end = asyncio.ensure_future(job.kill())
    hunt = job.members[0].process.hunt
    while not hunt.due:
        await sh.argv("true")
    go.touch()
    # what was sent before it could hear is sent again
    assert (await end).signal == "SIGTERM"
    await target.close()


@pytest.mark.parametrize("login_shell", ["sh", "bash", "dash", "zsh", "fish", "mksh", "ksh", "tcsh", "busybox"])
async def test_every_login_shell_passes_values_on(
    login_shell: str, make_server: Callable[..., Sshd], open_folder: Path
) -> None:
    program = shutil.which(login_shell)
    if program is None or os.geteuid() != 0:
        pytest.skip(f"{login_shell} is not installed, or nobody can be given it")
    user = f"xsh-{login_shell}-{os.getpid()}"
    path = open_folder / "login" / "ash" if login_shell == "busybox" else Path(program)
    if login_shell == "busybox":
        path.parent.mkdir()
        path.symlink_to(program)
    subprocess.run(["useradd", "-M", "-d", "/nonexistent", "-s", str(path), "-p", "*", user], check=True)
    try:
        server = make_server(user=user)
        target = SSHTarget(server.name, **server.arguments())
        shell = sh(target=target)
        result = await shell.argv("sh", "-c", 'printf "%s\\0" "$@"', "sh", CORPUS)
        assert result.stdout_bytes.split(b"\0")[:-1] == [word.encode("utf-8", "surrogateescape") for word in CORPUS]
        assert await shell("printf '%s|' ${words} | cat", words=["a b", "'", "\\"]).text() == "a b|'|\\|"
        assert (await shell.argv("sh", "-c", "kill -TERM $$").nothrow()).signal == "SIGTERM"
        await target.close()
    finally:
        subprocess.run(["userdel", "-f", user], check=True, capture_output=True)


async def test_shell_text_where_there_is_no_bash(target: SSHTarget) -> None:
    shell: Any = sh(target=target)
    await shell.argv("true")
    target.link().wrapper.has_bash = False
    words = [f"w{number} '" for number in range(40)]
    text = "for word in ${words}; do printf '%s,' \"$word\"; done | cat && echo ${end}"
    assert await shell(text, words=words, end="e d").text() == "".join(f"{word}," for word in words) + "e d"
    with pytest.raises(Exception, match="exit 1"):
        await shell("false; echo on")
    await target.close()


async def test_the_guard_of_a_host_without_bash(make_server: Callable[..., Sshd], open_folder: Path) -> None:
    programs = open_folder / "programs"
    programs.mkdir()
    for name in ("sh", "grep", "cat", "sleep", "touch"):
        (programs / name).symlink_to(shutil.which(name) or "")
    server = make_server(SetEnv=f"HOME={open_folder} PATH={programs}")
    target = SSHTarget(server.name, **server.arguments())
    shell: Any = sh(target=target)
    assert await shell("echo $PATH").text() == str(programs)
    link = target.link()
    assert not link.wrapper.has_bash
    assert link.guard is not None
    assert link.guard.alive
    mark = f"no bash {open_folder}"
    job = marked(shell(f"sleep 1000 & touch {programs}/ready; sleep 1001"), mark).start()
    await appears(programs / "ready")
    assert len(alive(mark)) > 1
    await job.kill()
    assert not alive(mark)
    await target.close()
