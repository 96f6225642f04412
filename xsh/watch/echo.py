"""Prints each command as it starts and how it ended; or prints it and runs nothing."""

from __future__ import annotations

from xsh.result import ExitStatus, Result
from xsh.run.events import Ended, Started
from xsh.watch.notices import say
from xsh.words.duration import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.pipeline import Stage


def watch(session: Any, *, dry_run: bool = False) -> None:
    """Print every command of a session to stderr; with `dry_run` none is run, and each counts as a success."""
    if dry_run:

        def dry(stage: Stage) -> Result:
            say(session, f"$ {stage.display}")
            status = ExitStatus(0)
            return Result(command=stage.display, argv=(), status=status, stdout=b"", stderr=b"")

        session.runner.dry = dry
    else:
        session.runner.listeners.append(Echo(session))


class Echo:
    """Writes a line for a job's start and one for its end."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def __call__(self, event: Any) -> None:
        """Take an event of the run."""
        if isinstance(event, Started):
            if event.job.members[0].stage is event.stage:
                say(self.session, f"$ {event.job.stage.display}")
        elif isinstance(event, Ended):
            result = event.result
            how = f"exit {result.exit_code}" if result.signal is None else result.signal
            say(self.session, f"  {how} after {format_duration(result.duration)}")
