"""`sudo=`: commands as another user of the host, with a password that nothing but sudo ever has, and nothing left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import process_table
from tests import sshd as servers
from tests.sshd import Sshd
from tests.targets.conformance import FACTS, alive, appears, gone, marked
from tests.targets.ssh import client
from tests.targets.ssh.accounts import Sudoer, sudoer
from tests.targets.ssh.refusals import refused
from tests.terminal import PtySession
from xsh import AuthenticationFailed, TargetError, sh
from xsh.targets.ssh.target import SSHTarget

FREE, ASKS = "ALL=(ALL) NOPASSWD: ALL", "ALL=(ALL) ALL"
WAYS = {"no password wanted": (FREE, None), "password wanted": (ASKS, ""), "given but not wanted": (FREE, "")}


@pytest.fixture(params=WAYS)
def root(request: pytest.FixtureRequest, make_server: Callable[..., Sshd], open_folder: Path) -> Iterator[SSHTarget]:
    """A host whose commands are root's, for each way that sudo may be set up."""
    rule, password = WAYS[request.param]
    with sudoer(open_folder, rule) as user:
        yield target_for(make_server(user=user.name), password=None if password is None else user.password)


@pytest.fixture
def asking(open_folder: Path) -> Iterator[Sudoer]:
    """A user of whom sudo wants a password."""
    with sudoer(open_folder, ASKS) as user:
        yield user


def target_for(server: Sshd, **settings: object) -> SSHTarget:
    """The server as a place where commands are root's."""
    return SSHTarget(server.name, **server.arguments(sudo=True, **settings))


@pytest.mark.parametrize("fact", FACTS)
async def test_root_gets_what_every_place_promises(
    fact: str, make_server: Callable[..., Sshd], asking: Sudoer, tmp_path: Path
) -> None:
    target = target_for(make_server(user=asking.name), password=asking.password)
    try:
        await FACTS[fact](sh(target=target), tmp_path)
    finally:
        await target.close()


async def test_the_password_is_on_no_stdin_and_in_no_environment(root: SSHTarget) -> None:
    shell = sh(target=root)
    try:
        for text in ("mine\n", ""):
            assert (await shell.argv("cat").input(text)).stdout == text
        result = await shell.argv("sh", "-c", "id -u; env").env(OWN="a b")
        lines = result.lines
        assert lines[0] == "0"
        assert "OWN=a b" in lines
        assert not [line for line in lines if "sesame" in line or line.startswith("SUDO_ASKPASS")]
    finally:
        await root.close()


async def test_the_password_is_on_no_command_line(
    make_server: Callable[..., Sshd], asking: Sudoer, open_folder: Path
) -> None:
    sent = open_folder / "sent"
    sent.touch()
    sent.chmod(0o666)
    # what the login shell is given, which ps(1) shows to everybody there
    force = f"""sh -c 'printf "%s\\n" "$SSH_ORIGINAL_COMMAND" >> {sent}; exec sh -c "$SSH_ORIGINAL_COMMAND"'"""
    target = target_for(make_server(user=asking.name, ForceCommand=force), password=asking.password)
    job = sh(target=target).argv("sh", "-c", "touch ready; sleep 1000; :").cwd(open_folder).start()
    try:
        await appears(open_folder / "ready")
        lines = [servers.command_of(pid) for pid in process_table.pids()]
        assert any(b"touch ready" in line for line in lines)
        assert not [line for line in lines if b"sesame" in line]
        assert len(sent.read_bytes().splitlines()) >= 2
        assert b"sesame" not in sent.read_bytes()
    finally:
        await job.kill()
        await target.close()


async def test_a_sudo_that_passes_its_environment_on_keeps_the_password(
    make_server: Callable[..., Sshd], open_folder: Path
) -> None:
    with sudoer(open_folder, ASKS, defaults="timestamp_timeout=0,!env_reset") as user:
        target = target_for(make_server(user=user.name), password=user.password)
        lines = (await sh(target=target).argv("sh", "-c", "id -u; env; tr '\\0' '\\n' </proc/$$/environ")).lines
        assert lines[0] == "0"
        assert any(line.startswith("SSH_CLIENT=") for line in lines)
        assert not [line for line in lines if "sesame" in line]
        await target.close()


async def test_another_user(make_server: Callable[..., Sshd], open_folder: Path) -> None:
    with sudoer(open_folder, FREE) as user:
        server = make_server(user=user.name)
        target = SSHTarget(server.name, **server.arguments(sudo="nobody"))
        assert (await sh(target=target).argv("id", "-un")).text == "nobody"
        job = sh(target=target).argv("sleep", 1000).start()
        result = await job.kill()
        assert result.signal == "SIGTERM"
        await target.close()
        target = SSHTarget(server.name, **server.arguments(sudo="nobody-of-this-name"))
        assert "nobody-of-this-name" in str(await refused(target, AuthenticationFailed, retryable=False))


async def test_with_a_terminal_nothing_of_the_password_shows(root: SSHTarget) -> None:
    shell = sh(target=root)
    try:
        text = "stty -a | grep -wc -e echo -e icanon -e isig -e icrnl -e ixon; id -u"
        result = await shell.argv("sh", "-c", f"{text}; exit 4").pty().nothrow()
        assert result.exit_code == 4
        assert result.lines[1:] == ["0"]
        modes = await shell.argv("sh", "-c", "stty -a").pty().text()
        assert {"echo", "icanon", "isig", "icrnl", "ixon"} <= set(modes.replace(";", " ").split())
        typed = await shell.argv("sh", "-c", 'read -r word; echo "<$word>"').pty().input("hi\n").text()
        assert typed.removeprefix("hi\r\n") == "<hi>"
    finally:
        await root.close()


async def test_a_wrong_password_is_told_and_tried_once(make_server: Callable[..., Sshd], asking: Sudoer) -> None:
    target = target_for(make_server(user=asking.name), password="wrong")
    shell = sh(target=target)
    try:
        for _ in range(3):
            with pytest.raises(AuthenticationFailed, match="incorrect password") as caught:
                await shell.argv("true")
            assert caught.value.host == target.name
            assert target.name in str(caught.value)
            assert not caught.value.retryable
        assert len(asking.refusals()) == 1
        assert "1 incorrect" in asking.refusals()[0]
    finally:
        await target.close()


async def test_without_a_password_and_a_terminal_it_is_told(make_server: Callable[..., Sshd], asking: Sudoer) -> None:
    error = await refused(target_for(make_server(user=asking.name)), AuthenticationFailed, retryable=False)
    assert "a password is required" in str(error)
    assert "`password=`" in str(error.hint)


async def test_who_may_not_is_told(make_server: Callable[..., Sshd], open_folder: Path) -> None:
    with sudoer(open_folder, "ALL=(nobody) NOPASSWD: ALL") as user:
        server = make_server(user=user.name)
        error = await refused(target_for(server, password=user.password), AuthenticationFailed, retryable=False)
        assert "not allowed" in str(error)


async def test_a_rule_that_changes_meanwhile_is_told(make_server: Callable[..., Sshd], open_folder: Path) -> None:
    with sudoer(open_folder, FREE) as user:
        target = target_for(make_server(user=user.name))
        shell = sh(target=target)
        assert (await shell.argv("id", "-u")).text == "0"
        Path(f"/etc/sudoers.d/{user.name}").unlink()
        for command in (shell.argv("id", "-u"), shell.argv("id", "-u").pty()):
            with pytest.raises(AuthenticationFailed, match="password is required"):
                await command
        await target.close()


async def test_no_sudo_there(make_server: Callable[..., Sshd], open_folder: Path, asking: Sudoer) -> None:
    server = make_server(user=asking.name, SetEnv=f"HOME={open_folder} PATH=/nonexistent")
    error = await refused(target_for(server, password="x"), TargetError, retryable=False)
    assert "no sudo there" in str(error)


def test_who_the_user_is_must_be_a_name() -> None:
    for wrong in ("", "-x", "a b", "a\0"):
        with pytest.raises(ValueError, match="no user's name"):
            sh.ssh("web", sudo=wrong)
    with pytest.raises(TypeError, match="True or the name"):
        sh.ssh("web", sudo=3)


SCRIPT = """
import sys
name, key, known = sys.argv[1:4]
host = $.ssh(name, key=key, known_hosts=known, config=False, sudo=True)
"""


def test_it_is_asked_for_at_the_terminal_and_not_shown(
    make_server: Callable[..., Sshd],
    asking: Sudoer,
    tmp_path: Path,
    xsh_argv: list[str],
    pty_session: Callable[..., PtySession],
) -> None:
    server = make_server(user=asking.name)
    script = tmp_path / "script.xsh"
    script.write_text(
        f"{SCRIPT}for _ in range(2):\n    print('<', await host`id -u`, '>')\nprint({asking.password!r})\n"
    )
    session = pty_session(
        [*xsh_argv, str(script), server.name, str(server.key), str(server.known_hosts)], rows=30, cols=100
    )
    for answer in ("wrong", asking.password):
        session.wait_for("Password for sudo on", 20)
        session.send(f"{answer}\r")
        session.wait_for("\n", 20)
        session.transcript.clear()
    assert session.wait(40) == 0, session.text
    assert session.text.count("< 0 >") == 2
    # data of the script's own is not masked
    assert session.text.count("sesame") == 1
    assert len(asking.refusals()) == 1


TREES = {
    "polite": "sleep 1000 & touch ready; sleep 1001; :",
    "ignores TERM": 'trap "" TERM INT HUP; sleep 1000 & touch ready; sleep 1001; sleep 1002; :',
    "left its group": "setsid sh -c 'touch ready; sleep 1000; :' & sleep 1001; :",
}
HOST = """
host = $.ssh(name, key=key, known_hosts=known, config=False, sudo=True, password=sys.argv[7])
"""


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("way", ["killed", "cut", "interrupted"])
def test_nothing_of_roots_is_left(
    way: str, tree: str, make_server: Callable[..., Sshd], asking: Sudoer, open_folder: Path
) -> None:
    server = make_server(user=asking.name)
    mark, folder = f"{way} {open_folder}", open_folder / "work"
    folder.mkdir()
    head, host, rest = client.SCRIPT.partition("host = $.ssh(name, key=key, known_hosts=known, config=False)\n")
    assert host
    process = client.start(server, folder, TREES[tree], mark, head + HOST + rest, asking.password)
    try:
        client.wait_until((folder / "ready").exists)
        assert len(alive(mark)) > 1
        if way == "killed":
            process.kill()
        elif way == "cut":
            server.cut()
        else:
            process.send_signal(signal.SIGINT)
        client.wait_until(lambda: not alive(mark))
        _out, said = process.communicate(timeout=40)
        assert process.returncode == {"killed": -signal.SIGKILL, "cut": 255, "interrupted": -signal.SIGINT}[way], said
    finally:
        process.kill()
        process.communicate()


async def test_detached_it_goes_on(root: SSHTarget, tmp_path: Path) -> None:
    mark = f"detached {tmp_path}"
    command: Any = sh(target=root).argv("sh", "-c", "touch ready; sleep 30; :").cwd(tmp_path)
    await marked(command, mark).detach()
    await appears(tmp_path / "ready")
    await root.close()
    assert alive(mark)
    for pid in alive(mark):
        os.kill(pid, signal.SIGKILL)
    assert await gone(mark)
