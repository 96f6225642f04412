"""Keys of an agent, and certificates of users and hosts that a real authority has signed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import sshd as servers
from tests.sshd import Sshd
from tests.targets.ssh.client import wait_until
from tests.targets.ssh.refusals import let_in, refused
from xsh import AuthenticationFailed, HostKeyMismatch, HostKeyUnknown, sh
from xsh.targets.ssh.target import SSHTarget


@contextmanager
def agent(folder: Path, *keys: Path) -> Iterator[Path]:
    """The socket of an ssh-agent(1) that has keys."""
    folder.mkdir()
    path = folder / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    try:
        wait_until(path.exists)
        for key in keys:
            added = ["ssh-add", "-q", str(key)]
            subprocess.run(added, check=True, env={**os.environ, "SSH_AUTH_SOCK": str(path)}, capture_output=True)
        yield path
    finally:
        process.kill()
        process.wait()


async def test_a_key_of_the_agent(server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    other = servers.make_key(tmp_path / "other")
    arguments = server.arguments(key=None)
    with agent(tmp_path / "first", other) as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        await refused(SSHTarget(server.name, **arguments), AuthenticationFailed, retryable=False)
    with agent(tmp_path / "second", other, server.key) as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        await let_in(SSHTarget(server.name, **arguments))
    # the socket is still there, and nobody listens
    await refused(SSHTarget(server.name, **arguments), AuthenticationFailed, retryable=False)


async def test_the_agent_of_the_config_and_its_forwarding(
    server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "nothing"))
    config = tmp_path / "config"
    with agent(tmp_path / "ours", server.key) as path:
        text = f"Host web\n  HostName 127.0.0.1\n  Port {server.port}\n  UserKnownHostsFile {server.known_hosts}\n"
        config.write_text(f"{text}  IdentityAgent {path}\n  ForwardAgent yes\n")
        target = SSHTarget("web", config=str(config))
        seen = await sh(target=target)("ssh-add -L").text()
        assert Path(f"{server.key}.pub").read_text().split()[1] in seen
        await target.close()
        config.write_text(f"{text}  IdentityAgent none\n")
        await refused(SSHTarget("web", config=str(config)), AuthenticationFailed, retryable=False)


def sign(authority: Path, key: Path, *options: str) -> Path:
    """Have a key signed; gives the certificate."""
    subprocess.run(
        ["ssh-keygen", "-q", "-s", str(authority), "-I", "test", *options, f"{key}.pub"],
        check=True,
        capture_output=True,
    )
    return Path(f"{key}-cert.pub")


async def test_a_certificate_of_the_user(make_server: Callable[..., Sshd], tmp_path: Path, open_folder: Path) -> None:
    authority = servers.make_key(open_folder / "authority")
    server = make_server(TrustedUserCAKeys=f"{authority}.pub", AuthorizedKeysFile="none")
    user = os.environ.get("USER") or subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout
    key = servers.make_key(tmp_path / "mine")
    await refused(SSHTarget(server.name, **server.arguments(key=str(key))), AuthenticationFailed, retryable=False)
    certificate = sign(authority, key, "-n", user.strip())
    await let_in(SSHTarget(server.name, **server.arguments(key=str(key))))
    certificate.rename(tmp_path / "elsewhere")
    config = tmp_path / "config"
    config.write_text(
        f"Host web\n  HostName 127.0.0.1\n  Port {server.port}\n  UserKnownHostsFile {server.known_hosts}\n"
        f"  IdentityFile {key}\n  CertificateFile {tmp_path}/elsewhere\n"
    )
    await let_in(SSHTarget("web", config=str(config)))
    sign(authority, key, "-n", user.strip(), "-V", "20200101:20200102")
    await refused(SSHTarget(server.name, **server.arguments(key=str(key))), AuthenticationFailed, retryable=False)
    sign(authority, key, "-n", "somebody-else")
    await refused(SSHTarget(server.name, **server.arguments(key=str(key))), AuthenticationFailed, retryable=False)


async def test_a_certificate_of_the_host(make_server: Callable[..., Sshd], tmp_path: Path, open_folder: Path) -> None:
    authority, other = servers.make_key(tmp_path / "authority"), servers.make_key(tmp_path / "other")
    server = make_server()
    known = tmp_path / "known"

    async def shown(signer: Path, *options: str) -> SSHTarget:
        server.stop()
        server.options["HostCertificate"] = sign(signer, server.host_key, "-h", *options)
        server.start()
        return SSHTarget(server.name, **server.arguments(known_hosts=str(known)))

    public = " ".join(Path(f"{authority}.pub").read_text().split()[:2])
    known.write_text(f"@cert-authority [127.0.0.1]:{server.port} {public}\n")
    await let_in(await shown(authority, "-n", "127.0.0.1"))
    error = await refused(await shown(other, "-n", "127.0.0.1"), HostKeyUnknown, retryable=False)
    assert "no known authority has signed" in str(error)
    error = await refused(await shown(authority, "-n", "web"), HostKeyMismatch, retryable=False)
    assert "principal" in str(error).lower()
    # with no authority, the key is judged as ever
    known.write_text("")
    assert "the host is not known" in str(
        await refused(await shown(authority, "-n", "127.0.0.1"), HostKeyUnknown, retryable=False)
    )
    known.write_text(f"@cert-authority [127.0.0.1]:{server.port} {public}\n")
    expired = await shown(authority, "-n", "127.0.0.1", "-V", "20200101:20200102")
    assert "expired" in str(await refused(expired, HostKeyMismatch, retryable=False))
    known.write_text(f"{known.read_text()}@revoked * {public}\n")
    await refused(await shown(authority, "-n", "127.0.0.1"), HostKeyMismatch, retryable=False)
