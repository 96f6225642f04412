"""A server for these tests, and hosts that reach it."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import sshd as servers
from tests.sshd import Sshd
from xsh.targets.ssh.target import SSHTarget


def need_server() -> None:
    """Skip the test where no sshd can be started."""
    if not servers.available():
        pytest.skip("openssh-server is not installed")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """One server for all tests that do it no harm."""
    need_server()
    running = Sshd(tmp_path_factory.mktemp("sshd") / "server")
    yield running
    running.stop()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="xsh-ssh-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def make_server(open_folder: Path, request: pytest.FixtureRequest) -> Callable[..., Sshd]:
    """`make_server(MaxSessions=2)`: a server of this test's own."""
    need_server()
    numbers = itertools.count()

    def make(**options: object) -> Sshd:
        running = Sshd(open_folder / f"server{next(numbers)}", **options)  # type: ignore[arg-type]
        request.addfinalizer(running.stop)
        return running

    return make


@pytest.fixture
def target(server: Sshd) -> SSHTarget:
    """The server as a place to run; the test closes it."""
    return SSHTarget(server.name, **server.arguments())


@pytest.fixture(scope="session")
def ordinary_user() -> Iterator[str]:
    """A user who is not root, made for these tests when they run as root."""
    if os.geteuid() != 0:
        yield pwd.getpwuid(os.geteuid()).pw_name
        return
    name = f"xsh-test-{os.getpid()}"
    subprocess.run(["useradd", "-M", "-d", "/nonexistent", "-s", "/bin/sh", "-p", "*", name], check=True)
    yield name
    subprocess.run(["userdel", "-f", name], check=True, capture_output=True)
