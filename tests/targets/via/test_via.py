"""Wrappers that are here: sudo, namespaces, chroot and any words, run for real where the machine lets us."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.targets.via.standin import living
from tests.terminal import PtySession
from xsh import (
    AuthenticationFailed,
    CommandFailed,
    CommandTimedOut,
    ProgramNotFound,
    TargetError,
    WorkingDirectoryError,
    sh,
)
from xsh.command.target import SpawnRequest
from xsh.reactor.reactor import current_reactor
from xsh.session.sh import Sh


def works(*argv: str) -> bool:
    """Whether this machine lets us run a wrapper."""
    if shutil.which(argv[0]) is None:
        return False
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


WRAPPERS = {
    "sudo": (sh.sudo, ("sudo", "-n", "true")),
    "sudo-user": (lambda: sh.sudo("nobody"), ("sudo", "-n", "-u", "nobody", "true")),
    "nsenter": (lambda: sh.nsenter(os.getpid()), ("nsenter", "-t", str(os.getpid()), "-m", "-n", "true")),
    "runuser": (
        lambda: sh.via("runuser", "-u", "nobody", "--", exit_codes=[1]),
        ("runuser", "-u", "nobody", "--", "true"),
    ),
    "unshare": (lambda: sh.via("unshare", "-n"), ("unshare", "-n", "true")),
    "chroot": (lambda: sh.via("chroot", "/"), ("chroot", "/", "true")),
    "env": (lambda: sh.via("env", "-u", "NOTHING"), ("env", "true")),
    "nested": (lambda: sh.via("env", "A=1").via("nice", "-n", 5), ("nice", "true")),
}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="xsh-via-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(params=WRAPPERS)
def wrapped(request: pytest.FixtureRequest) -> Sh:
    make, probe = WRAPPERS[request.param]
    if not works(*probe):
        pytest.skip(f"`{' '.join(probe)}` does not run here")
    return make()


async def test_statuses_and_signals(wrapped: Sh) -> None:
    for code in (0, 1, 3, 125, 126, 127, 128, 255):
        assert await wrapped.argv("sh", "-c", f"exit {code}").code() == code
    result = await wrapped.argv("sh", "-c", "kill -SEGV $$").nothrow()
    assert result.exit_code == 139


async def test_directory_variables_input_and_values(wrapped: Sh) -> None:
    command = wrapped.argv(
        "sh", "-c", 'pwd; printf "%s|" "$GREETING" "${HOME-none}" "$@"; cat', "sh", "a b", "", "$x\n*"
    )
    result = await command.cwd("/usr").env(GREETING="it's", HOME=None).input(b"\0\xff\n")
    assert result.stdout_bytes == b"/usr\nit's|none|a b||$x\n*|\0\xff\n"


async def test_shell_text(wrapped: Sh) -> None:
    assert await wrapped("x=1; echo $((x + 1)) && printf '%s' \"${value}\"", value="$(id)").text() == "2\n$(id)"


async def test_a_path_of_its_own_finds_the_program_and_nothing_of_ours(wrapped: Sh, open_folder: Path) -> None:
    program = open_folder / "only-here"
    program.write_text('#!/bin/sh\necho "$1 in $PWD by $PATH"\n')
    program.chmod(0o755)
    path = str(open_folder)
    for command in (wrapped.argv("only-here", "x"), wrapped("true; only-here ${word}", word="x")):
        assert await command.env(PATH=path).cwd("/usr").text() == f"x in /usr by {path}"
        assert (await command.env(PATH=path).text()).endswith(path)
    with pytest.raises(ProgramNotFound, match="^ls: command not found"):
        await wrapped.argv("ls").env(PATH=path)


async def test_what_is_missing_is_told_as_here(wrapped: Sh) -> None:
    with pytest.raises(ProgramNotFound, match="^no-such-program: command not found"):
        await wrapped("no-such-program")
    with pytest.raises(WorkingDirectoryError):
        await wrapped("true").cwd("/no/such/directory")


async def test_stopping_reaches_the_inside(wrapped: Sh, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    pids.touch()
    pids.chmod(0o666)
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents[:3]:
        folder.chmod(folder.stat().st_mode | 0o11)
    text = f"sleep 61 & echo $! > {pids}; echo $$ >> {pids}; wait"
    with pytest.raises(CommandTimedOut):
        await wrapped.argv("sh", "-c", text).timeout("400ms")
    inside = {int(pid) for pid in pids.read_text().split()}
    assert len(inside) == 2
    assert living(inside) == []


@pytest.mark.parametrize("words", ["$.via('env')", "$.sudo()", "$.nsenter($.pid)", "$.sudo().via('env')"])
def test_a_program_behind_a_wrapper_reads_the_terminal(
    words: str, tmp_path: Path, xsh_argv: list[str], pty_session: Callable[..., PtySession]
) -> None:
    words = words.replace("$.pid", "os.getpid()")
    if "sudo" in words and not works("sudo", "-n", "true"):
        pytest.skip("sudo does not run here")
    if "nsenter" in words and not works(*WRAPPERS["nsenter"][1]):
        pytest.skip("nsenter does not run here")
    commands = "".join(f"    $ sh -c 'read -r word; echo got {number}'\n" for number in (1, 2))
    (tmp_path / "script.xsh").write_text(f"import os\nwith {words}:\n{commands}")
    terminal = pty_session([*xsh_argv, "script.xsh"], env={"PATH": os.environ["PATH"]})

    def answered(number: int) -> bool:
        # typed again and again: what was typed before sudo sets the modes of the terminal is lost
        terminal.send_line("word")
        return f"got {number}".encode() in terminal.transcript

    terminal.wait_until(lambda: answered(1), "first answer")
    terminal.wait_until(lambda: answered(2), "second answer")
    assert terminal.wait() == 0


async def test_a_block_and_settings() -> None:
    nice, ours = sh.via("nice", "-n", 5), os.nice(0)
    inside = str(min(ours + 5, 19))
    with nice:
        assert await sh("nice").text() == inside
        with sh(env={"A": "1"}):
            assert await sh("sh -c 'nice; echo $A'").lines() == [inside, "1"]
    assert await sh("nice").text() == str(ours)
    assert (await nice("true")).host == "nice"
    assert repr(nice) == "$(target=<nice>)"


async def test_pipes_between_places() -> None:
    nice = sh.via("nice", "-n", 5)
    pipeline = sh("printf 'b\\na\\n'") | nice("sort") | (lambda line: line * 2) | nice("cat -n")
    assert [line.split() for line in await pipeline.lines()] == [["1", "aa"], ["2", "bb"]]
    assert [line async for line in nice("seq 3")] == ["1", "2", "3"]


async def test_exit_codes_of_a_wrapper_are_its_own_only_when_it_fails_again(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.write_text(f'#!/bin/sh\n[ -e {tmp_path}/open ] || {{ echo "gate: closed" >&2; exit 9; }}\nexec "$@"\n')
    gate.chmod(0o755)
    place = sh.via(gate, name="the gate", exit_codes=[9])
    with pytest.raises(TargetError, match="^the gate: gate: closed$") as caught:
        await place("true").nothrow()
    assert (caught.value.host, caught.value.retryable) == ("the gate", False)
    (tmp_path / "open").touch()
    with pytest.raises(CommandFailed, match="exit 9"):
        await place("sh -c 'exit 9'")


async def test_the_end_is_told_whoever_has_looked_first(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "answer")
    gate = tmp_path / "gate"
    gate.write_text(f'#!/bin/sh\ncase $* in "sh -c exit"*) ;; *) read -r word <{tmp_path}/answer ;; esac\nexec "$@"\n')
    gate.chmod(0o755)
    null = os.open(os.devnull, os.O_RDWR)
    try:
        request = SpawnRequest(("sh", "-c", "exit 127"), stdin=null, stdout=null, stderr=null)
        process: Any = sh.via(gate).target.spawn(request)
        told = asyncio.Event()
        process.watch(current_reactor(), told.set)
        # it has ended, and the loop has not heard of it yet
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222 - as just said
        # the wrapper is being asked whether the code was its own
        assert not process.poll()
        (tmp_path / "answer").write_text("go on\n")
        async with asyncio.timeout(40):
            await told.wait()
        assert (process.status.code, process.error) == (127, None)
    finally:
        os.close(null)


async def test_a_stage_whose_place_fails_stops_the_others() -> None:
    with pytest.raises(ProgramNotFound):
        await (sh("sleep 60") | sh.via("env")("no-such-program") | sh("sleep 60"))


@pytest.mark.skipif(not works("sudo", "-n", "true"), reason="sudo does not run here")
async def test_sudo_that_refuses() -> None:
    with pytest.raises(AuthenticationFailed, match="no-such-user"):
        await sh.sudo("no-such-user")("true")


@pytest.mark.skipif(not works("ip", "netns", "list"), reason="`ip netns` does not run here")
async def test_network_namespaces(open_folder: Path) -> None:
    with pytest.raises(TargetError, match="Cannot open network namespace"):
        await sh.netns("no-such-namespace")("true")
    name = f"xsh-test-{os.getpid()}"
    if not works("ip", "netns", "add", name):
        pytest.skip("`ip netns add` does not run here")
    try:
        place = sh.netns(name)
        assert await place("ls /sys/class/net").cwd("/usr").text() == "lo"
        assert await place("pwd").cwd("/usr").text() == "/usr"
        assert await place("sh -c 'echo $A; exit 1'").env(A="x").nothrow().text() == "x"
        with pytest.raises(CommandTimedOut):
            await place("sleep 60").timeout("100ms")
        await test_a_path_of_its_own_finds_the_program_and_nothing_of_ours(place, open_folder)
    finally:
        assert works("ip", "netns", "delete", name)


@pytest.mark.parametrize("codes", [[0], [256], ["1"]])
def test_exit_codes_are_checked(codes: list[int]) -> None:
    with pytest.raises(ValueError, match="exit codes from 1 to 255"):
        sh.via("env", exit_codes=codes)
