"""The workflow that scripts use: its steps are seen on stderr, secrets masked."""

from __future__ import annotations

from xsh.flow import workflow
from xsh.session.session import current_session, flush_python
from xsh.watch.notices import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Workflow(workflow.Workflow):
    """Named steps that run in order; when one fails, what runs is stopped and the finished ones are undone in reverse.

    A job is a command, an awaitable, or a function of no arguments or of the context, which all steps of a run share.

    Example::

        flow = Workflow("release")
        flow.step("build", $`mkdir built`, undo=$`rm -r built`)
        flow.parallel("tests", {"unit": $`true`, "style": $`true`}, limit=2)
        report = await flow.run()
        print(report)
    """

    __module__ = "xsh"

    def screen(self) -> Callable[[Any], object]:
        """A line for each step on stderr."""
        from xsh.watch.steps import StepLines

        # what the script has printed so far stands above the lines of its steps
        flush_python()
        return StepLines(current_session().secrets)

    def complain(self, text: str) -> None:
        """Say something on stderr, secrets masked."""
        try:
            say(current_session().secrets, f"xsh: {text}")
        except OSError:
            # stderr itself is gone: there is nowhere left to say it
            return
