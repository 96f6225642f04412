"""A connection to a host, shared by everything in the program (but see spares.py): made when needed, and when it has died."""

from __future__ import annotations

import asyncio
import time

import asyncssh

from xsh.errors import ConnectFailed, TargetError
from xsh.targets.ssh.failures import lost
from xsh.targets.ssh.guard import ANSWER_WITHIN, SUDO_ANSWERS_WITHIN, Guard
from xsh.targets.ssh.guardscript import Way
from xsh.targets.ssh.places import Places
from xsh.targets.ssh.spares import Spares
from xsh.targets.ssh.sudo import Passwords
from xsh.targets.ssh.wrapping import Wrapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, TypeVar

    from xsh.targets.ssh.login import Login
    from xsh.targets.ssh.sudo import Sudo

    T = TypeVar("T")

REFUSED = frozenset([1, 2, 4])
"""Codes of a refused channel: prohibited, failed, no resources (RFC 4254 5.1); OpenSSH says 2 above MaxSessions."""
FIRST_WAIT = 0.002
LAST_WAIT = 0.1
"""Seconds between two tries of a refused open: the first, doubling up to the last."""
NARROW_AFTER = 0.25
"""Seconds of refusals after which fewer sessions are opened at once."""
GIVE_UP_AFTER = 2.0
"""Seconds of refusals, with nothing else open, after which the guard's session is given up, or the host."""
CLOSE_WITHIN = 4.0
"""Seconds that the guard and the connection have for their end."""


class NarrowedError(Exception):
    """The host takes fewer sessions on the connection than there were places."""


class Link:
    """A host's connection, its guard and its queue of sessions."""

    def __init__(
        self,
        login: Login,
        silence: float,
        max_sessions: int | None,
        say: Callable[[str], None],
        sudo: Sudo | None = None,
    ) -> None:
        self.login = login
        self.name = login.name
        self.silence = silence
        self.sudo = sudo
        self.passwords = Passwords(self.name, login.settings.get("password"), login.ask)
        self.places = Places(max_sessions)
        self.spares = Spares(self)
        # logins come one by one: a server drops some of those that are under way at once (MaxStartups)
        self.door = asyncio.Lock()
        self.connection: Any = None
        self.guard: Guard | None = None
        self.guarded = True
        self.way = Way.BY_LOGIN_SHELL if sudo is None else Way.BY_SH
        self.wrapper = Wrapper()
        self.loop = asyncio.get_running_loop()
        self.connecting: asyncio.Task[None] | None = None
        self.waiters = 0
        self.tasks: set[asyncio.Task[Any]] = set()
        self.say = say
        self.notices: set[str] = set()
        self.by_group = self.closed = False

    def another(self) -> Link:
        """A further connection to the host, by the same settings."""
        link = Link(self.login.again(), self.silence, None, self.say, self.sudo)
        link.places = Places(self.places.width, self.places)
        link.passwords, link.door, link.notices = self.passwords, self.door, self.notices
        return link

    @property
    def alive(self) -> bool:
        """Whether there is a connection."""
        return self.connection is not None and not self.connection.is_closed()

    # -- connecting ------------------------------------------------------------------------------------------------

    async def ready(self) -> Any:
        """The connection, with its guard; raises TargetError."""
        while True:
            if self.closed:
                raise ConnectFailed(f"{self.name}: the connection was closed", host=self.name, retryable=True)
            if self.alive and not self._guard_missing():
                assert self.connection is not None
                return self.connection
            if self.connecting is None:
                self.connecting = self.loop.create_task(self._connect())
                self.connecting.add_done_callback(self._connected)
            connecting = self.connecting
            self.waiters += 1
            try:
                await asyncio.shield(connecting)
            except asyncio.CancelledError:
                # given up by those who wanted it before us, or closed; that is no cancellation of ours
                if not connecting.cancelled() or self._cancelled():
                    raise
                # whose callback may not have run yet
                self._connected(connecting)
            finally:
                self.waiters -= 1
                if self.waiters == 0:
                    self._nobody_waits()

    @staticmethod
    def _cancelled() -> bool:
        """Whether the running task was asked to end."""
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0

    def _nobody_waits(self) -> None:
        """Nobody wants the connection that is being made any more."""
        if self.connecting is not None:
            self.connecting.cancel()

    def _connected(self, task: asyncio.Task[None]) -> None:
        if self.connecting is task:
            self.connecting = None
        if not task.cancelled():
            # whoever waited has it; without a waiter nobody needs to hear
            task.exception()

    def _guard_missing(self) -> bool:
        return self.guarded and (self.guard is None or not self.guard.alive)

    async def _connect(self) -> None:
        if not self.alive:
            self.guard = None
            async with self.door:
                self.connection = await self.login.connect()
        if self._guard_missing():
            await self._watch_over()

    async def _watch_over(self) -> None:
        """Start the guard and learn what it says of the host; raises TargetError."""
        guard, described, why = await self._start_guard()
        while self.sudo is not None and guard.refused is not None:
            await self.passwords.next_for(self.sudo, guard.refused)
            guard, described, why = await self._start_guard()
        while guard.ended and self.alive and (other := self.way.after(guard.status)):
            self.way = other
            guard, described, why = await self._start_guard()
        if described is None:
            guard.close()
            if guard.channel is not None:
                guard.channel.abort()
            if not self.alive:
                raise self._hung_up()
            self._without_guard(why)
            return
        self.guard = guard
        self.wrapper = described

    def _hung_up(self) -> ConnectFailed:
        """The error for a connection that has ended before anything ran."""
        return ConnectFailed(f"{self.name}: the host closed the connection", host=self.name, retryable=True)

    async def _start_guard(self) -> tuple[Guard, Wrapper | None, str]:
        """A guard, what it says of the host, and why it says nothing."""
        assert self.connection is not None
        limit = ANSWER_WITHIN if self.sudo is None else SUDO_ANSWERS_WITHIN
        wait, since = FIRST_WAIT, time.monotonic()
        while True:
            guard = Guard(self.silence, self.way, by_group=self.by_group, sudo=self.sudo)
            try:
                async with asyncio.timeout(limit):
                    await self.connection.create_session(lambda: guard, guard.wrapped.line, encoding=None)  # noqa: B023 - called within the turn
                    return guard, await guard.ready, "the host runs something else instead"
            except TimeoutError:
                return guard, None, f"it did not start within {limit:g} s"
            except (asyncssh.Error, OSError) as error:
                if not self.alive:
                    raise self._hung_up() from error
                full = isinstance(error, asyncssh.ChannelOpenError) and error.code in REFUSED
                if not full or time.monotonic() - since > GIVE_UP_AFTER:
                    return guard, None, "its session was refused"
            # those of a guard and commands that have just ended may not be free yet
            await asyncio.sleep(wait)
            wait = min(wait * 2, LAST_WAIT)

    def _without_guard(self, why: str) -> None:
        """Say once that nothing watches over commands there."""
        if self.guarded:
            self.guarded = False
            self.guard = None
            text = f"{self.name}: no guard watches over commands there ({why}): when stopped, some may go on"
            if text not in self.notices:
                self.notices.add(text)
                self.say(text)
            if not self.wrapper.login_shell:
                self.wrapper = Wrapper(sudo=self.sudo)

    # -- sessions --------------------------------------------------------------------------------------------------

    async def opened(self, opening: Callable[[Link, Any], Awaitable[T]], job: object) -> T:
        """Wait for a place and open a session with it; the place is the job's until `leave`. Raises TargetError.

        A refused open has run nothing and is tried again. `opening` is told the link that has the place: it is another one
        where the job must not wait for a place here.
        """
        while True:
            link: Link = self if await self.places.enter(job) else self.spares.take(job)
            try:
                if link is not self:
                    await self.spares.prepare(link)
                return await link.open(opening)
            except NarrowedError:
                link.leave(job)
            except BaseException:
                link.leave(job)
                raise

    def leave(self, job: object) -> None:
        """Give the place of a job's session back."""
        self.places.leave(job)

    async def open(self, opening: Callable[[Link, Any], Awaitable[T]]) -> T:
        """Open a session in a place that is taken already; raises TargetError and NarrowedError."""
        wait, since, again = FIRST_WAIT, time.monotonic(), True
        while True:
            connection = await self.ready()
            try:
                return await opening(self, connection)
            except asyncssh.ChannelOpenError as error:
                if connection.is_closed():
                    # it had died unnoticed: nothing was opened on it
                    if not again:
                        raise lost(self.name, str(error)) from error
                    again, since = False, time.monotonic()
                    continue
                if error.code not in REFUSED:
                    raise ConnectFailed(f"{self.name}: {error.reason}", host=self.name) from error
                self.places.refused()
                refused_for = time.monotonic() - since
                if self.places.taken > 1:
                    if refused_for > NARROW_AFTER:
                        self.places.narrow()
                        raise NarrowedError from error
                elif refused_for > GIVE_UP_AFTER:
                    self._give_up_guard(error)
                    since = time.monotonic()
            await asyncio.sleep(wait)
            wait = min(wait * 2, LAST_WAIT)

    def _give_up_guard(self, error: asyncssh.ChannelOpenError) -> None:
        if self.guard is None:
            raise ConnectFailed(
                f"{self.name}: the host opens no session: {error.reason}", host=self.name, retryable=True
            ) from error
        guard, self.guard = self.guard, None
        guard.close()
        self._without_guard("it allows one session only")

    # -- the end ---------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Close the connection; what our commands have left there with a mark is ended first."""
        self.closed = True
        for task in [*self.tasks, *([self.connecting] if self.connecting is not None else [])]:
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)
        await asyncio.gather(self.spares.close(), self._end())

    async def _end(self) -> None:
        connection, guard = self.connection, self.guard
        self.connection = self.guard = None
        if connection is None:
            return
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                if guard is not None:
                    await guard.over()
                connection.close()
                await connection.wait_closed()
        except TimeoutError:
            connection.abort()
        except (OSError, asyncssh.Error):
            # it died in this moment, which is what was wanted
            connection.abort()


def unexpected(error: BaseException, name: str) -> TargetError:
    """A TargetError for what asyncssh raised where nothing was expected."""
    return ConnectFailed(f"{name}: {type(error).__name__}: {error}", host=name)
