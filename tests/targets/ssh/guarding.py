"""Guards that a test runs and talks to, and commands for them to watch over."""

from __future__ import annotations

import os
import secrets
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from xsh.targets.ssh.guardscript import guard_text

SHELLS = {"dash": ["dash"], "bash": ["bash"], "busybox": ["busybox", "sh"], "mksh": ["mksh"]}
TOKEN = secrets.token_hex(8)
"""Not the same in two runs at once: the guard of one would end the commands of the other."""
HOW = ("by mark", "by group")


@contextmanager
def guard(
    shell: str, how: str, token: str = TOKEN, *, silence: str = "1000", path: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A guard run by `shell`, which has said that it is there."""
    if shutil.which(SHELLS[shell][0]) is None:
        pytest.skip(f"{shell} is not installed")
    words = SHELLS[shell]
    text = guard_text(by_group=how == "by group").replace("/bin/sh", " ".join(words))
    process = subprocess.Popen(
        [*words, "-c", text, "sh", token, silence],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env=None if path is None else {**os.environ, "PATH": path},
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        first = process.stdout.readline().split()
        assert first[:3] == [b"xsh-guard", token.encode(), b"ps" if how == "by group" else b"proc"]
        assert first[4] == (silence.encode() if shell == "bash" else b"-")
        yield process


def start(mark: str, text: str) -> subprocess.Popen[bytes]:
    """A command as the wrapping makes it, in a session of its own as sshd gives it; returns once it has said a word."""
    process = subprocess.Popen(
        ["sh", "-c", f": XSH_MARK={mark}\necho ready\n{text}\n:"],
        env={**os.environ, "XSH_MARK": mark},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    return process


def tell(process: subprocess.Popen[bytes], *lines: str) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(f"{line}\n" for line in lines).encode())


def answer(process: subprocess.Popen[bytes], question: str) -> list[bytes]:
    assert process.stdout is not None
    tell(process, question)
    return process.stdout.readline().split()


def said_silent(clock: subprocess.Popen[bytes], within: float) -> bool:
    """Whether a guard that is told nothing more has said within some seconds that its time of silence is over."""
    assert clock.stdout is not None
    if not select.select([clock.stdout], [], [], within)[0]:
        return False
    assert clock.stdout.readline() == b"silent\n"
    return True
