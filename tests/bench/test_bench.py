"""Each benchmark runs, with sizes too small to say anything; and ratios, verdicts and the table come out right."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.architecture.checkout import need_module
from tests.bench.measure import Case, Limit, Report, as_json, as_table, machine, measure, other_work, readable
from tests.bench.run import CASES, main
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
    need_module("xsh.cli")
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    report = measure(CASES[name], workshop, rounds=1)
    assert report.figures
    assert all(figure > 0 for figures in report.figures.values() for figure in figures)
    assert "| xsh" in as_table([report], machine()) or "memory" in name


def report(figures: dict[str, list[float]]) -> Report:
    """A report of a case with one demand."""
    case = Case("spawning", "s", {}, (Limit("ours", "theirs", 1.5),), rounds=3)
    return Report(case, figures, other_work=0.25)


def test_a_demand_is_a_ratio_of_medians() -> None:
    (verdict,) = report({"ours": [1, 9, 2], "theirs": [1, 1, 2]}).verdicts()
    assert (verdict.ratio, verdict.holds) == (2, False)


@pytest.mark.parametrize(
    ("ours", "says"), [([1.5], "| 1.50 | yes |"), ([1.51], "| 1.51 | **no** |"), ([], "| – | not measured |")]
)
def test_the_table_says_which_demands_hold(ours: list[float], says: str) -> None:
    table = as_table([report({"ours": ours, "theirs": [1.0]} if ours else {"theirs": [1.0]})], machine())
    assert f"| spawning: ours to theirs | 1.5 {says}" in table


@pytest.mark.parametrize(
    ("figure", "unit", "says"), [(0.01304, "s", "13 ms"), (2.204, "s", "2.2 s"), (1234.5, "µs", "1234 µs")]
)
def test_a_figure_is_written_to_be_read(figure: float, unit: str, says: str) -> None:
    assert readable(figure, unit) == says


def test_the_figures_are_kept_for_programs() -> None:
    kept = json.loads(json.dumps(as_json([report({"ours": [3.0], "theirs": [2.0]})], machine())))
    assert kept["cases"][0]["figures"] == {"ours": [3.0], "theirs": [2.0]}
    assert kept["cases"][0]["demands"][0]["holds"] is True


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
    assert [verdict.holds for verdict in measure(case, workshop).verdicts()] == [None]


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
