"""Users of this machine that a test makes and removes again: with a password, and with rules for sudo of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "open 'sesame' \\ $x"
RULES = Path("/etc/sudoers.d")


@contextmanager
def account(folder: Path) -> Iterator[str]:
    """The name of a new user whose password is PASSWORD; skips where none can be made."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a user with a password")
    name = f"xsh-user-{os.getpid()}"
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, capture_output=True, text=True, check=True
    ).stdout.strip()
    subprocess.run(["useradd", "-M", "-d", str(folder), "-s", "/bin/sh", "-p", hashed, name], check=True)
    try:
        yield name
    finally:
        subprocess.run(["userdel", "-f", name], check=True, capture_output=True)


class Sudoer:
    """Its `name`, the `password` that sudo asks for, and the `log` of sudo."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.password = PASSWORD
        self.log = log

    def refusals(self) -> list[str]:
        """The lines of the log that tell of a wrong password."""
        # long lines are folded
        text = self.log.read_text().replace("\n    ", " ") if self.log.exists() else ""
        return [line for line in text.splitlines() if "incorrect password" in line]


@contextmanager
def sudoer(folder: Path, rule: str, *, defaults: str = "timestamp_timeout=0") -> Iterator[Sudoer]:
    """A user with a rule, `ALL=(ALL) NOPASSWD: ALL`; sudo remembers no password. Skips where none can be made."""
    if shutil.which("sudo") is None:
        pytest.skip("sudo is not installed")
    with account(folder) as name:
        user = Sudoer(name, folder / "sudo.log")
        # a name with a dot is not read, so nothing half-written is
        rules, written = RULES / name, RULES / f"{name}.new"
        try:
            written.write_text(f"Defaults:{name} logfile={user.log},{defaults}\n{name} {rule}\n")
            written.chmod(0o440)
            subprocess.run(["visudo", "-qcf", str(written)], check=True, stdout=subprocess.DEVNULL)
            written.rename(rules)
            yield user
        finally:
            for file in RULES.glob(f"{name}*"):
                file.unlink()
