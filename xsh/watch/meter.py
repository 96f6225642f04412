"""How far something is: its count, rate and what is left; drawn on a terminal, said in plain lines elsewhere."""

from __future__ import annotations

import time

from xsh.command.scope import Onlookers
from xsh.reactor.reactor import current_reactor
from xsh.watch.notices import put
from xsh.words.duration import format_duration
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.target import Reactor, Timer

EVERY = 5.0
"""Seconds between two plain lines of one meter."""


class Meter:
    """Counts `count` of `total` (None: not known) under a label; `running` holds the jobs under way and since when."""

    def __init__(self, label: str, total: int | None = None, *, counts: bool = True) -> None:
        self.label = " ".join(printable(Onlookers.mask(label)).split())
        self.total = total
        self.counts = counts
        self.count = 0
        self.start = time.monotonic()
        self.running: dict[int, tuple[str, float]] = {}
        self.view: Any = None

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.start

    @property
    def rate(self) -> float:
        """Items in a second, on average."""
        return self.count / max(self.elapsed, 1e-6)

    @property
    def left(self) -> float | None:
        """Seconds to the end at the rate so far, None where nobody can tell."""
        if self.total is None or not self.count:
            return None
        return max(self.total - self.count, 0) * self.elapsed / self.count

    @property
    def facts(self) -> str:
        """Count, rate and what is left, in words."""
        if not self.counts:
            return short(self.elapsed)
        parts = [str(self.count) if self.total is None else f"{self.count}/{self.total}"]
        if self.count:
            parts.append(f"{self.rate:.1f}/s" if self.rate < 100 else f"{self.rate:.0f}/s")
        if self.left is not None:
            parts.append(f"{short(self.left)} left")
        return ", ".join(parts)

    def advance(self) -> None:
        """One more is done."""
        self.count += 1
        self.view.changed()

    def began(self, index: int, label: str) -> None:
        """A job has started."""
        self.running[index] = (printable(Onlookers.mask(label)), time.monotonic())
        self.view.changed()

    def ended(self, index: int) -> None:
        """A job is over."""
        self.running.pop(index, None)
        self.advance()

    def close(self, *, well: bool) -> None:
        """Take it from the screen and leave one line that says how it went."""
        self.running.clear()
        done = "" if not self.counts else str(self.count)
        if self.counts and self.total not in (None, self.count):
            done = f"{self.count}/{self.total}"
        how = f"{done or 'done'} in" if well else f"stopped{' at ' + done if done else ''} after"
        self.view.remove(self, f"{self.label}: {how} {format_duration(self.elapsed)}")


def short(seconds: float) -> str:
    """A duration that is read while it changes: whole seconds."""
    return format_duration(round(seconds)) if seconds >= 1 else "0 s"


def reactor_or_none() -> Reactor | None:
    """What drives this thread, None where blocking code runs."""
    try:
        reactor: Reactor = current_reactor()
    except RuntimeError:
        return None
    return reactor


class PlainLines:
    """Says how far a meter is in a line every few seconds."""

    def __init__(self) -> None:
        self.meter: Any = None
        self.said = time.monotonic()
        self.timer: Timer | None = None
        self.reactor: Reactor | None = None

    def add(self, meter: Meter) -> None:
        """Look after this meter."""
        self.meter = meter
        self.reactor = reactor_or_none()
        if not meter.counts:
            line(f"{meter.label} …")
        self._arm(EVERY)

    def _arm(self, delay: float) -> None:
        if self.reactor is not None:
            self.timer = self.reactor.call_later(delay, self._tick)

    def _tick(self) -> None:
        due = self.said + EVERY - time.monotonic()
        if due <= 0.05:
            self._say()
            due = EVERY
        self._arm(due)

    def changed(self) -> None:
        """Say it if the last line is old enough."""
        if time.monotonic() - self.said >= EVERY and self.meter.count != self.meter.total:
            self._say()

    def _say(self) -> None:
        self.said = time.monotonic()
        running = ", ".join(label for label, _ in self.meter.running.values())
        line(f"{self.meter.label}: {self.meter.facts}{' · ' + running if running else ''}")

    def remove(self, meter: Meter, last: str) -> None:
        """Say how it ended."""
        if self.timer is not None and meter is self.meter:
            self.timer.cancel()
        line(last)


def line(text: str) -> None:
    """Write a line to stderr."""
    put(2, f"{text}\n".encode("utf-8", "backslashreplace"))
