"""Our call of posix_spawn(3) beside Python's own: the same child, the same errors."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.script_runner import PROGRAMS
from xsh.targets.local.posix_spawn import PosixSpawn
from xsh.targets.local.spawn import RESTORED

Spawn = Callable[..., int]
PATH = os.environ["PATH"].encode()
REPORT = 'printf "<%s>" "$@"; pwd; env | grep WORD; ps -o pgid=,sid= -p $$ | tr -s " "; grep SigIgn /proc/$$/status; cat; echo e >&2'


def by_python(
    program: str,
    argv: Sequence[str],
    env: Mapping[bytes, bytes],
    actions: Sequence[Any],
    group: int | None,
    directory: str | None,
) -> int:
    """Python's own call."""
    assert directory is None
    how: dict[str, Any] = {"setsid": True} if group is None else {"setpgroup": group}
    return os.posix_spawn(program, argv, env, file_actions=actions, setsigdef=RESTORED, **how)


BOTH = pytest.mark.parametrize("spawn", [by_python, PosixSpawn(RESTORED)], ids=["python", "ours"])


def outcome(spawn: Spawn, argv: list[str], *, group: int | None = 0, directory: str | None = None) -> tuple[int, str]:
    """Run with `input` on stdin, both outputs in one pipe: the status and what was written, the pid in it called PID."""
    read_end, write_end = os.pipe()
    source, feed = os.pipe()
    os.write(feed, b"input\n")
    os.close(feed)
    actions = [(os.POSIX_SPAWN_DUP2, end, number) for number, end in enumerate([source, write_end, write_end])]
    try:
        env = {b"PATH": PATH, b"WORD": "é=\udcff".encode("utf-8", "surrogateescape"), b"EMPTY_WORD": b""}
        pid = spawn(argv[0], argv, env, actions, group, directory)
    except OSError:
        os.close(read_end)
        raise
    finally:
        os.close(source)
        os.close(write_end)
    with open(read_end, "rb") as file:
        text = file.read().decode("utf-8", "surrogateescape")
    return os.waitpid(pid, 0)[1], re.sub(rf"\b{pid}\b", "PID", text)


@pytest.mark.parametrize("group", [0, None, os.getpgrp()], ids=["own group", "own session", "joined group"])
def test_the_child_is_the_same(group: int | None) -> None:
    argv = ["/bin/sh", "-c", REPORT, "sh", "two words", "", "é\udcff"]
    ours = outcome(PosixSpawn(RESTORED), argv, group=group)
    assert ours == outcome(by_python, argv, group=group)
    assert ours[0] == 0
    assert "<two words><><é\udcff>" in ours[1]
    assert "WORD=é=\udcff\n" in ours[1]
    assert "input\ne\n" in ours[1]


@BOTH
def test_ignored_signals_are_default_again(spawn: Spawn) -> None:
    assert signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN
    text = outcome(spawn, ["/bin/sh", "-c", REPORT])[1]
    ignored = int(text.partition("SigIgn:")[2].split()[0], 16)
    assert not ignored & sum(1 << number - 1 for number in RESTORED)


def test_a_directory(tmp_path: Path) -> None:
    (tmp_path / "here").symlink_to(PROGRAMS / "show-argv")
    spawn = PosixSpawn(RESTORED)
    assert str(tmp_path) in outcome(spawn, ["/bin/sh", "-c", "pwd -P"], directory=str(tmp_path))[1]
    assert outcome(spawn, ["./here"], directory=str(tmp_path))[0] == 0
    with pytest.raises(FileNotFoundError) as caught:
        outcome(spawn, ["/bin/true"], directory=str(tmp_path / "gone"))
    assert caught.value.filename == str(tmp_path / "gone")
    with pytest.raises(FileNotFoundError) as caught:
        outcome(spawn, ["./gone"], directory=str(tmp_path))
    assert caught.value.filename == "./gone"


@BOTH
def test_a_file_is_opened(spawn: Spawn, tmp_path: Path) -> None:
    file = tmp_path / "é"
    actions = [(os.POSIX_SPAWN_OPEN, 1, str(file), os.O_WRONLY | os.O_CREAT, 0o640)]
    pid = spawn("/bin/echo", ["echo", "word"], {}, actions, 0, None)
    assert os.waitpid(pid, 0)[1] == 0
    assert (file.read_text(), file.stat().st_mode & 0o077) == ("word\n", 0o040 & ~umask())


def umask() -> int:
    """The umask as it is."""
    now = os.umask(0o077)
    os.umask(now)
    return now


def failure(spawn: Spawn, program: str, argv: list[str], env: dict[bytes, bytes]) -> tuple[object, ...]:
    """What is raised."""
    with pytest.raises((OSError, ValueError)) as caught:
        spawn(program, argv, env, [], 0, None)
    error = caught.value
    if isinstance(error, OSError):
        return type(error), error.errno, error.strerror, error.filename
    return (type(error),)


def test_errors_are_the_same(tmp_path: Path) -> None:
    text, locked = tmp_path / "text", tmp_path / "locked"
    text.write_text("echo no first line\n")
    text.chmod(0o755)
    locked.write_text("#!/bin/sh\n")
    locked.chmod(0o644)
    ours = PosixSpawn(RESTORED)
    for program, argv, env in [
        (str(tmp_path / "missing"), ["missing"], {}),
        (str(text / "below"), ["below"], {}),
        (str(text), ["text"], {}),
        (str(locked), ["locked"], {}),
        ("/bin/true", ["true", "x" * 2**20], {}),
        ("/bin/true", ["true", "a\0b"], {}),
        ("/bin/true\0", ["true"], {}),
        ("/bin/true", ["true"], {b"A": b"a\0b"}),
        ("/bin/true", ["true"], {b"A=": b"b"}),
        ("/bin/true", ["true"], {b"": b"b"}),
    ]:
        assert failure(ours, program, argv, env) == failure(by_python, program, argv, env)
    with pytest.raises(PermissionError):
        ours("/bin/true", ["true"], {}, [], 1, None)
    with pytest.raises(OSError, match="Bad file descriptor"):
        ours("/bin/true", ["true"], {}, [(os.POSIX_SPAWN_DUP2, -1, 0)], 0, None)


def test_a_name_may_begin_with_an_equals_sign() -> None:
    pid = PosixSpawn(RESTORED)("/bin/true", ["true"], {b"=A": b"b"}, [], 0, None)
    assert os.waitpid(pid, 0)[1] == 0
