"""How a program ended and why one could not be started: statuses, errors, messages."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import pytest

from tests.script_runner import PROGRAMS
from xsh import (
    ArgumentsTooLong,
    CommandFailed,
    ProgramNotExecutable,
    ProgramNotFound,
    SpawnError,
    TemplateError,
    WorkingDirectoryError,
    sh,
)

pytestmark = pytest.mark.usefixtures("engine")

HARMLESS = {"SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGCLD"}
FATAL = sorted({number.name for number in signal.valid_signals() if isinstance(number, signal.Signals)} - HARMLESS)


async def test_every_exit_code_is_the_programs_own() -> None:
    program = sh.argv(PROGRAMS / "exit-with")
    assert program.argv == (str(PROGRAMS / "exit-with"),)
    for code in range(256):
        result = await sh.argv(PROGRAMS / "exit-with", code).nothrow()
        assert (result.exit_code, result.signal, result.ok) == (code, None, code == 0)


async def test_every_failing_exit_code_raises_with_it() -> None:
    for code in (1, 2, 125, 126, 127, 128, 130, 141, 255):
        with pytest.raises(CommandFailed) as caught:
            await sh.argv(PROGRAMS / "exit-with", code, "bad")
        assert caught.value.exit_code == caught.value.result.exit_code == code
        assert f"exit {code}" in str(caught.value)
        assert caught.value.tail == "bad"


@pytest.mark.parametrize("name", FATAL)
async def test_every_fatal_signal_is_named(name: str) -> None:
    number = signal.Signals[name]
    with pytest.raises(CommandFailed, match=f": killed by {signal.Signals(number).name}") as caught:
        await sh.argv(PROGRAMS / "die-by", int(number))
    result = caught.value.result
    assert (result.exit_code, result.signal, result.ok) == (128 + number, signal.Signals(number).name, False)


async def test_accepted_codes_are_no_failure_but_not_ok() -> None:
    result = await sh("exit 1").accept(0, 1)
    assert (result.exit_code, result.ok) == (1, False)
    with pytest.raises(CommandFailed):
        await sh("exit 2").accept(0, 1)
    with pytest.raises(CommandFailed):
        await sh("exit 0").accept(1)
    with pytest.raises(CommandFailed, match="SIGTERM"):
        await sh("kill $$$$; sleep 9".replace("$$$$", "$$")).accept(*range(256))


async def test_accepted_codes_are_ok_as_a_short_answer() -> None:
    assert await sh("exit 3").accept(0, 3).ok()
    assert not await sh("exit 4").accept(0, 3).ok()
    assert not await sh("exit 0").accept(3).ok()
    assert not await sh("exit 4").nothrow().ok()
    assert await (sh("true") | sh("exit 3").accept(0, 3)).ok()


async def test_accepting_no_code_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match=r"at least one exit code.*nothrow"):
        sh("true").accept()
    with pytest.raises(ValueError, match="at least one exit code"):
        sh(accept=[])


@pytest.mark.parametrize("wrong", [256, -1])
async def test_wrong_codes_are_told(wrong: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 255"):
        sh("true").accept(wrong)


async def test_a_missing_program_names_the_nearest(tmp_path: Path) -> None:
    for name in ("frobnicate", "frobnicat"):
        (tmp_path / name).write_text("#!/bin/sh\n")
    (tmp_path / "frobnicate").chmod(0o755)
    with pytest.raises(ProgramNotFound) as caught:
        await sh("frobnicatd x").env(PATH=str(tmp_path))
    assert str(caught.value) == "frobnicatd: command not found"
    assert "did you mean frobnicat" in str(caught.value.hint)
    assert isinstance(caught.value, FileNotFoundError)
    assert caught.value.exit_code == 127
    with pytest.raises(ProgramNotFound, match=r"/no/such/program: no such file"):
        await sh("/no/such/program")
    with pytest.raises(ProgramNotFound, match="name is empty"):
        await sh("${empty}", empty="")


async def test_a_whole_command_in_one_hole_is_explained() -> None:
    with pytest.raises(ProgramNotFound, match="ls -la: command not found") as caught:
        await sh("${command}", command="ls -la")
    assert "$.split" in str(caught.value.hint)
    assert "$.raw" in str(caught.value.hint)


async def test_a_missing_program_inside_shell_text_fails_with_127() -> None:
    with pytest.raises(CommandFailed) as caught:
        await sh("true && frobnicate-xyz")
    assert caught.value.result.exit_code == 127
    assert caught.value.hint


def executable(path: Path, content: bytes, mode: int = 0o755) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


async def test_what_cannot_be_executed_is_explained(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    plain = executable(tmp_path / "plain", b"echo x\n", 0o644)
    lost = executable(tmp_path / "lost", b"#!/no/such/interpreter -x\n")
    crlf = executable(tmp_path / "crlf", b"#!/bin/sh\r\necho x\r\n")
    binary = executable(tmp_path / "binary", b"\x7fELF\0\0\0\1garbage\0")
    cases = [
        (tmp_path / "folder", "it is a directory"),
        (plain, "it is not marked executable"),
        (lost, "its interpreter /no/such/interpreter does not exist"),
        (crlf, r"carriage return \(CRLF line ends\)"),
        (binary, "not a program this machine can run"),
    ]
    for program, why in cases:
        for command in (sh.argv(program), sh.argv(f"./{program.name}").cwd(tmp_path)):
            with pytest.raises(ProgramNotExecutable, match=why) as caught:
                await command
            assert isinstance(caught.value, PermissionError)
            assert caught.value.exit_code == 126
    with pytest.raises(ProgramNotFound):
        await sh.argv("plain").env(PATH=str(tmp_path))


async def test_a_script_without_a_first_line_runs_under_sh(tmp_path: Path) -> None:
    program = executable(tmp_path / "plain", b'echo "$0 $1"\n')
    assert await sh.argv(program, "a b").text() == f"{program} a b"
    assert await sh.argv("plain", "x").env(PATH=f"{tmp_path}:/bin").text() == f"{program} x"
    assert await sh.argv("./plain", "x").cwd(tmp_path).text() == "./plain x"
    empty = executable(tmp_path / "empty", b"")
    assert await sh.argv(empty).text() == ""


async def test_the_current_directory_is_not_searched(tmp_path: Path) -> None:
    executable(tmp_path / "frobnicate", b"#!/bin/sh\necho planted\n")
    for path in ("", ".", "::", f".:{tmp_path / 'none'}"):
        with pytest.raises(ProgramNotFound):
            await sh("frobnicate").cwd(tmp_path).env(PATH=path)


async def test_directories_to_run_in(tmp_path: Path) -> None:
    assert await sh("pwd -P").cwd(tmp_path).text() == str(tmp_path.resolve())
    assert await (sh("pwd -P").cwd(tmp_path) | sh("cat")).text() == str(tmp_path.resolve())
    (tmp_path / "file").write_text("")
    (tmp_path / "gone").mkdir()
    command = sh("true").cwd(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    cases = [(command, "no such file"), (sh("true").cwd(tmp_path / "file"), "not a directory")]
    for wrong, why in cases:
        with pytest.raises(WorkingDirectoryError, match=why) as caught:
            await wrong
        assert str(tmp_path) in str(caught.value)
        assert caught.value.exit_code == 126
    for bad in ("", "a\0b"):
        with pytest.raises(ValueError, match="not a directory's name"):
            sh("true").cwd(bad)
    with pytest.raises(TypeError, match="cwd takes a path"):
        sh("true").cwd(3)


async def test_a_deleted_directory_of_our_own(tmp_path: Path) -> None:
    old = Path.cwd()
    here = tmp_path / "here"
    here.mkdir()
    os.chdir(here)
    here.rmdir()
    try:
        assert await sh("echo fine").text() == "fine"
        assert await sh("echo fine").cwd("/").text() == "fine"
    finally:
        os.chdir(old)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter every directory")
async def test_a_closed_directory(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=stat.S_IRUSR)
    with pytest.raises(WorkingDirectoryError, match="permission denied"):
        await sh("true").cwd(closed)


async def test_arguments_up_to_the_limit_and_beyond() -> None:
    limit = 32 * os.sysconf("SC_PAGE_SIZE")
    assert len(await sh.argv("echo", "x" * (limit - 1)).text()) == limit - 1
    for size in (limit, 200_000):
        with pytest.raises(ArgumentsTooLong) as caught:
            await sh.argv("echo", "x" * size)
        assert f"{size + 1:,} bytes, and one may have {limit:,}" in str(caught.value)
        assert "xxx" not in str(caught.value)
        assert caught.value.exit_code == 126


async def test_a_hundred_thousand_arguments() -> None:
    words = [str(number) for number in range(100_000)]
    assert (await sh("printf '%s\\n' ${words}", words=words)).lines == words
    with pytest.raises(ArgumentsTooLong, match=r"the arguments have [\d,]+ bytes \(100,00\d of them\)"):
        await sh.argv("echo", ["x" * 100] * 100_000)
    assert (await sh("x=1; printf '%s\\n' ${words} | tail -n 1", words=words)).text == "99999"


async def test_an_environment_beyond_the_limit_names_its_largest_variable() -> None:
    limit = 32 * os.sysconf("SC_PAGE_SIZE")
    with pytest.raises(ArgumentsTooLong) as caught:
        await sh("true").env(BIG="x" * limit)
    assert f"the environment variable BIG has {limit + 5:,} bytes, and one may have {limit:,}" in str(caught.value)
    assert caught.value.hint is not None
    assert "env={'BIG': None}" in caught.value.hint
    many = {f"V{number}": "x" * (limit - 100) for number in range(60)}
    with pytest.raises(ArgumentsTooLong, match=r"have 5 bytes \(1 of them\), the environment 7,[\d,]+ \(") as caught:
        await sh("true").env(many | {"WIDEST": "x" * (limit - 50)})
    assert f" variables, WIDEST alone {limit - 50 + 8:,})" in str(caught.value)
    assert "xxx" not in str(caught.value)


async def test_values_no_program_can_be_given() -> None:
    for value in ("a\0b", b"a\0b"):
        with pytest.raises(TemplateError, match="NUL"):
            sh("echo ${value}", value=value)
    assert await sh("printf %s ${value}", value="\udc80\udcff").bytes() == b"\x80\xff"
    with pytest.raises((TemplateError, SpawnError, ValueError)):
        await sh("echo ${value}", value="\ud800")
    for name in ("A=B", "", "A\0"):
        with pytest.raises(ValueError, match="cannot be the name"):
            sh("true").env({name: "x"})
    with pytest.raises(ValueError, match="NUL byte"):
        sh("true").env(A="\0")


async def test_a_failed_start_in_a_pipeline_leaves_nothing(tmp_path: Path) -> None:
    for pipeline in (
        sh("sleep 1000") | sh("no-such-program-xyz"),
        sh("no-such-program-xyz") | sh("sleep 1000"),
        sh("yes") | str.upper | sh("sleep 1000") | sh("no-such-program-xyz"),
        (str(n) for n in iter(int, 1)) | sh("sleep 1000") | sh("no-such-program-xyz"),
        sh("yes").stderr(pipe=sh("no-such-program-xyz")),
    ):
        with pytest.raises(ProgramNotFound):
            await pipeline


async def test_a_missing_program_in_shell_text_is_told_with_near_names() -> None:
    with pytest.raises(CommandFailed) as caught:
        await sh("gitt --version && true")
    assert caught.value.exit_code == 127
    assert "git" in (caught.value.hint or "")
