"""Lines that are shown as well as given: those of an iterated command that says `.tee()` or `.show()`."""

from __future__ import annotations

from xsh.command.scope import current_branch
from xsh.engine.lines import encode_item
from xsh.engine.pump import Live
from xsh.engine.streams import STDOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from xsh.engine.job import Job


def shower(job: Job) -> Callable[[Any], Any] | None:
    """What shows an item that a loop over the job is given, and gives it back; None where that is not asked for."""
    if job.options.output not in ("tee", "show"):
        return None
    runner = job.runner
    branch = current_branch.get()
    if branch is not None and branch.prefixed and runner.open_writer is not None:
        writer = runner.open_writer(job.options.label or branch.label, branch.width, job.reactor)
        job.streams.closers.append(writer.close)

        def show_labelled(item: Any) -> Any:
            writer.write(STDOUT, encode_item(item, "\n"))
            return item

        return show_labelled

    def show(item: Any) -> Any:
        # before each one: what the loop printed comes first, and live rows make room
        if runner.before_show is not None:
            runner.before_show(True)
        Live(STDOUT).write(encode_item(item, "\n"))
        return item

    return show
