"""Measures the speed table: `make bench`, `make bench PEERS=1`, `make bench ARGS="empty_script pipeline --docs"`.

Each module of this folder that has a CASE, or CASES by name, takes part. The figures go to `build/bench.json`, the table to
`build/bench.md`, and with --docs into docs/performance.md, beside a plot. `--keep` keeps the cases of the last run that are
not measured now, `--only-docs` measures nothing and writes what was measured last, `--rounds N` is for a quick look.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench.floor import NO_COMPILER
from tests.bench.measure import Case, as_json, measure
from tests.bench.table import as_table, machine, write_into
from tests.bench.workshop import CHECKOUT, BenchmarkError, Workshop, make_workshop

ORDER = (
    "empty_script", "one_command", "twenty_commands", "many_commands", "one_by_one", "eight_at_a_time", "gather_many",
    "many_sleeps", "pipeline", "capture", "lines", "line_function", "transform_memory", "prefixed", "stopping",
    "race_losers", "ctrl_c", "heap",
)  # fmt: skip
"""The order in the table; modules that are not named come after these."""
PAGE, PLOT = CHECKOUT / "docs" / "performance.md", CHECKOUT / "docs" / "images" / "performance.svg"


def find_cases() -> dict[str, Case]:
    """The cases of the modules beside this one, by the names they are asked for with."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("test_"))
    found: dict[str, Case] = {}
    for name in sorted(names, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER)):
        if name == Path(__file__).stem:
            continue
        module = importlib.import_module(f"tests.bench.{name}")
        if hasattr(module, "CASES"):
            found.update(module.CASES)
        elif hasattr(module, "CASE"):
            found[name] = module.CASE
    return found


CASES = find_cases()


def main(arguments: list[str]) -> int:
    """Measure the named cases, or all; the exit code is 0 also where a demand does not hold: figures are for people."""
    asked = parse(arguments)
    if unknown := [name for name in asked.cases if name not in CASES]:
        print(f"bench: no such case: {', '.join(unknown)} (there are: {', '.join(CASES)})", file=sys.stderr)
        return 2
    build = CHECKOUT / "build"
    file = build / "bench.json"
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    failed: list[str] = []
    if not asked.only_docs:
        before = kept if asked.keep else None
        allow_many_descriptors()
        # ignored where this runs in the background, which the programs would inherit and respect
        signal.signal(signal.SIGINT, signal.default_int_handler)
        workshop = make_workshop(build / "bench", peers=bool(os.environ.get("PEERS")))
        kept, failed = measured(asked.cases or list(CASES), workshop, asked.rounds, before)
        file.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    if kept is None:
        print(f"bench: nothing was measured yet: {file} is not there", file=sys.stderr)
        return 2
    table = as_table(kept)
    (build / "bench.md").write_text(table, encoding="utf-8")
    if asked.docs or asked.only_docs:
        write_into(PAGE, table)
        subprocess.run([sys.executable, str(CHECKOUT / "scripts" / "plot"), str(file), str(PLOT)], check=True)
    print(table)
    print("\n".join(failed), file=sys.stderr)
    return 1 if failed else 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("cases", nargs="*", help="the cases to measure (default: all)")
    parser.add_argument("--docs", action="store_true", help="write the table and the plot into docs/")
    parser.add_argument("--only-docs", action="store_true", help="measure nothing, write the last figures into docs/")
    parser.add_argument("--keep", action="store_true", help="keep what was measured last of the other cases")
    parser.add_argument("--rounds", type=int, default=None, help="how many rounds, for every case")
    return parser.parse_args(arguments)


def measured(
    names: list[str], workshop: Workshop, rounds: int | None, before: dict[str, Any] | None
) -> tuple[dict[str, Any], list[str]]:
    """The figures of these cases, over those of an earlier run; and a line for each case that could not be measured."""
    on, failed = machine(), []
    by_name = {case["name"]: case for case in (before["cases"] if before else ())}
    for name in names:
        print(f"bench: {CASES[name].name}", file=sys.stderr, flush=True)
        try:
            by_name[CASES[name].name] = as_json(measure(CASES[name], workshop, rounds))
        except BenchmarkError as error:
            failed.append(f"{CASES[name].name}: not measured: {error}")
    order = [case.name for case in CASES.values()]
    cases = [by_name[name] for name in order if name in by_name]
    notes = [NO_COMPILER] if "Python" in workshop.floors else []
    return {"machine": on, "cases": cases, "notes": [*notes, *(line.splitlines()[0] for line in failed)]}, failed


def allow_many_descriptors() -> None:
    """Raise the soft limit of open files to the hard one, for a thousand commands at once."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
