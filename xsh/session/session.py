"""What a shell remembers: the settings new commands get and the engine they run on; the current one by context."""

from __future__ import annotations

import os
import sys
from contextvars import ContextVar

from xsh.command.options import Options
from xsh.command.scope import Onlookers
from xsh.engine.runner import Runner
from xsh.targets.local.spawn import LocalTarget
from xsh.watch.notices import make_room, say
from xsh.watch.secrets import Secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.command.target import LineWriter, Reactor


class Session:
    """The settings in force here; `outer` is the session that a `with` block has covered."""

    __slots__ = ("options", "outer", "runner", "secrets")

    def __init__(self, options: Options, runner: Runner, secrets: Secrets, outer: Session | None = None) -> None:
        self.options = options
        self.runner = runner
        self.secrets = secrets
        self.outer = outer

    def inner(self, settings: dict[str, Any]) -> Session:
        """A session with changed settings that lies in this one."""
        return Session(self.merged(settings), self.runner, self.secrets, self)

    def merged(self, settings: dict[str, Any]) -> Options:
        """This session's options with `settings`; a relative directory counts from the session's own."""
        if not settings:
            return self.options
        options = self.options.with_(**settings)
        if options.cwd is not None and "cwd" in settings:
            # a `~` of another machine is that machine's matter
            directory = options.cwd if options.target is not None else os.path.expanduser(options.cwd)
            options = options.with_(cwd=os.path.join(self.options.cwd or "", directory))
        return options


def new_session() -> Session:
    """A fresh session on this machine."""
    runner = Runner(LocalTarget())
    secrets = Secrets()
    runner.before_show = before_show
    runner.open_writer = lambda label, width, reactor: labelled_lines(label, width, reactor, secrets)
    Onlookers.open = open_meter
    Onlookers.mask = secrets.mask
    runner.say = lambda text: say(secrets, text)
    runner.echo = echo(secrets)
    return Session(Options(), runner, secrets)


def echo(secrets: Secrets) -> Callable[[Any], None]:
    """What prints the commands that are to be printed; loaded when the first one is."""

    def print_event(event: Any) -> None:
        from xsh.watch.echo import print_command

        print_command(event, secrets)

    return print_event


def labelled_lines(label: str, width: int, reactor: Reactor, secrets: Secrets) -> LineWriter:
    """What shows a job's lines, secrets masked, behind its label when several run."""
    from xsh.watch.masking import MaskedLines
    from xsh.watch.prefix import Prefixer

    return MaskedLines(Prefixer(secrets.mask(label), width, reactor), secrets)


def open_meter(label: str, total: int | None) -> Any:
    """What shows how far several jobs are; loaded when the first one is asked for."""
    from xsh.watch.progress import open_meter as opened

    return opened(label, total)


def before_show(alone: bool) -> None:
    """Make the screen ready for a command that talks to the terminal: what Python holds back comes first."""
    flush_python()
    if alone:
        make_room()


def flush_python() -> None:
    """Write out what Python holds back, so that the order on the screen is the order of the script."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()


_session: ContextVar[Session | None] = ContextVar("xsh_session", default=None)


class _Default:
    session: Session | None = None


def current_session() -> Session:
    """The session of this context, the program's own outside of any `with $(…)` block."""
    session = _session.get()
    if session is None:
        session = _Default.session
        if session is None:
            session = _Default.session = new_session()
    return session


def enter_session(session: Session | None) -> None:
    """Make `session` the current one of this context; None is the program's own."""
    _session.set(session)
