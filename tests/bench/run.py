"""Measures the speed table and prints it: `make bench`, `make bench ARGS="empty_script"`, `PEERS=1 make bench`."""

from __future__ import annotations

import json
import os
import sys

from tests.bench import (
    empty_script,
    gather_many,
    many_commands,
    many_sleeps,
    one_command,
    pipeline,
    prefixed,
    race_losers,
    sleeps_memory,
    ssh_many,
    ssh_stream,
    ssh_warm,
    transform_memory,
)
from tests.bench.measure import Case, Report, as_json, as_table, machine, measure
from tests.bench.workshop import CHECKOUT, BenchmarkError, make_workshop

CASES: dict[str, Case] = {
    module.__name__.rpartition(".")[2]: module.CASE
    for module in (
        empty_script,
        one_command,
        many_commands,
        pipeline,
        prefixed,
        transform_memory,
        gather_many,
        race_losers,
        many_sleeps,
        sleeps_memory,
        ssh_warm,
        ssh_many,
        ssh_stream,
    )
}
CASES["prefixed_memory"] = prefixed.MEMORY_CASE
CASES["ssh_lines"] = ssh_stream.LINES_CASE


def main(names: list[str]) -> int:
    """Measure the named cases, or all; the exit code is 0 also where a demand does not hold: figures are for people."""
    unknown = [name for name in names if name not in CASES]
    if unknown:
        print(f"bench: no such case: {', '.join(unknown)} (there are: {', '.join(CASES)})", file=sys.stderr)
        return 2
    build = CHECKOUT / "build"
    on = machine()
    reports: list[Report] = []
    failed = []
    workshop = make_workshop(build / "bench", peers=bool(os.environ.get("PEERS")))
    for name in names or CASES:
        print(f"bench: {CASES[name].name}", file=sys.stderr)
        try:
            reports.append(measure(CASES[name], workshop))
        except BenchmarkError as error:
            failed.append(f"{CASES[name].name}: not measured: {error}")
    table = as_table(reports, on)
    (build / "bench.json").write_text(json.dumps(as_json(reports, on), indent=1), encoding="utf-8")
    (build / "bench.md").write_text(table, encoding="utf-8")
    print(table)
    print("\n".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
