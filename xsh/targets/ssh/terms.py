"""What the config and the user's settings say of one host, as asyncssh.connect is told it."""

from __future__ import annotations

import getpass
import os
from functools import cache

import asyncssh
from asyncssh.config import SSHClientConfig

from xsh.targets.ssh.hostkeys import DEFAULT_FILES, HostKeys
from xsh.targets.ssh.read_once import default_keys, key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.targets.ssh.address import Address

CONNECT_TIMEOUT = 10.0
"""Seconds a login may take, unless the config or the user says otherwise; the time for answers is not counted."""
CIPHERS = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"
"""AES-GCM first: 40 % less CPU than asyncssh's own first choice, on every machine with AES instructions."""
QUICK_EXCHANGE, SLOW_EXCHANGE = "ecdh-sha2-nistp256", "curve25519-sha256"
"""The first before the second, after those that a quantum computer cannot break: it takes an sshd 3 ms less (RFC 9142)."""
ALIVE_COUNT = 5
"""How many unanswered questions to a host mean that the connection is lost."""


class Terms:
    """What is said of one host, under the `name` that the user has for it."""

    def __init__(self, name: str, address: Address, settings: dict[str, Any]) -> None:
        self.name = name
        self.address = address
        self.settings = settings

    def limit(self, config: SSHClientConfig) -> float:
        """Seconds a login may take."""
        given = self.settings.get("connect_timeout")
        if given is not None:
            return float(given)
        configured: Any = config.get("ConnectTimeout")
        return float(configured) if configured else CONNECT_TIMEOUT

    def files(self) -> list[str]:
        """The OpenSSH config files that are read."""
        given: Any = self.settings.get("config")
        files: list[str]
        if given is None:
            files = ["~/.ssh/config"]
        elif given is False:
            files = []
        else:
            files = [os.fspath(given)]
        paths = [os.path.expanduser(file) for file in files]
        return [path for path in paths if given is not None or os.access(path, os.R_OK)]

    def read(self, files: list[str]) -> SSHClientConfig:
        """What config files say of this host; raises OSError and asyncssh.ConfigParseError."""
        address = self.address
        user, port = address.user or (), address.port or ()

        def load(paths: list[str]) -> SSHClientConfig:
            config = SSHClientConfig.load(
                None, list(paths), False, False, False, local_user(), user, address.host, port
            )
            assert isinstance(config, SSHClientConfig)
            return config

        try:
            return load(files)
        except asyncssh.ConfigParseError:
            # the file itself, whose name and line the error then tells
            return load(self.files())

    def host_keys(self, config: SSHClientConfig) -> HostKeys:
        """The keys that are known of hosts."""
        accept_new = self.settings.get("known_hosts") == "accept-new"
        return HostKeys(self.name, self.known_hosts(config), accept_new=accept_new)

    def arguments(self, config: SSHClientConfig, keys: HostKeys, passphrase: str | None) -> dict[str, Any]:
        """What asyncssh.connect is given."""
        settings = self.settings
        arguments: dict[str, Any] = {
            "known_hosts": keys.known,
            "connect_timeout": None,
            "login_timeout": 0,
            "keepalive_interval": settings["keepalive"],
            "keepalive_count_max": ALIVE_COUNT,
            "encoding": None,
            "agent_forwarding": bool(config.get("ForwardAgent", False)),
        }
        if self.address.user is not None:
            arguments["username"] = self.address.user
        if not keys.authorities and not config.get("HostKeyAlgorithms") and not self.is_known(config, keys):
            arguments["server_host_key_algs"] = "-*-cert-*"
        if not config.get("Ciphers"):
            arguments["encryption_algs"] = ciphers()
        if not config.get("KexAlgorithms"):
            arguments["kex_algs"] = exchanges()
        if settings.get("key") is not None:
            arguments["client_keys"] = [key_of(self.key_file(), passphrase)]
            arguments["passphrase"] = passphrase
        else:
            arguments |= self.found_keys(config)
        return arguments

    def key_file(self) -> str:
        """The file of the key that the user names."""
        key: str | os.PathLike[str] = self.settings["key"]
        return os.path.expanduser(os.fspath(key))

    def found_keys(self, config: SSHClientConfig) -> dict[str, Any]:
        """What says which keys are tried where the user names none."""
        named: Any = config.get("IdentityFile")
        configured = None if named is None else [os.path.expanduser(str(file)) for file in named]
        # ssh(1) goes on without a key file that is not there
        files = default_keys() if configured is None else [file for file in configured if os.access(file, os.R_OK)]
        if config.get("IdentitiesOnly"):
            # the files are also what is asked of the agent
            return {} if configured in (None, files) else {"client_keys": files, "ignore_encrypted": True}
        if not files and configured is None:
            return {}
        return {"client_keys": [key_of(file) for file in files], "ignore_encrypted": True}

    def is_known(self, config: SSHClientConfig, keys: HostKeys) -> bool:
        """Whether a key of the host is known by its name; then only such keys are asked for, and no certificate."""
        name: Any = config.get("HostKeyAlias") or config.get("Hostname") or self.address.host
        port: Any = self.address.port or config.get("Port")
        return keys.has(name, port)

    def known_hosts(self, config: SSHClientConfig) -> list[str]:
        """The files of known hosts."""
        given: Any = self.settings.get("known_hosts")
        if given not in (None, "accept-new"):
            return [os.fspath(given)]
        configured: Any = list(config.get("UserKnownHostsFile") or [])  # type: ignore[call-overload]
        shared: Any = list(config.get("GlobalKnownHostsFile") or [])  # type: ignore[call-overload]
        return [*(configured or DEFAULT_FILES[:1]), *(shared or DEFAULT_FILES[1:])]


@cache
def ciphers() -> list[str]:
    """All ciphers, in the order of our liking."""
    options = asyncssh.SSHClientConnectionOptions(
        config=None, known_hosts=None, client_keys=None, encryption_algs=CIPHERS
    )
    return [cipher.decode() for cipher in options.encryption_algs]


@cache
def exchanges() -> list[str]:
    """All key exchanges, in the order of our liking."""
    options = asyncssh.SSHClientConnectionOptions(config=None, known_hosts=None, client_keys=None)
    names = [name.decode() for name in options.kex_algs]
    if QUICK_EXCHANGE in names and SLOW_EXCHANGE in names:
        names.remove(QUICK_EXCHANGE)
        names.insert(names.index(SLOW_EXCHANGE), QUICK_EXCHANGE)
    return names


@cache
def local_user() -> str:
    """Who runs this program; asked once, since it may take a look into /etc/passwd or further."""
    return getpass.getuser()
