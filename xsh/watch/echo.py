"""Prints each command as it starts and how it ended; or prints it and runs nothing."""

from __future__ import annotations

from xsh.engine.events import Ended, Starting
from xsh.watch.notices import say
from xsh.words.duration import format_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.pipeline import Stage
    from xsh.engine.runner import Runner


def watch(session: Any, *, dry_run: bool = False) -> None:
    """Print every command of a session to stderr; with `dry_run` none is run, and each counts as a success."""
    runner: Runner = session.runner
    if dry_run:
        runner.dry = lambda stage: print_stage(stage, session.secrets)
    elif runner.echo is not None:
        runner.listeners.append(runner.echo)


def print_stage(stage: Stage, secrets: Any) -> None:
    """Print a command as people would type it."""
    say(secrets, f"$ {stage.display}")


def print_command(event: Any, secrets: Any) -> None:
    """Print a line for a job's start and one for its end."""
    if isinstance(event, Starting):
        print_stage(event.job.stage, secrets)
    elif isinstance(event, Ended) and event.job.members:
        result = event.result
        how = f"exit {result.exit_code}" if result.signal is None else result.signal
        say(secrets, f"  {how} after {format_duration(result.duration)}")
