"""Logging in to one host: the config's settings, the keys, the questions, within one time limit."""

from __future__ import annotations

import asyncio
import getpass
import os

import asyncssh
from asyncssh.config import SSHClientConfig

from xsh.errors import AuthenticationFailed, HostKeyMismatch
from xsh.targets.ssh.address import parse_address
from xsh.targets.ssh.failures import connect_failure, refused_login, timed_out
from xsh.targets.ssh.hostkeys import DEFAULT_FILES, HostKeys
from xsh.targets.ssh.wire import put_between
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from xsh.targets.ssh.address import Address

    Ask = Callable[[str], Awaitable[str]]

CONNECT_TIMEOUT = 10.0
"""Seconds a login may take, unless the config or the user says otherwise; the time for answers is not counted."""
CIPHERS = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"
"""AES-GCM first: 40 % less CPU than asyncssh's own first choice, on every machine with AES instructions."""
TRIES = 3
"""How often a password is asked for."""
ALIVE_COUNT = 5
"""How many unanswered questions to a host mean that the connection is lost."""


class Login:
    """How to log in to one host."""

    def __init__(self, name: str, address: Address, settings: dict[str, Any], ask: Ask | None = None) -> None:
        self.name = name
        self.address = address
        self.settings = settings
        self.ask = ask
        self.timer: Any = None
        self.keys: HostKeys | None = None
        self.asked = False
        self.passphrase: str | None = None
        self.through: asyncssh.SSHClientConnection | None = None

    async def connect(self) -> asyncssh.SSHClientConnection:
        """A connection that is logged in; raises TargetError."""
        while True:
            try:
                return await self._connect()
            except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError) as error:
                if self.passphrase is not None or "assphrase" not in str(error):
                    raise connect_failure(error, self.name) from error
                # the limit is over with the attempt
                self.timer = None
                self.passphrase = await self.question(f"Passphrase of {self.settings['key']}:")
                if self.passphrase is None:
                    raise AuthenticationFailed(
                        f"{self.name}: the key needs a passphrase and there is no terminal to ask at", host=self.name
                    ) from error

    async def _connect(self) -> asyncssh.SSHClientConnection:
        try:
            config = self.config()
            arguments = self.arguments(config)
        except (ValueError, OSError, asyncssh.ConfigParseError) as error:
            raise connect_failure(error, self.name) from error
        limit = self.limit(config)
        try:
            async with asyncio.timeout(limit) as self.timer:
                tunnel = arguments["tunnel"] = await self.tunnel(config)
                try:
                    connection = await asyncssh.connect(self.address.host, self.address.port or (), **arguments)
                except BaseException:
                    if tunnel is not None:
                        tunnel.abort()
                    raise
                # closed with the connection
                connection.set_tunnel(tunnel)
                return connection
        except TimeoutError as error:
            if not self.timer.expired():
                raise connect_failure(error, self.name) from error
            raise timed_out(self.name, limit) from error
        except asyncssh.HostKeyNotVerifiable as error:
            assert self.keys is not None
            raise self.keys.refusal or HostKeyMismatch(f"{self.name}: {error}", host=self.name) from error
        except asyncssh.KeyExchangeFailed as error:
            if "host key" in str(error):
                raise HostKeyMismatch(
                    f"{self.name}: the host shows no key of the kind that is known of it", host=self.name
                ) from error
            raise connect_failure(error, self.name) from error
        except asyncssh.PermissionDenied as error:
            raise self.refused() from error
        except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError):
            raise
        except (OSError, asyncssh.Error, asyncssh.ConfigParseError, ValueError) as error:
            raise connect_failure(error, self.name) from error

    async def tunnel(self, config: SSHClientConfig) -> asyncssh.SSHClientConnection | None:
        """A connection to the last of the hosts to go through (ProxyJump), None when there are none."""
        if self.through is not None:
            return self.through
        jumps: Any = config.get("ProxyJump")
        if not jumps or jumps == "none" or self.is_jump(str(jumps), config):
            return None
        through: asyncssh.SSHClientConnection | None = None
        for jump in str(jumps).split(","):
            address = parse_address(jump.strip().removeprefix("ssh://"))
            hop = Login(jump.strip(), address, {**self.settings, "key": None, "password": None}, self.ask)
            hop.through = through
            try:
                through = await hop.connect()
            except BaseException:
                if through is not None:
                    through.abort()
                raise
        return through

    def is_jump(self, jumps: str, config: SSHClientConfig) -> bool:
        """Whether this host is the one to go through itself, as `Host *` may say: it is reached directly."""
        hop = parse_address(jumps.split(",", maxsplit=1)[0].strip().removeprefix("ssh://"))
        name: Any = config.get("Hostname") or self.address.host
        return hop.host in (self.address.host, name) and hop.port in (None, self.address.port, config.get("Port"))

    def refused(self) -> AuthenticationFailed:
        """The error for a login that was refused, which says so when a password could not be asked for."""
        if self.asked and self.ask is None:
            return refused_login(
                self.name, "it asks for a password and there is no terminal to ask at; use a key or `password=`"
            )
        return refused_login(self.name)

    def limit(self, config: SSHClientConfig) -> float:
        """Seconds a login may take."""
        given = self.settings.get("connect_timeout")
        if given is not None:
            return float(given)
        configured: Any = config.get("ConnectTimeout")
        return float(configured) if configured else CONNECT_TIMEOUT

    def config_files(self) -> list[str]:
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

    def config(self) -> SSHClientConfig:
        """What the config says of this host; raises OSError and asyncssh.ConfigParseError."""
        address = self.address
        user, port = address.user or (), address.port or ()
        config = SSHClientConfig.load(
            None, list(self.config_files()), False, False, False, getpass.getuser(), user, address.host, port
        )
        assert isinstance(config, SSHClientConfig)
        return config

    def arguments(self, config: SSHClientConfig) -> dict[str, Any]:
        """What asyncssh.connect is given."""
        settings = self.settings
        self.keys = HostKeys(
            self.name, self.known_hosts(config), accept_new=settings.get("known_hosts") == "accept-new"
        )
        arguments: dict[str, Any] = {
            "config": self.config_files(),
            "client_factory": lambda: Client(self),
            "known_hosts": self.keys.known,
            "connect_timeout": None,
            "login_timeout": 0,
            "keepalive_interval": settings["keepalive"],
            "keepalive_count_max": ALIVE_COUNT,
            "encoding": None,
            "agent_forwarding": bool(config.get("ForwardAgent", False)),
        }
        if self.address.user is not None:
            arguments["username"] = self.address.user
        if not self.keys.authorities and not config.get("HostKeyAlgorithms"):
            arguments["server_host_key_algs"] = "-*-cert-*"
        if not config.get("Ciphers"):
            arguments["encryption_algs"] = CIPHERS
        if settings.get("key") is not None:
            arguments["client_keys"] = [expanded(settings["key"])]
            arguments["passphrase"] = self.passphrase
        else:
            named: Any = config.get("IdentityFile") or []
            configured = [str(file) for file in named]
            missing = [file for file in configured if not os.access(os.path.expanduser(file), os.R_OK)]
            if missing:
                # ssh(1) goes on without a key file that is not there
                arguments["client_keys"] = [file for file in configured if file not in missing]
                arguments["ignore_encrypted"] = True
        return arguments

    def known_hosts(self, config: SSHClientConfig) -> list[str]:
        """The files of known hosts."""
        given: Any = self.settings.get("known_hosts")
        if given not in (None, "accept-new"):
            return [os.fspath(given)]
        configured: Any = list(config.get("UserKnownHostsFile") or [])  # type: ignore[call-overload]
        shared: Any = list(config.get("GlobalKnownHostsFile") or [])  # type: ignore[call-overload]
        return [*(configured or DEFAULT_FILES[:1]), *(shared or DEFAULT_FILES[1:])]

    async def question(self, text: str) -> str | None:
        """An answer that is typed unseen, None where nobody can be asked; the time limit waits for it."""
        self.asked = True
        if self.ask is None:
            return None
        loop = asyncio.get_running_loop()
        timer = self.timer
        deadline: float | None = timer.when() if timer is not None and not timer.expired() else None
        if timer is None or deadline is None:
            return await self.ask(text)
        left = deadline - loop.time()
        timer.reschedule(None)
        try:
            return await self.ask(text)
        finally:
            timer.reschedule(loop.time() + left)


def expanded(path: str | os.PathLike[str]) -> str:
    """A path of the user's as text, `~` as the home."""
    return os.path.expanduser(os.fspath(path))


class Client(asyncssh.SSHClient):
    """Answers what asyncssh asks while it logs in."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self.unused: str | None = login.settings.get("password")
        self.left = TRIES if self.unused is None else 1

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """The host has answered the call; nothing was said yet."""
        put_between(conn)

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Whether a key that is not known is taken."""
        assert self.login.keys is not None
        return self.login.keys.judge(host, addr, port, key)

    def validate_host_ca_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Whether a certificate of somebody who is not known is taken."""
        assert self.login.keys is not None
        return self.login.keys.judge_authority(key)

    async def password_auth_requested(self) -> str | None:
        """The password: the one that was given, once, else what the user types; None when there is none."""
        if not self.try_again():
            return None
        return self.given() or await self.login.question(f"Password of {self.login.name}:")

    def kbdint_auth_requested(self) -> str | None:
        """Whether the host's questions are answered; each asking of all of them is one try."""
        return "" if self.try_again() else None

    async def kbdint_challenge_received(self, name: str, instructions: str, lang: str, prompts: Any) -> Any:
        """The answers to the host's questions, None when nobody can answer; a given password is for the first that is typed unseen."""
        answers: list[str] = []
        for prompt, echo in prompts:
            answer = None if echo else self.given()
            if answer is None:
                answer = await self.login.question(f"{self.login.name}: {printable(prompt.strip())}")
            if answer is None:
                return None
            answers.append(answer)
        return answers

    def try_again(self) -> bool:
        """Whether there is one more try."""
        self.left -= 1
        return self.left >= 0

    def given(self) -> str | None:
        """The password that was given, once."""
        password, self.unused = self.unused, None
        return password
