"""Every pattern runs alone, writes to stdout what its comment says, in the time it says, and is no longer than people write it elsewhere."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.docs.pages import DURATION
from tests.script_runner import CHECKOUT, ScriptRunner
from xsh.words.duration import parse_duration

FOLDER = CHECKOUT / "docs" / "examples" / "patterns"
LINES = {
    "as_they_come": 26,
    "barrier": 54,
    "batches": 27,
    "events": 54,
    "fallback": 21,
    "follow_log": 29,
    "limiter": 38,
    "mixed": 21,
    "parallel": 12,
    "parallel_results": 12,
    "pipeline": 56,
    "progress_updates": 58,
    "queue": 46,
    "race_timeout": 21,
    "semaphore": 48,
    "sequential": 12,
    "settled": 32,
}
"""The patterns, and how many lines each has in the usual cookbook of JavaScript."""

EARLY, LATE = 0.3, 1.5
"""Seconds by which a duration may fall short of the one shown, and exceed it on a busy machine."""


def read_pattern(name: str) -> tuple[str, list[str], bool]:
    """The program, the lines it shows, and whether their order is open."""
    text = (FOLDER / f"{name}.xsh").read_text(encoding="utf-8")
    code, heading, shown = re.split(r"^(# Output.*:)\n", text, maxsplit=1, flags=re.MULTILINE)
    return code, [line.removeprefix("#").removeprefix("   ") for line in shown.splitlines()], "any order" in heading


def split_durations(line: str) -> tuple[str, list[float]]:
    """A line with its durations taken out, and those in seconds."""
    found = [parse_duration(text[0].replace(" ", "")) for text in DURATION.finditer(line)]
    return DURATION.sub("<time>", line), found


def same(shown: str, line: str) -> bool:
    """Whether a line is as shown: `…` stands for any text, a duration for one that is about as long."""
    wanted, times = split_durations(shown)
    given, taken = split_durations(line)
    text = ".*".join(re.escape(part) for part in re.split(r"(?<=/)…|…(?=/)|(?<= )…(?=$)", wanted))
    return (
        (re.fullmatch(text, given) is not None or wanted == given)
        and len(times) == len(taken)
        and all(want - EARLY <= took <= want + LATE for want, took in zip(times, taken, strict=True))
    )


def test_the_table_names_every_pattern() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(LINES)


@pytest.mark.parametrize("name", LINES)
def test_a_pattern_shows_what_it_says(name: str, script: ScriptRunner) -> None:
    _, shown, any_order = read_pattern(name)
    run = script(FOLDER / f"{name}.xsh", timeout=40)
    lines = run.stdout.splitlines()
    assert run.returncode == 0, run.stdout
    if any_order:
        shown, lines = sorted(shown), sorted(lines)
    different = [(want, got) for want, got in zip(shown, lines, strict=False) if not same(want, got)]
    assert (different, len(lines)) == ([], len(shown)), run.stdout


@pytest.mark.parametrize("name", LINES)
def test_a_pattern_is_no_longer_than_its_counterpart(name: str) -> None:
    code, _, _ = read_pattern(name)
    assert len(code.rstrip().splitlines()) <= LINES[name]


def test_a_wrong_line_or_time_is_not_the_same() -> None:
    assert same("ok after 1.0 s in …/app", "ok after 1.31 s in /tmp/x/app")
    assert not same("ok after 1.0 s", "ok after 3.0 s")
    assert not same("ok after 3.0 s", "ok after 1.0 s")
    assert not same("ok", "not ok")


def test_ctrl_c_ends_a_followed_log_cleanly(script: ScriptRunner, tmp_path: Path) -> None:
    code, _, _ = read_pattern("follow_log")
    endless = code.replace(" | head -n 3", "")
    assert endless != code
    running = script.start(endless)
    running.wait_for("not JSON")
    running.send_signal(signal.SIGINT)
    run = running.finish()
    assert (run.returncode, run.stderr) == (-signal.SIGINT, "")
    assert run.stdout == "[info] up\n[info] busy\nnot JSON\n"
