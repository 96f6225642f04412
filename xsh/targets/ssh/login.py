"""Logging in to one host: the config's settings, the keys, the questions, within one time limit."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import asyncssh

from xsh.errors import AuthenticationFailed, ConnectFailed, HostKeyMismatch
from xsh.targets.ssh.address import parse_address
from xsh.targets.ssh.failures import connect_failure, refused_login, timed_out
from xsh.targets.ssh.passphrases import passphrase_for
from xsh.targets.ssh.read_once import config_for
from xsh.targets.ssh.shortcuts import Shortcuts, is_one_key
from xsh.targets.ssh.terms import Terms
from xsh.targets.ssh.wire import put_between
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from asyncssh.config import SSHClientConfig

    from xsh.targets.ssh.address import Address
    from xsh.targets.ssh.hostkeys import HostKeys

    Ask = Callable[[str], Awaitable[str]]

TRIES = 3
"""How often a password is asked for."""


class Login:
    """How to log in to one host."""

    def __init__(self, name: str, address: Address, settings: dict[str, Any], ask: Ask | None = None) -> None:
        self.name = name
        self.address = address
        self.settings = settings
        self.terms = Terms(name, address, settings)
        self.ask = ask
        self.timer: Any = None
        self.keys: HostKeys | None = None
        self.asked = self.signs = False
        self.passphrase: str | None = None
        self.through: asyncssh.SSHClientConnection | None = None
        self.route: tuple[str, ...] = (name,)

    def again(self) -> Login:
        """The same for one connection more."""
        return Login(self.name, self.address, self.settings, self.ask)

    async def connect(self) -> asyncssh.SSHClientConnection:
        """A connection that is logged in; raises TargetError."""
        try:
            return await self._connect()
        except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError) as error:
            if "assphrase" not in str(error):
                raise connect_failure(error, self.name) from error
            # the limit is over with the attempt
            self.timer = None
            self.passphrase = await self._learn_passphrase()
        try:
            return await self._connect()
        except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError) as error:
            raise connect_failure(error, self.name) from error

    async def _learn_passphrase(self) -> str:
        """The passphrase of the key; raises AuthenticationFailed."""
        why = "the key needs a passphrase and there is no terminal to ask at"
        if self.ask is not None:
            passphrase = await passphrase_for(self.terms.key_file()).learn(self.ask)
            if passphrase is not None:
                return passphrase
            why = "no answer was the passphrase of the key"
        raise AuthenticationFailed(f"{self.name}: {why}", host=self.name)

    async def _connect(self) -> asyncssh.SSHClientConnection:
        with ExitStack() as stack:
            try:
                files = stack.enter_context(config_for(self.terms.files(), self.address.host))
                config = self.terms.read(files)
                self.keys = self.terms.host_keys(config)
                arguments = self.terms.arguments(config, self.keys, self.passphrase)
                self.signs = is_one_key(arguments.get("client_keys", ())) and not config.get("PreferredAuthentications")
            except (ValueError, OSError, asyncssh.ConfigParseError) as error:
                raise connect_failure(error, self.name) from error
            arguments |= {"config": files, "client_factory": lambda: Client(self)}
            return await self._connect_by(config, arguments)

    async def _connect_by(self, config: SSHClientConfig, arguments: dict[str, Any]) -> asyncssh.SSHClientConnection:
        limit = self.terms.limit(config)
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
            hop.route = (*self.route, hop.name)
            if hop.name in self.route:
                first, circle = self.route[0], " -> ".join(hop.route)
                raise ConnectFailed(f"{first}: ProxyJump leads in a circle: {circle}", host=first)
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


class Client(asyncssh.SSHClient):
    """Answers what asyncssh asks while it logs in."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self.unused: str | None = login.settings.get("password")
        self.left = TRIES if self.unused is None else 1
        self.shortcuts: Shortcuts | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """The host has answered the call; nothing was said yet."""
        put_between(conn)
        self.shortcuts = Shortcuts(conn, signs=self.login.signs)

    def auth_completed(self) -> None:
        """The login is over."""
        if self.shortcuts is not None:
            self.shortcuts.over()
            self.shortcuts = None

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
