"""The figures as a person reads them: Markdown made from what `build/bench.json` keeps."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

START, END = "<!-- figures begin -->", "<!-- figures end -->"
WORDS = {True: "yes", False: "**no**", None: "not measured"}


class PageError(ValueError):
    """A page without the two comments between which the figures stand."""


def machine() -> dict[str, Any]:
    """What the figures are taken on."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "cores": os.cpu_count(),
        "load": [round(value, 2) for value in os.getloadavg()],
    }


def readable(figure: float, unit: str) -> str:
    """A figure with three digits that count; short times in milliseconds."""
    if unit == "s" and figure < 1:
        return f"{figure * 1000:.3g} ms"
    digits = f"{figure:.3g}" if abs(figure) < 1000 else f"{figure:,.0f}"
    return f"{digits} {unit}".strip()


def as_table(kept: Mapping[str, Any]) -> str:
    """The demands, then everything measured, then what was left out."""
    on = kept["machine"]
    lines = [
        (
            f"Python {on['python']}, {on['system']}, {on['cores']} cores, load {on['load'][0]} at the start. "
            "Medians of interleaved runs."
        ),
        "",
        "| demand | must | moonshot | measured | holds |",
        "|---|---|---|---|---|",
        *(demand_row(case, demand) for case in kept["cases"] for demand in case["demands"]),
        "",
        "| case | measured | median | from | to | runs | other work, cores |",
        "|---|---|---|---|---|---|---|",
        *(row for case in kept["cases"] for row in figure_rows(case)),
    ]
    missing = [*left_out(kept), *(f"- {text}" for text in kept.get("notes", ()))]
    return "\n".join([*lines, *(["", *missing] if missing else []), ""])


def demand_row(case: Mapping[str, Any], demand: Mapping[str, Any]) -> str:
    """One demand with what became of it."""
    to = f" to {demand['base']}" if demand["base"] else ""
    unit = demand["unit"] or ""

    def bound(value: float | None) -> str:
        if value is None:
            return ""
        return f"{'≤' if demand['at_most'] is not None else '≥'} {readable(value, unit) if unit else f'{value:g}'}"

    ratio = demand["ratio"]
    measured = "–" if ratio is None else readable(ratio, unit) if unit else f"{ratio:.2f}"
    must = demand["at_most"] if demand["at_most"] is not None else demand["at_least"]
    holds = WORDS[demand["holds"]] + (", moonshot too" if demand["splendid"] else "")
    name = f"{case['name']}: {demand['variant']}{to}"
    return f"| {name} | {bound(must)} | {bound(demand['moonshot'])} | {measured} | {holds} |"


def figure_rows(case: Mapping[str, Any]) -> list[str]:
    """A row for each kind of figure of a case."""
    rows = []
    for name, figures in case["figures"].items():
        unit = case["units"][name]
        middle, low, high = (
            readable(value, unit) for value in (statistics.median(figures), min(figures), max(figures))
        )
        busy = f"{case['other_work_cores']:.2f}"
        rows.append(f"| {case['name']} | {name} | {middle} | {low} | {high} | {len(figures)} | {busy} |")
    return rows


def left_out(kept: Mapping[str, Any]) -> list[str]:
    """What was not measured, once for each reason."""
    by_reason: dict[str, list[str]] = {}
    for case in kept["cases"]:
        for name, reason in case["left_out"].items():
            by_reason.setdefault(" ".join(reason.split()).replace("|", "/"), []).append(f"{name} ({case['name']})")
    return [f"- not measured, {reason}: {', '.join(names)}" for reason, names in by_reason.items()]


def write_into(page: Path, table: str) -> None:
    """Put a table between the two comments of a page; raises PageError where they are not."""
    text = page.read_text(encoding="utf-8")
    if text.count(START) != 1 or text.count(END) != 1 or text.index(START) > text.index(END):
        raise PageError(f"{page}: needs the lines {START} and {END}, once each")
    before, _, rest = text.partition(START)
    page.write_text(f"{before}{START}\n\n{table}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
