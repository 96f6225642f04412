"""Each benchmark runs, with sizes too small to say anything; and ratios, verdicts and the table come out right."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.bench.floor import floor, prepare_floor
from tests.bench.measure import Case, Limit, Report, as_json, measure, other_work
from tests.bench.run import CASES, main, measured
from tests.bench.table import END, START, PageError, as_table, machine, readable, write_into
from tests.bench.workshop import CHECKOUT, BenchmarkError, Workshop
from tests.script_runner import ScriptRunner


@pytest.fixture
def workshop(tmp_path: Path, script: ScriptRunner) -> Workshop:
    """The checkout's own xsh, and nothing installed."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    launcher = (sys.executable, str(CHECKOUT / "scripts" / "xsh"))
    return Workshop(launcher, sys.executable, folder, tiny=True, env=script.environment())


@pytest.mark.parametrize("name", CASES)
def test_each_case_runs(name: str, workshop: Workshop) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    case = CASES[name]
    found = measure(case, workshop, rounds=1)
    assert all(figure != 0 or "CPU" in key for key, figures in found.figures.items() for figure in figures)
    assert set(case.variants) - set(found.left_out) <= set(found.figures)
    unmeasured = [verdict.limit for verdict in found.verdicts() if verdict.ratio is None]
    assert all(workshop.is_peer(limit.base or "") or "CPU" in limit.variant for limit in unmeasured)
    assert f"| {case.name} |" in as_table(kept(found))


def report(figures: dict[str, list[float]], limit: Limit | None = None) -> Report:
    """A report of a case with one demand."""
    case = Case(
        "spawning",
        "s",
        {"ours": lambda _: 1.0, "theirs": lambda _: 1.0},
        (limit or Limit("ours", "theirs", 1.5),),
        rounds=3,
        also={"memory": "KiB"},
    )
    return Report(case, figures, other_work=0.25, left_out={"zx": "only with PEERS=1"})


def kept(report: Report) -> dict[str, Any]:
    """What is written of a run with one case."""
    whole: dict[str, Any] = json.loads(json.dumps({"machine": machine(), "cases": [as_json(report)], "notes": []}))
    return whole


def test_a_demand_is_a_ratio_of_medians() -> None:
    (verdict,) = report({"ours": [1, 9, 2], "theirs": [1, 1, 2]}).verdicts()
    assert (verdict.ratio, verdict.holds) == (2, False)


@pytest.mark.parametrize(
    ("limit", "ratio", "holds", "splendid"),
    [
        (Limit("ours", "theirs", at_least=0.9, moonshot=1.1), 1.0, True, False),
        (Limit("ours", "theirs", at_least=1.2, moonshot=2), 1.0, False, False),
        (Limit("ours", "theirs", 1.5, moonshot=1.0), 1.0, True, True),
        (Limit("ours", None, at_least=5), 3.0, False, None),
        (Limit("ours, memory", None, 8), 6.0, True, None),
        (Limit("ours", "zx", 8), None, None, None),
    ],
)
def test_a_demand_is_met_by_what_it_names(
    limit: Limit, ratio: float | None, holds: bool | None, splendid: bool | None
) -> None:
    (verdict,) = report({"ours": [3.0], "theirs": [3.0], "ours, memory": [6.0]}, limit).verdicts()
    assert (verdict.ratio, verdict.holds, verdict.splendid) == (ratio, holds, splendid)


@pytest.mark.parametrize(
    ("ours", "says"), [([1.5], "| 1.50 | yes |"), ([1.51], "| 1.51 | **no** |"), ([], "| – | not measured |")]
)
def test_the_table_says_which_demands_hold(ours: list[float], says: str) -> None:
    table = as_table(kept(report({"ours": ours, "theirs": [1.0]} if ours else {"theirs": [1.0]})))
    assert f"| spawning: ours to theirs | ≤ 1.5 |  {says}" in table


def test_the_table_names_what_was_left_out_and_why() -> None:
    table = as_table(kept(report({"ours": [1.0], "ours, memory": [5.25]})))
    assert "- not measured, only with PEERS=1: zx (spawning)" in table
    assert "| spawning | ours, memory | 5.25 KiB |" in table


def test_the_table_goes_between_two_comments_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{START}\nold\n{END}\nafter\n")
    write_into(page, "| new |\n")
    write_into(page, "| newer |\n")
    assert page.read_text() == f"before\n{START}\n\n| newer |\n\n{END}\nafter\n"
    page.write_text("none")
    with pytest.raises(PageError, match="figures begin"):
        write_into(page, "")


def test_the_plot_is_drawn_from_the_kept_figures(tmp_path: Path) -> None:
    figures, picture = tmp_path / "bench.json", tmp_path / "plot.svg"
    figures.write_text(json.dumps(kept(report({"ours": [2.0], "theirs": [1.0]}))))
    subprocess.run([sys.executable, CHECKOUT / "scripts" / "plot", figures, picture], check=True)
    drawn = picture.read_text(encoding="utf-8")
    assert ET.fromstring(drawn).tag.endswith("svg")
    assert "spawning: ours to theirs" in drawn


@pytest.mark.parametrize(
    ("figure", "unit", "says"), [(0.01304, "s", "13 ms"), (2.204, "s", "2.2 s"), (1234.5, "µs", "1,234 µs")]
)
def test_a_figure_is_written_to_be_read(figure: float, unit: str, says: str) -> None:
    assert readable(figure, unit) == says


def test_the_figures_are_kept_for_programs() -> None:
    (case,) = kept(report({"ours": [3.0], "theirs": [2.0]}))["cases"]
    assert case["figures"] == {"ours": [3.0], "theirs": [2.0]}
    assert case["demands"][0]["holds"] is True


def test_what_was_measured_before_is_kept_where_asked_for(workshop: Workshop) -> None:
    first, _ = measured(["empty_script"], workshop, 1, None)
    both, failed = measured(["race_losers"], workshop, 1, first)
    assert [case["name"] for case in both["cases"]] == [CASES["empty_script"].name, CASES["race_losers"].name]
    assert not failed


def test_the_floor_is_there_without_a_compiler(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: "/bin/true" if name == "true" else None)
    prepare_floor(workshop)
    assert list(workshop.floors) == ["Python"]
    assert floor(workshop, 5, 2, 2)[""] > 0


def test_variants_take_turns_after_one_run_that_does_not_count(workshop: Workshop) -> None:
    order: list[str] = []

    def variant(name: str) -> float:
        order.append(name)
        return float(len(order))

    case = Case("turns", "s", {"a": lambda _: variant("a"), "b": lambda _: variant("b")}, (), rounds=2)
    assert measure(case, workshop).figures == {"a": [3, 5], "b": [4, 6]}
    assert order == ["a", "b"] * 3


def test_a_peer_that_is_not_installed_is_left_out(workshop: Workshop) -> None:
    case = Case("peers", "s", {"xsh": lambda _: 1.0, "zx": lambda _: 1.0}, (Limit("xsh", "zx", 1),), rounds=1)
    found = measure(case, workshop)
    assert [verdict.holds for verdict in found.verdicts()] == [None]
    assert found.left_out == {"zx": "only with PEERS=1"}


def test_a_peer_that_fails_is_left_out_and_anything_else_that_fails_is_an_error(workshop: Workshop) -> None:
    def fail(_: Workshop) -> float:
        raise BenchmarkError("exit 1")

    workshop.peers["zx"] = ("zx",)
    case = Case("peers", "s", {"xsh": lambda _: 1.0, "zx": fail}, (), rounds=1)
    assert measure(case, workshop).left_out == {"zx": "failed: exit 1"}
    with pytest.raises(BenchmarkError, match="exit 1"):
        measure(Case("ours", "s", {"xsh": fail}, (), rounds=1), workshop)


def test_the_work_of_others_is_what_we_did_not_do() -> None:
    assert other_work((10, 100, 50), (20, 115, 55)) == 1.0


def test_a_program_that_fails_is_not_a_figure(workshop: Workshop) -> None:
    with pytest.raises(BenchmarkError, match="exit 3"):
        workshop.wall(sys.executable, "-c", "raise SystemExit(3)")
    with pytest.raises(BenchmarkError, match="exit 4"):
        workshop.said(sys.executable, "-c", "raise SystemExit(4)")


def test_an_unknown_case_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing"]) == 2
    assert "no such case: nothing" in capsys.readouterr().err
