"""The key a host shows: known, unknown, changed, accepted once."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest

from tests import sshd as servers
from tests.sshd import Sshd
from tests.targets.ssh.refusals import refused
from xsh import HostKeyMismatch, HostKeyUnknown, sh
from xsh.targets.ssh.hostkeys import HostKeys
from xsh.targets.ssh.target import SSHTarget


async def test_an_unknown_host_shows_its_fingerprint_and_the_command(server: Sshd, tmp_path: Path) -> None:
    known = tmp_path / "known hosts"
    target = SSHTarget(server.name, **server.arguments(known_hosts=str(known)))
    error = await refused(target, HostKeyUnknown, retryable=False)
    shown = subprocess.run(["ssh-keygen", "-lf", f"{server.host_key}.pub"], capture_output=True, text=True, check=True)
    assert shown.stdout.split()[1] in str(error)
    assert error.hint is not None
    command = error.hint.partition(": ")[2].partition(";")[0]
    subprocess.run(["sh", "-c", command], check=True)
    target = SSHTarget(server.name, **server.arguments(known_hosts=str(known)))
    assert (await sh(target=target).argv("echo", "in")).text == "in"
    await target.close()


async def test_a_changed_key_is_refused_also_where_new_ones_are_accepted(server: Sshd, tmp_path: Path) -> None:
    other = servers.make_key(tmp_path / "other")
    known = tmp_path / "known"
    kind, data = Path(f"{other}.pub").read_text().split()[:2]
    known.write_text(f"[127.0.0.1]:{server.port} {kind} {data}\n")
    target = SSHTarget(server.name, **server.arguments(known_hosts=str(known)))
    error = await refused(target, HostKeyMismatch, retryable=False)
    assert "CHANGED" in str(error)
    assert str(error).count("SHA256:") == 2
    assert error.hint is not None
    subprocess.run(["sh", "-c", error.hint.partition("old key: ")[2]], check=True, capture_output=True)
    await refused(target, HostKeyUnknown, retryable=False)


async def test_accept_new_remembers_the_first_key_and_refuses_the_next(
    make_server: Callable[..., Sshd], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    server = make_server()
    arguments = server.arguments(known_hosts="accept-new")
    target = SSHTarget(server.name, **arguments)
    assert (await sh(target=target).argv("echo", "in")).text == "in"
    await target.close()
    known = tmp_path / ".ssh/known_hosts"
    assert known.read_text() == server.known_hosts.read_text()
    assert known.stat().st_mode & 0o077 == 0
    server.stop()
    for file in (server.host_key, Path(f"{server.host_key}.pub")):
        file.unlink()
    servers.make_key(server.host_key)
    server.start()
    await refused(SSHTarget(server.name, **arguments), HostKeyMismatch, retryable=False)
    assert len(known.read_text().splitlines()) == 1


async def test_hashed_names_are_known(server: Sshd, tmp_path: Path) -> None:
    known = tmp_path / "known"
    shutil.copy(server.known_hosts, known)
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(known)], check=True, capture_output=True)
    assert "127.0.0.1" not in known.read_text()
    target = SSHTarget(server.name, **server.arguments(known_hosts=str(known)))
    assert (await sh(target=target).argv("echo", "in")).text == "in"
    await target.close()


def test_files_are_read_once_for_all_hosts_and_again_when_they_change(tmp_path: Path) -> None:
    file, key = tmp_path / "known_hosts", servers.make_key(tmp_path / "key")
    line = " ".join(Path(f"{key}.pub").read_text().split()[:2])
    file.write_text(f"web1 {line}\n")
    first, again = HostKeys("web1", [str(file)]), HostKeys("web2", [str(file)])
    assert first.known is again.known
    assert asyncssh.match_known_hosts(again.known, "web2", "", None)[0] == []
    file.write_text(f"web1 {line}\nweb2 {line}\n")
    assert len(asyncssh.match_known_hosts(HostKeys("web2", [str(file)]).known, "web2", "", None)[0]) == 1
    assert HostKeys("web3", [str(tmp_path / "none")]).known is not first.known
