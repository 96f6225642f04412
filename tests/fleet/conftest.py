"""One sshd that is many hosts: it listens on every loopback address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests import sshd as servers
from tests.sshd import Sshd


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Sequence[str]], Sshd]]:
    """`serve(addresses)` starts the server; its key is known of these addresses."""
    if not servers.available():
        pytest.skip("openssh-server is not installed")
    running: list[Sshd] = []

    def start(addresses: Sequence[str]) -> Sshd:
        server = Sshd(tmp_path / "server", ListenAddress="0.0.0.0", MaxStartups="1000:30:2000")
        running.append(server)
        kind, key = Path(f"{server.host_key}.pub").read_text().split()[:2]
        server.known_hosts.write_text("".join(f"[{host}]:{server.port} {kind} {key}\n" for host in addresses))
        return server

    yield start
    for server in running:
        server.stop()
