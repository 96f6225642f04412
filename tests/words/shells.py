"""Runs what the folder under test makes: in every shell that is installed, byte for byte."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from xsh.words.place import parse_literal, parse_shell
from xsh.words.render import Argv, ShellText, render, shell_argv
from xsh.words.template import build

NAMES = ("bash", "dash", "zsh", "busybox", "mksh")
FOUND = {name: path for name in NAMES if (path := shutil.which(name))}
SHELLS = [name for name in NAMES if name in FOUND]


def environment(home: Path) -> dict[str, str]:
    """A small environment, without the variables that make a shell read files of its own."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}


def run(argv: tuple[str, ...], cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The finished program; its arguments may hold any byte."""
    words = [os.fsencode(word) for word in argv]
    return subprocess.run(
        words, cwd=cwd, env=environment(cwd), input=stdin, capture_output=True, timeout=30, check=False
    )


def run_text(shell: str, text: ShellText, cwd: Path, *, strict: bool = True) -> subprocess.CompletedProcess[bytes]:
    """The finished shell that ran a shell text."""
    return run(shell_argv(FOUND[shell], text, strict), cwd)


def template_of(strings: tuple[str, ...], values: list[object]):
    """A template whose holes are named `v1`, `v2`, …"""
    return build(strings, tuple((value, f"v{number + 1}", None, "") for number, value in enumerate(values)))


def rendered(strings: tuple[str, ...], values: list[object], shell: str = "bash", *, strict: bool = True):
    """What a literal becomes."""
    return render(template_of(strings, values), parse_literal(strings, shell), shell, strict)


def shell_text(strings: tuple[str, ...], values: list[object], shell: str = "bash") -> ShellText:
    """What a literal becomes as shell text, also where it needs no shell."""
    text = render(template_of(strings, values), parse_shell(strings, shell), shell)
    assert isinstance(text, ShellText), text
    return text


def argv_of(strings: tuple[str, ...], values: list[object], shell: str = "bash") -> tuple[str, ...]:
    """The words of a literal that needs no shell."""
    found = rendered(strings, values, shell)
    assert isinstance(found, Argv), found
    return found.words


def repeated(literal: tuple[str, ...], count: int) -> tuple[str, ...]:
    """The strings of one literal that is `literal` `count` times, on lines of their own."""
    strings = list(literal)
    for _ in range(count - 1):
        strings[-1] += "\n" + literal[0]
        strings.extend(literal[1:])
    return tuple(strings)
