"""Measures cases fairly: variants run in turn inside each round, figures are medians, demands are ratios of medians.

Absolute figures drift with the machine; a ratio of two things measured side by side in one run does not. What else the
machine was doing meanwhile is stated with the figures.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bench.workshop import BenchmarkError, Workshop

Figures = float | Mapping[str, float]
"""What one run of a variant gives: its figure, or several by what they are, the main one under the empty name."""
Variant = Callable[[Workshop], Figures]
MAIN = ""


@dataclass(frozen=True)
class Limit:
    """A demand: a median is at most, or at least, so many times another; with no base, the figure itself.

    A further figure of a variant is named behind a comma: `xsh, own CPU`. `moonshot` is what would be splendid.
    """

    variant: str
    base: str | None
    at_most: float | None = None
    at_least: float | None = None
    moonshot: float | None = None


@dataclass(frozen=True)
class Case:
    """One thing to measure, in several ways; `also` gives the units of what a run tells beside its main figure.

    A variant that needs a peer is left out, with a word, where the peer is not installed.
    """

    name: str
    unit: str
    variants: Mapping[str, Variant]
    limits: tuple[Limit, ...]
    rounds: int
    prepare: Callable[[Workshop], None] = field(default=lambda workshop: None)
    also: Mapping[str, str] = field(default_factory=dict)

    def unit_of(self, name: str) -> str:
        """The unit of a figure: the case's, or that of what the name has behind its last comma."""
        return self.unit if name in self.variants else self.also[name.rpartition(", ")[2]]


@dataclass(frozen=True)
class Verdict:
    """What became of a demand; `ratio` is None where one side was not measured."""

    limit: Limit
    ratio: float | None

    @property
    def holds(self) -> bool | None:
        """Whether the demand is met, None where that is not known."""
        return None if self.ratio is None else self.within(self.limit.at_most, self.limit.at_least)

    @property
    def splendid(self) -> bool | None:
        """Whether the moonshot is reached, None where there is none or nothing was measured."""
        if self.ratio is None or self.limit.moonshot is None:
            return None
        low = self.limit.at_most is None
        return self.within(None if low else self.limit.moonshot, self.limit.moonshot if low else None)

    def within(self, at_most: float | None, at_least: float | None) -> bool:
        """Whether the ratio lies between the bounds that are there."""
        assert self.ratio is not None
        return (at_most is None or self.ratio <= at_most) and (at_least is None or self.ratio >= at_least)


@dataclass(frozen=True)
class Report:
    """What was measured of one case: every figure of every variant, in the order of the rounds."""

    case: Case
    figures: Mapping[str, list[float]]
    other_work: float
    """Cores that other programs kept busy meanwhile, on average."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """The variants that were not measured, and why."""

    def median(self, name: str) -> float | None:
        """The middle of one kind of figures, None where there are none."""
        figures = self.figures.get(name)
        return statistics.median(figures) if figures else None

    def verdicts(self) -> list[Verdict]:
        """Each demand of the case with its ratio."""
        return [Verdict(limit, self._ratio(limit)) for limit in self.case.limits]

    def _ratio(self, limit: Limit) -> float | None:
        value = self.median(limit.variant)
        if limit.base is None or value is None:
            return value
        base = self.median(limit.base)
        return None if not base else value / base


def measure(case: Case, workshop: Workshop, rounds: int | None = None) -> Report:
    """Run a case: one round that does not count, to warm caches, then the rounds.

    A peer that fails is left out with its reason; raises BenchmarkError when anything else does.
    """
    case.prepare(workshop)
    left_out = {name: reason for name in case.variants if (reason := workshop.absence(name)) is not None}
    figures: dict[str, list[float]] = {}

    def run_all(*, counts: bool) -> None:
        for name in [name for name in case.variants if name not in left_out]:
            try:
                found = case.variants[name](workshop)
            except BenchmarkError as error:
                if not workshop.is_peer(name):
                    raise
                left_out[name] = f"failed: {str(error)[-300:]}"
                continue
            if counts:
                for key, figure in found.items() if isinstance(found, Mapping) else ((MAIN, found),):
                    figures.setdefault(f"{name}, {key}" if key else name, []).append(figure)

    run_all(counts=False)
    before = busy_seconds()
    for _ in range(rounds or case.rounds):
        run_all(counts=True)
    return Report(case, figures, other_work(before, busy_seconds()), left_out)


def busy_seconds() -> tuple[float, float, float]:
    """The clock, the CPU seconds of the whole machine and those of this process and its finished children."""
    own = os.times()
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _wait, irq, soft = (int(part) for part in file.readline().split()[1:8])
    all_busy = (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")
    return time.monotonic(), all_busy, sum(own[:4])


def other_work(before: tuple[float, float, float], after: tuple[float, float, float]) -> float:
    """Cores kept busy by others between two looks."""
    wall, everything, own = (late - early for late, early in zip(after, before, strict=True))
    return max(everything - own, 0) / wall if wall else 0.0


def as_json(report: Report) -> dict[str, Any]:
    """Everything measured of a case, for a program to read."""
    case = report.case
    return {
        "name": case.name,
        "other_work_cores": round(report.other_work, 2),
        "figures": dict(report.figures),
        "units": {name: case.unit_of(name) for name in report.figures},
        "left_out": dict(report.left_out),
        "demands": [
            {
                "variant": verdict.limit.variant,
                "base": verdict.limit.base,
                "at_most": verdict.limit.at_most,
                "at_least": verdict.limit.at_least,
                "moonshot": verdict.limit.moonshot,
                "ratio": verdict.ratio,
                "unit": None if verdict.limit.base else unit(report, verdict.limit.variant),
                "holds": verdict.holds,
                "splendid": verdict.splendid,
            }
            for verdict in report.verdicts()
        ],
    }


def unit(report: Report, name: str) -> str | None:
    """The unit of a figure that was measured."""
    return report.case.unit_of(name) if name in report.figures else None
