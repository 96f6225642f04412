"""What is read once for all hosts: the config says of each what asyncssh reads in the whole of it; keys stay the same."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest
from asyncssh.config import SSHClientConfig

from tests.sshd import Sshd, make_key
from tests.targets.ssh.refusals import let_in, refused
from xsh import ConnectFailed, TargetError
from xsh.targets.ssh import read_once
from xsh.targets.ssh.read_once import ConfigFile, config_for, default_keys, key_of
from xsh.targets.ssh.target import SSHTarget
from xsh.targets.ssh.terms import QUICK_EXCHANGE, SLOW_EXCHANGE, exchanges

CONFIGS = {
    "names": "User first\nHost a b\n  Port 1\nHost b c\n  Port 2\n  User b\nHost *\n  Port 3\n",
    "patterns": "Host w?b* !web9\n Port 1\nHost *9,other\n Port 2\n",
    "words": 'host "a" b # c\nPort = 4\nHOST\tc\nUser=x\n# Host d\nIdentityFile ~/.ssh/%h\nIdentityFile one\n',
    "no last newline": "Host a\nPort 1\nHost b\nPort 2",
    "several": "Host a\nIdentityFile x\nHost *\nIdentityFile y\nProxyJump b,c\nCiphers aes128-ctr\n",
    "equal signs": "Host=a\nPort 1\nHost = b\nPort 2\n",
    "nothing": "",
}
WHOLE = {
    "match": "Host a\nPort 1\nMatch originalhost b\nPort 2\n",
    "include": "Include other\nHost a\nPort 1\n",
    "canonical names": "CanonicalizeHostname yes\nHost a\nPort 1\n",
    "an open quote": 'Host a\nPort 1\nHost b\nUser "x\n',
    "an equal sign": "Host=a\nPort 1\n",
    "no word": "=\nHost a\n",
}
OPTIONS = ("Hostname", "Port", "User", "IdentityFile", "ProxyJump", "Ciphers")


def says(files: list[str], host: str) -> list[object]:
    """What config files say of a host, by asyncssh."""
    config = SSHClientConfig.load(None, list(files), False, False, False, "me", (), host, ())  # type: ignore[arg-type]
    return [config.get(option) for option in OPTIONS]


@pytest.mark.parametrize("kind", CONFIGS)
@pytest.mark.parametrize("host", ["a", "b", "c", "d", "#", "web1", "web9", "other", "*"])
def test_the_blocks_of_a_host_say_what_the_config_says(kind: str, host: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(CONFIGS[kind])
    with config_for([str(path)], host) as files:
        assert says(files, host) == says([str(path)], host)


@pytest.mark.parametrize("kind", WHOLE)
def test_what_more_than_a_name_decides_is_asyncsshs(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(WHOLE[kind])
    with config_for([str(path)], "a") as files:
        assert files == [str(path)]


def test_a_hundred_hosts_are_read_once_until_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    class Counted(ConfigFile):
        def __init__(self, text: str) -> None:
            read.append(text)
            super().__init__(text)

    monkeypatch.setattr(read_once, "ConfigFile", Counted)
    path = tmp_path / "config"
    path.write_text("".join(f"Host h{number}\nPort {number + 1}\n" for number in range(100)))
    for number in range(100):
        with config_for([str(path)], f"h{number}") as files:
            assert says(files, f"h{number}")[1] == number + 1
    assert len(read) == 1
    path.write_text("Host h1\nPort 4000\n")
    with config_for([str(path)], "h1") as files:
        assert says(files, "h1")[1] == 4000
    assert len(read) == 2


def test_without_files_in_memory_the_config_is_read_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    path = tmp_path / "config"
    path.write_text("Host a\nPort 1\n")
    with config_for([str(path)], "b") as files:
        assert files == [str(path)]


async def test_an_error_tells_the_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("Host other\n  Port 1\nHost web\n  Port x\n")
    error = await refused(SSHTarget("web", config=str(path)), TargetError, retryable=False)
    assert f"{path} line 4" in str(error)


async def test_a_config_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"Host \xff\n")
    await refused(SSHTarget("web", config=str(path)), ConnectFailed, retryable=False)


def test_a_key_is_read_once_until_its_file_changes(tmp_path: Path) -> None:
    path = make_key(tmp_path / "id")
    key = key_of(str(path))
    assert isinstance(key, asyncssh.SSHKey)
    assert key_of(str(path)) is key
    path.unlink()
    make_key(tmp_path / "id")
    other = key_of(str(path))
    assert isinstance(other, asyncssh.SSHKey)
    assert other.public_data != key.public_data


def test_a_key_with_a_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", path], check=True)
    assert key_of(str(path)) == str(path)
    assert key_of(str(path), "wrong") == str(path)
    key = key_of(str(path), "secret")
    assert isinstance(key, asyncssh.SSHKey)
    assert key_of(str(path), "secret") is key
    assert key_of(str(path)) is key


@pytest.mark.parametrize("what", ["nothing", "no key", "two keys", "a certificate beside it"])
def test_what_asyncssh_has_to_look_at_itself(what: str, tmp_path: Path) -> None:
    path = tmp_path / "id"
    if what == "no key":
        path.write_text("no key\n")
    elif what != "nothing":
        make_key(path)
    if what == "two keys":
        path.write_bytes(path.read_bytes() + make_key(tmp_path / "other").read_bytes())
    elif what == "a certificate beside it":
        (tmp_path / "id-cert.pub").touch()
    assert key_of(str(path)) == str(path)


async def test_a_key_of_the_home_lets_in(server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ".ssh"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    assert default_keys() == []
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "secret", "-f", folder / "id_ecdsa"], check=True)
    shutil.copy(server.key, folder / "id_ed25519")
    assert default_keys() == [str(folder / "id_ed25519"), str(folder / "id_ecdsa")]
    # the one with a passphrase is passed over
    await let_in(SSHTarget(server.name, known_hosts=str(server.known_hosts)))


def test_the_quick_exchange_comes_after_those_that_withstand_a_quantum_computer() -> None:
    order = exchanges()
    strong = [number for number, name in enumerate(order) if name.startswith(("mlkem", "sntrup"))]
    assert all(number < order.index(QUICK_EXCHANGE) for number in strong)
    assert order.index(QUICK_EXCHANGE) < order.index(SLOW_EXCHANGE)
    assert len(set(order)) == len(order)


async def test_the_exchanges_of_a_config_count(make_server: Callable[..., Sshd], tmp_path: Path) -> None:
    server = make_server(KexAlgorithms="curve25519-sha256")
    config = tmp_path / "config"
    settings = {"key": str(server.key), "known_hosts": str(server.known_hosts), "config": str(config)}
    config.write_text("KexAlgorithms ecdh-sha2-nistp256\n")
    await refused(SSHTarget(server.name, **settings), ConnectFailed, retryable=False)
    config.write_text("KexAlgorithms curve25519-sha256\n")
    await let_in(SSHTarget(server.name, **settings))
