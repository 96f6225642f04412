"""A workflow as it runs, on stderr: a line for each step and a summary; coloured marks where that is a terminal."""

from __future__ import annotations

import os

from xsh.flow.events import StepFailed, StepSkipped, StepStarted, StepSucceeded, StepUndone, WorkflowEnded
from xsh.watch.notices import put
from xsh.watch.prefix import coloured
from xsh.words.duration import format_duration
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.watch.secrets import Secrets

GREEN, RED, YELLOW, GREY = "32", "31", "33", "90"


class StepLines:
    """Shows the events of one run; raises OSError when stderr is gone."""

    __slots__ = ("on_terminal", "secrets", "width")

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self.on_terminal = os.isatty(2)
        self.width = 0

    def __call__(self, event: Any) -> None:
        """Show one event."""
        self.width = self.width or max((len(step.name) for step in event.report.steps), default=0)
        told = self._on_terminal(event) if self.on_terminal else self._plain(event)
        if told is None:
            return
        colour, mark, text = told
        text = printable(self.secrets.mask(text))
        if mark:
            text = f"{paint(mark, colour)} {text}"
        put(2, (text + "\n").encode("utf-8", "backslashreplace"))

    def _on_terminal(self, event: Any) -> tuple[str, str, str] | None:
        """The colour, the mark and the line for an event."""
        if isinstance(event, StepSucceeded):
            return GREEN, "✓", f"{event.name:{self.width}}  {format_duration(event.duration)}"
        if isinstance(event, StepFailed):
            colour, mark = (YELLOW, "!") if event.optional else (RED, "✗")
            return colour, mark, f"{event.name:{self.width}}  {format_duration(event.duration)}  {why(event.error)}"
        if isinstance(event, StepSkipped):
            return GREY, "-", f"{event.name:{self.width}}  skipped"
        if isinstance(event, StepUndone):
            if event.error is None:
                return YELLOW, "↶", f"{event.name:{self.width}}  undone"
            return RED, "✗", f"{event.name:{self.width}}  undo failed: {why(event.error)}"
        if isinstance(event, WorkflowEnded):
            return (GREEN if event.ok else RED), "●", event.report.summary
        return None

    def _plain(self, event: Any) -> tuple[str, str, str] | None:
        """A line of words for an event."""
        text = None
        if isinstance(event, StepStarted):
            text = f"{event.name} started"
        elif isinstance(event, StepSucceeded):
            text = f"{event.name} succeeded after {format_duration(event.duration)}"
        elif isinstance(event, StepFailed):
            text = f"{event.name} {event.step.status} after {format_duration(event.duration)}: {why(event.error)}"
        elif isinstance(event, StepSkipped):
            text = f"{event.name} skipped"
        elif isinstance(event, StepUndone):
            text = f"{event.name} undone" if event.error is None else f"undo of {event.name}: {why(event.error)}"
        elif isinstance(event, WorkflowEnded):
            return "", "", event.report.summary
        return None if text is None else ("", "", f"{event.workflow}: {text}")


def why(error: BaseException | None) -> str:
    """An error in one line."""
    if error is None or not isinstance(error, Exception):
        return "stopped"
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0]


def paint(text: str, colour: str) -> str:
    """`text` in a colour (ECMA-48 SGR) where stderr wants it."""
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured(2) else text
