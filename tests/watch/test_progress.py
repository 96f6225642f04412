"""How far things are: live rows on a terminal, plain lines elsewhere, nothing left over and nothing drawn over."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.script_runner import ScriptRunner
from tests.terminal import PtySession
from xsh.watch import meter as meters
from xsh.watch.meter import Meter, PlainLines

Start = Callable[..., PtySession]


@pytest.fixture
def on_terminal(pty_session: Start, xsh_argv: list[str], tmp_path: Path) -> Callable[..., PtySession]:
    """`on_terminal(source)` starts a script in a terminal."""

    def start(source: str, **settings: object) -> PtySession:
        (tmp_path / "script.xsh").write_text(source)
        return pty_session([*xsh_argv, "script.xsh"], **settings)

    return start


def ended(session: PtySession) -> list[str]:
    """The lines on the screen once the program is over, durations made equal."""
    session.wait()
    return [re.sub(r"[\d.]+ m?s$", "T", line) for line in session.text.splitlines()]


# -- elsewhere than on a terminal ----------------------------------------------------------------------------------


PLAIN = {
    "a loop": ("for n in progress(range(3), 'items'): print(n)", r"items: 3 in [\d.]+ m?s\n"),
    "an iterator": ("for n in progress(iter('abc'), 'items'): pass", r"items: 3 in [\d.]+ m?s\n"),
    "nothing": ("for n in progress([], 'items'): pass", r"items: 0 in [\d.]+ m?s\n"),
    "a loop left early": (
        "for n in progress(range(3), 'items'):\n    if n == 1: break",
        r"items: stopped at 1/3 after [\d.]+ m?s\n",
    ),
    "lines as they come": ("async for line in progress($`seq 3`, 'lines'): pass", r"lines: 3 in [\d.]+ m?s\n"),
    "a sync iterable in an async loop": (
        "async for n in progress(range(3), 'items'): pass",
        r"items: 3 in [\d.]+ m?s\n",
    ),
    "jobs": ("assert len(await progress([$`true`, $`true`], 'jobs')) == 2", r"jobs: 2 in [\d.]+ m?s\n"),
    "gather": ("assert len(await gather($`true`, $`true`, progress='jobs')) == 2", r"jobs: 2 in [\d.]+ m?s\n"),
    "settle": ("r = await progress(settle($`true`, $`false`), 'jobs')", r"jobs: 2 in [\d.]+ m?s\n"),
    "outcomes": (
        "async for o in progress(as_completed($`true`, $`false`), 'jobs'): pass",
        r"jobs: 2 in [\d.]+ m?s\n",
    ),
    "a total": (
        "for n in progress(iter('abc'), 'items', total=4): pass",
        r"items: 3/4 in [\d.]+ m?s\n",
    ),
    "a spinner": ("with spinner('fetching'):\n    $ true", r"fetching …\nfetching: done in [\d.]+ m?s\n"),
    "a spinner left by an error": (
        "try:\n    with spinner('fetching'):\n        raise OSError\nexcept OSError: pass",
        r"fetching …\nfetching: stopped after [\d.]+ m?s\n",
    ),
    "a failure": (
        "try: await gather($`true`, $`sleep 30`, $`false`, limit=2, progress='jobs')\nexcept CommandFailed: pass",
        r"jobs: stopped at \d/3 after [\d.]+ m?s\n",
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_lines_say_how_it_went(name: str, script: ScriptRunner) -> None:
    source, says = PLAIN[name]
    run = script(source + "\n")
    assert re.fullmatch(says, run.stderr), run.stderr
    assert run.returncode == 0


def test_a_plain_line_comes_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    now = 1000.0
    monkeypatch.setattr(meters, "line", said.append)
    monkeypatch.setattr(meters.time, "monotonic", lambda: now)
    meter = Meter("items", 100)
    meter.view = PlainLines()
    meter.view.add(meter)
    meter.running[0] = ("cc a.c", now)
    for _ in range(12):
        now += 1
        meter.advance()
    meter.close(well=False)
    assert said == [
        "items: 5/100, 1.0/s, 1 m 35 s left · cc a.c",
        "items: 10/100, 1.0/s, 1 m 30 s left · cc a.c",
        "items: stopped at 12/100 after 12 s",
    ]


def test_prompt_toolkit_is_loaded_for_a_terminal_only(script: ScriptRunner) -> None:
    run = script("import sys\nfor n in progress(range(3)): pass\nprint('prompt_toolkit' in sys.modules)\n")
    assert run.stdout == "False\n"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("progress(3)", "progress takes something to iterate or jobs, not int"),
        ("for line in progress($`ls`): pass", "use `async for`"),
    ],
)
def test_what_cannot_be_counted_is_refused(source: str, says: str, script: ScriptRunner) -> None:
    run = script(source + "\n")
    assert run.returncode == 1
    assert f"TypeError: {says}" in run.stderr or says in run.stderr


# -- on a terminal -------------------------------------------------------------------------------------------------


def test_a_loop_has_a_bar_under_what_it_prints(on_terminal: Callable[..., PtySession], tmp_path: Path) -> None:
    source = """
import os
os.mkfifo("go")
for n in progress(range(4), "items"):
    print("item", n)
    if n == 2: assert (await $`cat go`).text == "on"
"""
    session = on_terminal(source)
    session.wait_until(lambda: "item 2\nitems  50.0% [" in session.text, "the bar under the items")
    assert re.search(r"items  50\.0% \[=+> +\] 2/4, [\d.]+/s, \d+ m?s left$", session.text)
    (tmp_path / "go").write_text("on")
    assert ended(session) == ["item 0", "item 1", "item 2", "item 3", "items: 4 in T"]


def test_each_running_job_has_a_row_under_the_lines(on_terminal: Callable[..., PtySession], tmp_path: Path) -> None:
    source = """
import os
os.mkfifo("go")
await gather(
    $`bash -c 'echo one; cat go'`.label("a"),
    $`bash -c 'echo two'`.label("b"),
    $`bash -c 'echo three'`.label("c"),
    limit=2, progress="build",
)
"""
    session = on_terminal(source, env={"NO_COLOR": "1"})
    rows = re.compile(r"\nbuild  66\.7% \[=+> +\] 2/3, [^\n]*\n  [-\\|/] a  \d+ s$")
    session.wait_until(lambda: rows.search(session.text) is not None, "rows")
    lines = session.text.splitlines()[:-2]
    assert sorted(lines) == ["a | one", "b | two", "c | three"]
    (tmp_path / "go").write_text("four\n")
    assert sorted(ended(session)) == ["a | four", "a | one", "b | two", "build: 3 in T", "c | three"]


def test_a_command_with_the_terminal_to_itself_is_not_drawn_over(on_terminal: Callable[..., PtySession]) -> None:
    session = on_terminal('for n in progress(range(2), "items"):\n    $ bash -c "printf a; sleep 0.3; echo b"\n')
    assert ended(session) == ["ab", "ab", "items: 2 in T"]


def test_two_loops_share_the_screen(on_terminal: Callable[..., PtySession]) -> None:
    source = """
both = Barrier(3)

async def walk(name):
    for n in progress(range(2), name):
        if n == 1: await both.wait()

async def look():
    await sleep(0.2)
    await both.wait()

await gather(walk("one"), walk("two"), look())
"""
    session = on_terminal(source)
    session.wait_until(lambda: {"one", "two"} <= {line.split()[0] for line in session.text.splitlines()}, "both bars")
    assert sorted(ended(session)) == ["one: 2 in T", "two: 2 in T"]


def test_a_spinner_turns_and_leaves_a_line(on_terminal: Callable[..., PtySession]) -> None:
    session = on_terminal('with spinner("fetching"):\n    await sleep(0.5)\n')
    assert ended(session) == ["fetching: done in T"]
    assert len(set(re.findall(rb"([-\\|/]) .{0,9}fetching", bytes(session.transcript)))) > 1


@pytest.mark.parametrize(
    "body",
    [
        "import time\nfor n in progress(range(2), 'items'):\n    print('x', n)\n    if n: time.sleep(30)",
        "await gather($`sh -c 'echo x 1; sleep 30'`.label('a'), $`sleep 31`, progress='items')",
        "with spinner('items'):\n    print('x 1')\n    await sleep(30)",
    ],
    ids=["loop", "jobs", "spinner"],
)
def test_ctrl_c_leaves_a_clean_terminal(body: str, on_terminal: Callable[..., PtySession]) -> None:
    session = on_terminal(body + "\n", env={"NO_COLOR": "1"})
    modes = session.modes
    session.wait_for("x 1")
    session.send("\x03")
    lines = ended(session)
    assert session.process.returncode == -2
    assert lines[-1].startswith("items: stopped ")
    assert not any(re.match(r"[-\\|/] items|items +\d+\.\d%|  [-\\|/] ", line) for line in lines)
    assert session.modes == modes
    assert session.living() == []


def test_an_error_is_told_under_a_clean_screen(on_terminal: Callable[..., PtySession]) -> None:
    session = on_terminal("for n in progress(range(2), 'items'):\n    $ false\n")
    lines = ended(session)
    assert session.process.returncode == 1
    assert lines[0].startswith("items: stopped at 0/2") or lines[0].startswith("false: exit 1")
    assert not any("%" in line for line in lines)


def test_more_rows_than_the_terminal_has_are_counted(on_terminal: Callable[..., PtySession]) -> None:
    session = on_terminal("await gather(*[$`sleep 1`.label(f'job{n}') for n in range(30)], progress='all')\n", rows=10)
    session.wait_for("… and 24 more")
    assert ended(session) == ["all: 30 in T"]


def test_a_narrow_terminal_keeps_each_row_in_one_line(on_terminal: Callable[..., PtySession]) -> None:
    session = on_terminal(
        "await gather(*[$`sleep 1`.label('a long label ' * 2) for n in range(2)], progress='a name')\n", cols=20
    )
    session.wait_until(lambda: len(session.text.splitlines()) == 3, "three rows")
    assert ended(session) == ["a name: 2 in T"]


def test_what_is_printed_without_an_end_is_not_lost(on_terminal: Callable[..., PtySession]) -> None:
    session = on_terminal('for n in progress(range(3), "items"):\n    print(n, end=" ")\nprint()\n')
    assert "0 1 2" in " ".join(ended(session))


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(on_terminal: Callable[..., PtySession]) -> None:
    session = on_terminal("for n in progress(range(3), 'items'): print(n)\n", env={"TERM": "dumb"})
    assert ended(session) == ["0", "1", "2", "items: 3 in T"]
    assert b"\x1b" not in session.transcript
