"""Measures cases fairly: variants run in turn inside each round, figures are medians, demands are ratios of medians.

Absolute figures drift with the machine; a ratio of two things measured side by side in one run does not. What else the
machine was doing meanwhile is stated with the figures.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bench.workshop import Workshop

Variant = Callable[[Workshop], float]


@dataclass(frozen=True)
class Limit:
    """A demand: the median of one variant is at most so many times that of another."""

    variant: str
    base: str
    at_most: float


@dataclass(frozen=True)
class Case:
    """One thing to measure, in several ways; a variant that needs a peer gives None where the peer is not installed."""

    name: str
    unit: str
    variants: Mapping[str, Variant]
    limits: tuple[Limit, ...]
    rounds: int
    prepare: Callable[[Workshop], None] = field(default=lambda workshop: None)


@dataclass(frozen=True)
class Verdict:
    """What became of a demand; `ratio` is None where one side was not measured."""

    limit: Limit
    ratio: float | None

    @property
    def holds(self) -> bool | None:
        """Whether the demand is met, None where that is not known."""
        return None if self.ratio is None else self.ratio <= self.limit.at_most


@dataclass(frozen=True)
class Report:
    """What was measured of one case: every figure of every variant, in the order of the rounds."""

    case: Case
    figures: Mapping[str, list[float]]
    other_work: float
    """Cores that other programs kept busy meanwhile, on average."""

    def median(self, variant: str) -> float | None:
        """The middle of a variant's figures, None where there are none."""
        figures = self.figures.get(variant)
        return statistics.median(figures) if figures else None

    def verdicts(self) -> list[Verdict]:
        """Each demand of the case with its ratio."""
        return [Verdict(limit, self._ratio(limit)) for limit in self.case.limits]

    def _ratio(self, limit: Limit) -> float | None:
        value, base = self.median(limit.variant), self.median(limit.base)
        return None if value is None or base is None else value / base


def measure(case: Case, workshop: Workshop, rounds: int | None = None) -> Report:
    """Run a case: one round that does not count, to warm caches, then the rounds."""
    case.prepare(workshop)
    figures: dict[str, list[float]] = {name: [] for name in case.variants if workshop.has(name)}
    for name in figures:
        case.variants[name](workshop)
    before = busy_seconds()
    for _ in range(rounds or case.rounds):
        for name, variant in case.variants.items():
            if name in figures:
                figures[name].append(variant(workshop))
    return Report(case, figures, other_work(before, busy_seconds()))


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


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "cores": os.cpu_count(),
        "load": [round(value, 2) for value in os.getloadavg()],
    }


def as_json(reports: Iterable[Report], on: Mapping[str, Any]) -> dict[str, Any]:
    """Everything measured, for a program to read."""
    return {
        "machine": dict(on),
        "cases": [
            {
                "name": report.case.name,
                "unit": report.case.unit,
                "other_work_cores": round(report.other_work, 2),
                "figures": dict(report.figures),
                "demands": [
                    {
                        "variant": verdict.limit.variant,
                        "base": verdict.limit.base,
                        "at_most": verdict.limit.at_most,
                        "ratio": verdict.ratio,
                        "holds": verdict.holds,
                    }
                    for verdict in report.verdicts()
                ],
            }
            for report in reports
        ],
    }


def readable(figure: float, unit: str) -> str:
    """A figure with three digits that count; short times in milliseconds."""
    if unit == "s" and figure < 1:
        return f"{figure * 1000:.3g} ms"
    return f"{figure:.3g} {unit}" if figure < 1000 else f"{figure:.0f} {unit}"


def as_table(reports: Iterable[Report], on: Mapping[str, Any]) -> str:
    """Everything measured, for a person to read, as Markdown."""
    lines = [
        f"Python {on['python']}, {on['system']}, {on['cores']} cores, load {on['load'][0]}. Medians of interleaved runs.",
        "",
        "| case | measured | median | runs | other work, cores |",
        "|---|---|---|---|---|",
    ]
    demands = ["| demand | at most | measured | holds |", "|---|---|---|---|"]
    words = {True: "yes", False: "**no**", None: "not measured"}
    for report in reports:
        for variant, figures in report.figures.items():
            median = readable(statistics.median(figures), report.case.unit)
            lines.append(f"| {report.case.name} | {variant} | {median} | {len(figures)} | {report.other_work:.2f} |")
        for verdict in report.verdicts():
            ratio = "–" if verdict.ratio is None else f"{verdict.ratio:.2f}"
            name = f"{report.case.name}: {verdict.limit.variant} to {verdict.limit.base}"
            demands.append(f"| {name} | {verdict.limit.at_most:g} | {ratio} | {words[verdict.holds]} |")
    return "\n".join([*lines, "", *demands, ""])
