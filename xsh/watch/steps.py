"""A workflow as it runs, on stderr: a line for each step and a summary; on a terminal a live row for what runs now."""

from __future__ import annotations

import os

from xsh.flow.events import StepFailed, StepSkipped, StepStarted, StepSucceeded, StepUndone, WorkflowEnded
from xsh.watch.meter import Meter, reactor_or_none
from xsh.watch.notices import put
from xsh.watch.prefix import coloured
from xsh.watch.rows import is_plain, live_rows
from xsh.words.duration import format_duration
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.target import Reactor, Timer
    from xsh.watch.secrets import Secrets

GREEN, RED, YELLOW, GREY = "32", "31", "33", "90"
SOON = 0.2
"""Seconds after which a running step gets its row: quick ones do not flicker, nor load what draws rows."""


class StepLines:
    """Shows the events of one run; raises OSError when stderr is gone."""

    __slots__ = ("is_live", "on_terminal", "reactor", "rows", "secrets", "width")

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self.on_terminal = os.isatty(2)
        self.is_live = not is_plain()
        self.reactor = reactor_or_none()
        self.rows: dict[str, StepRow] = {}
        self.width = 0

    def __call__(self, event: Any) -> None:
        """Show one event."""
        self.width = self.width or max((len(step.name) for step in event.report.steps), default=0)
        if isinstance(event, StepStarted) and self.is_live and self.reactor is not None:
            self.rows[event.name] = StepRow(self.secrets.mask(event.name).ljust(self.width), self.reactor)
        told = self._on_terminal(event) if self.on_terminal else self._plain(event)
        if told is None:
            return
        colour, mark, text = told
        text = printable(self.secrets.mask(text))
        if mark:
            text = f"{paint(mark, colour)} {text}"
        row = self.rows.pop(event.name, None) if isinstance(event, (StepSucceeded, StepFailed)) else None
        if row is None or not row.leave(text):
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


class StepRow(Meter):
    """The row of a step that runs; it comes on the screen when the step has taken a moment."""

    def __init__(self, name: str, reactor: Reactor) -> None:
        super().__init__(name, None, counts=False)
        self.label = printable(name) + " "
        self.timer: Timer | None = reactor.call_later(SOON, self._show)

    def _show(self) -> None:
        self.timer = None
        self.view = live_rows()
        self.view.add(self)

    def leave(self, last: str) -> bool:
        """Put a last line in its place; False when it is not on the screen."""
        if self.timer is not None:
            self.timer.cancel()
        if self.view is None or self not in self.view.meters:
            return False
        self.view.remove(self, last)
        return True


def why(error: BaseException | None) -> str:
    """An error in one line."""
    if error is None or not isinstance(error, Exception):
        return "stopped"
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0]


def paint(text: str, colour: str) -> str:
    """`text` in a colour (ECMA-48 SGR) where stderr wants it."""
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured(2) else text
