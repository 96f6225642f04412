"""One program on another machine, seen as the engine sees any: started at once, its ends are descriptors of ours.

The connection may not be there yet when the engine asks for a program. So a program begins as a task that connects and
opens a session; from then on everything happens in callbacks (conversation.py), and no task is there to be cancelled.

A stopped program has ended when nothing with its mark is left there: the guard is asked until it finds nothing.
"""

from __future__ import annotations

import asyncio
import secrets
import signal as signals

from xsh.errors import XshError
from xsh.result import SIGNAL_BASE, ExitStatus, Usage
from xsh.targets.ssh.conversation import Conversation
from xsh.targets.ssh.failures import lost, not_started, out_of_reach
from xsh.targets.ssh.hunt import Hunt
from xsh.targets.ssh.link import unexpected
from xsh.targets.ssh.screen import screen_of
from xsh.targets.ssh.sudo import Refusal, complaint, sudo_refused
from xsh.targets.ssh.wrapping import encoded
from xsh.words.quote import quote_argv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.command.target import Reactor, SpawnRequest
    from xsh.targets.ssh.guard import Guard
    from xsh.targets.ssh.link import Link

PACKET_MOST = 131072
"""Bytes that one packet of output may have (RFC 4254 5.2); each costs us as much as decrypting most of these."""
HELD = 0.3
"""Seconds that output is awaited after a program's end before it counts as held open by something else."""
KILLED_WITHIN = 1.5
"""Seconds after SIGKILL until a program that has not ended counts as out of reach."""
ENDING = frozenset([signals.SIGTERM, signals.SIGINT, signals.SIGQUIT, signals.SIGKILL])
"""Signals that ask a program to end; others may mean anything to it."""


class RemoteProcess:
    """A program on another machine; `error` is set when the machine failed, or could not start it."""

    def __init__(self, link: Link, request: SpawnRequest) -> None:
        self.link = link
        self.request = request
        self.job: object = self if request.job is None else request.job
        self.mark = ""
        self.pid: int | None = None
        self.host: str | None = link.name
        self.status: ExitStatus | None = None
        self.usage: Usage | None = None
        self.error: XshError | None = None
        self.ended: Callable[[], None] | None = None
        self.asked: int | None = None
        self.begun = self.placed = self.opening = False
        self.silenced = False
        self.guard: Guard | None = None
        self.hunt: Hunt | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.loop = asyncio.get_running_loop()
        self.screen = screen_of(request)
        self.talk = Conversation(self, request)
        self.prefix = b""
        self.task = self.loop.create_task(self._run())
        link.tasks.add(self.task)
        self.task.add_done_callback(link.tasks.discard)
        self.task.add_done_callback(self._started)

    # -- starting --------------------------------------------------------------------------------------------------

    def _started(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            # before its first step, where `_run` could not hear of it
            self._finish(killed_by(self.asked or signals.SIGTERM))

    async def _run(self) -> None:
        try:
            await self.link.opened(self._open, self.job)
        except asyncio.CancelledError:
            if self.talk.channel is not None:
                # the program may have begun behind our back
                self._signal_there("KILL")
                self.talk.abort()
            self._finish(killed_by(self.asked or signals.SIGTERM))
        except XshError as error:
            self.error = error
            self._finish(ExitStatus(255))
        except Exception as error:  # noqa: BLE001 - carried to the job
            self.error = unexpected(error, self.link.name)
            self._finish(ExitStatus(255))
        else:
            self.placed = self.begun = True
            self._opened()

    async def _open(self, link: Link, connection: Any) -> None:
        self.link = link
        self.guard = None if self.request.new_session else link.guard
        self.mark = secrets.token_hex(8) if self.guard is None else self.guard.begin()
        if self.guard is not None:
            self.hunt = Hunt(self.guard, self.mark, runs=self._runs, ended=self.changed)
        try:
            wrapped = link.wrapper.wrap(self.request, self.mark)
            self.prefix = wrapped.prefix
            self.talk.expect(self.mark, noisy=link.wrapper.noisy, prefixed=bool(wrapped.prefix))
            self.opening = True
            await connection.create_session(
                lambda: self.talk,
                encoded(wrapped.line),
                encoding=None,
                max_pktsize=PACKET_MOST,
                **self.screen.arguments(quiet=bool(wrapped.prefix)),
            )
        except Exception:
            self._forget()
            if self.talk.channel is not None:
                # opened, but the connection ended before the host said that the program runs
                raise lost(link.name) from None
            raise
        finally:
            self.opening = False

    def _opened(self) -> None:
        """The program runs: give it its input, and the signal it was sent meanwhile."""
        if self.talk.over:
            self.changed()
            return
        self.screen.enter(self.talk.channel)
        if self.prefix:
            self.talk.channel.write(self.prefix)
        if self.asked is not None:
            self.signal(self.asked)
        self.talk.input.resume()

    # -- the port --------------------------------------------------------------------------------------------------

    def poll(self) -> bool:
        """Whether it has ended."""
        return self.status is not None

    def watch(self, reactor: Reactor, ended: Callable[[], None]) -> None:
        """Call back once when it has ended."""
        if self.status is None:
            self.ended = ended

    def signal(self, number: int) -> None:
        """Send a signal to all of it, also to what has left its group, as far as the guard finds it."""
        if self.status is not None and not self.left:
            return
        ends = number in ENDING
        if ends:
            self.asked = number
        if not self.begun:
            if ends and not self.opening:
                # nothing has begun: the wait for the connection or a place is over
                self.task.cancel()
            return
        self._signal_there(signals.Signals(number).name.removeprefix("SIG"), ends=ends)
        if number == signals.SIGKILL and self.timer is None:
            self.timer = self.loop.call_later(KILLED_WITHIN, self._out_of_reach)

    def members_left(self) -> bool:
        """Whether something of it still runs there: after it was asked to end, by the guard's last answer."""
        if self.loop.is_closed() or not self.link.alive:
            return False
        if self.hunt is not None and self.hunt.left:
            self.hunt.look()
            return self.hunt.left
        return self.placed and not self.talk.over and self.asked is None

    # -- signalling ------------------------------------------------------------------------------------------------

    @property
    def left(self) -> bool:
        """Whether some of it may be there still, after it was asked to end."""
        return self.hunt is not None and self.hunt.left

    def _signal_there(self, name: str, *, ends: bool = False) -> None:
        if self.hunt is not None and self.hunt.guard.alive:
            self.hunt.signal(name, ends=ends)
        elif self.talk.channel is not None and not self.talk.over:
            self.talk.channel.send_signal(name)

    def _runs(self) -> bool:
        return self.status is None and self.talk.exit is None and not self.talk.over

    def _out_of_reach(self) -> None:
        """It did not end by SIGKILL, or nobody there could be told: it is named and not waited for."""
        if self.status is not None and not self.left:
            return
        if self.hunt is not None:
            self.hunt.left = False
        error = out_of_reach(quote_argv(self.request.argv), self.link.name)
        self.link.say(str(error))
        self.error = self.error or error
        self._finish(killed_by(self.asked or signals.SIGTERM))
        self.talk.abort()

    # -- the end ---------------------------------------------------------------------------------------------------

    def exited(self) -> None:
        """The program has ended; its output may follow, or be held open by what it has left."""
        self.screen.leave()
        guard = self.guard
        self.silenced = guard is not None and guard.silenced and self.mark in guard.marks and self.asked is None
        if self.asked is None:
            self._forget()
        if not self.talk.flushed:
            self.loop.call_later(HELD, self._no_longer)
        self.changed()

    def _no_longer(self) -> None:
        # a stopped program's output may wait for a reader that has gone
        if self.status is None and (self.asked is not None or not self.talk.waiting):
            self._judge()

    def changed(self) -> None:
        """End if everything has come: how it ended and all of its output, or the end of the session."""
        talk = self.talk
        if talk.over:
            self._leave()
        if self.status is not None or not talk.flushed:
            return
        if talk.exit is not None or (talk.over and (self.asked is not None or talk.broken is None)):
            self._judge()
        elif talk.over:
            self._await_death()

    def _await_death(self) -> None:
        """Its output was closed. It dies at its next write, as here; that is waited for where a guard can tell."""
        if not isinstance(self.talk.broken, BrokenPipeError):
            self._signal_there("KILL")
        hunt = self.hunt
        if hunt is None or not hunt.guard.alive or not self.link.alive or (hunt.left and not hunt.looking):
            self._judge()
        elif not hunt.left:
            hunt.left = True
            hunt.look()

    def _judge(self) -> None:
        """Say how it ended."""
        talk, link, name = self.talk, self.link, self.link.name
        status = talk.exit
        if talk.said is not None and status is not None:
            self.error = not_started(talk.said, self.request.argv[0], self.request.cwd, name)
        elif link.wrapper.sudo is not None and talk.unbegun and status is not None and self.asked is None:
            self.error = sudo_refused(name, Refusal(said=complaint(talk.before)), wanted=False)
        elif talk.broken is not None and not isinstance(talk.broken, BrokenPipeError):
            self.error = XshError(f"the output of {name} cannot be written: {talk.broken.strerror}")
        elif self.silenced:
            silence = link.silence
            self.error = lost(name, f"it heard nothing from here for {silence:g} s and ended the command")
        elif status is None and talk.broken is not None:
            status = killed_by(signals.SIGPIPE)
        elif status is None and self.asked is None:
            self.error = lost(name, "" if talk.lost is None else str(talk.lost))
        if link.wrapper.sudo is not None and self.asked is not None and status is not None:
            # how sudo repeats a signal for some users
            status = killed_by(self.asked) if status.code == SIGNAL_BASE + self.asked else status
        if status is None:
            status = killed_by(self.asked or signals.SIGTERM) if self.error is None else ExitStatus(255)
        self._finish(status)

    def _finish(self, status: ExitStatus) -> None:
        if self.status is not None:
            return
        self.status = status
        self.usage = Usage()
        self.screen.leave()
        if self.asked is not None:
            self.talk.abort()
            self.talk.close()
        elif self.talk.channel is None or self.talk.over:
            self.talk.close()
        else:
            self.talk.input.close()
        if self.ended is not None:
            self.loop.call_soon(self.ended)

    def _leave(self) -> None:
        """The session is over: its place is free."""
        if self.timer is not None and not self.left:
            self.timer.cancel()
        if self.placed:
            self.placed = False
            self.link.leave(self.job)

    def _forget(self) -> None:
        if self.guard is not None:
            self.guard.end(self.mark)


def killed_by(number: int) -> ExitStatus:
    """The status of a program that signal `number` has ended."""
    return ExitStatus(SIGNAL_BASE + number, signals.Signals(number).name)
