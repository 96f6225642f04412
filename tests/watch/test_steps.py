"""A workflow on a terminal: a row for each running step, its last line in its place, nothing drawn over; words elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.script_runner import ScriptRunner
from tests.terminal import PtySession

ROW = re.compile(r"^[-\\|/] (.+?) +\d+ s$", re.MULTILINE)
WAITING = """
import os
os.mkfifo("go")
flow = Workflow("w")
flow.parallel("both", {"first": $`bash -c 'echo up; cat go'`, "second one": $`sleep 60`.nothrow()})
flow.step("last", lambda: None)
"""


@pytest.fixture
def on_terminal(
    pty_session: Callable[..., PtySession], xsh_argv: list[str], tmp_path: Path
) -> Callable[..., PtySession]:
    """`on_terminal(source)` starts a script in a terminal."""

    def start(source: str, **settings: object) -> PtySession:
        (tmp_path / "script.xsh").write_text(source)
        return pty_session([*xsh_argv, "script.xsh"], **settings)

    return start


def ended(session: PtySession) -> list[str]:
    """The lines on the screen once the program is over, durations made equal."""
    session.wait()
    return [re.sub(r"[\d.]+ m?s\b", "T", line) for line in session.text.splitlines()]


def rows(session: PtySession) -> list[str]:
    """The names of the steps that have a row now."""
    return ROW.findall(session.text)


def test_each_running_step_has_a_row_that_its_last_line_replaces(
    on_terminal: Callable[..., PtySession], tmp_path: Path
) -> None:
    session = on_terminal(WAITING.replace("sleep 60", "cat go2") + 'os.mkfifo("go2")\nawait flow.run()\n')
    session.wait_until(lambda: rows(session) == ["first", "second one"], "two rows")
    assert "first      | up" in session.text
    assert re.search(r"^[-\\|/] second one  \d+ s$", session.text, re.MULTILINE)
    (tmp_path / "go").write_text("down\n")
    session.wait_until(lambda: rows(session) == ["second one"], "one row")
    (tmp_path / "go2").write_text("")
    assert ended(session) == [
        "first      | up",
        "first      | down",
        "✓ first       T",
        "✓ second one  T",
        "✓ last        T",
        "● w succeeded after T: 3 succeeded",
    ]


def test_a_row_counts_its_seconds_and_its_mark_turns(on_terminal: Callable[..., PtySession], tmp_path: Path) -> None:
    session = on_terminal(WAITING + "await flow.run()\n", env={"NO_COLOR": "1"})
    session.wait_until(lambda: bool(re.search(r"^[-\\|/] first       1 s$", session.text, re.MULTILINE)), "a second")
    assert len(set(re.findall(rb"([-\\|/]) first", bytes(session.transcript)))) > 1
    session.send("\x03")
    session.wait()


def test_quick_steps_draw_no_row_and_load_nothing_for_it(on_terminal: Callable[..., PtySession]) -> None:
    source = "flow = Workflow('w').step('a', $`true`).step('b', lambda: 1)\nawait flow.run()\n"
    session = on_terminal(source + "print('prompt_toolkit' in sys.modules)\n")
    assert ended(session) == ["✓ a  T", "✓ b  T", "● w succeeded after T: 2 succeeded", "False"]
    assert not re.search(rb"[-\\|/] [ab] ", bytes(session.transcript))


def test_ctrl_c_leaves_a_clean_terminal(on_terminal: Callable[..., PtySession]) -> None:
    session = on_terminal(WAITING + "await flow.run()\n")
    modes = session.modes
    session.wait_until(lambda: len(rows(session)) == 2, "two rows")
    session.send("\x03")
    lines = ended(session)
    assert session.process.returncode == -2
    assert rows(session) == []
    assert sorted(line for line in lines if line[0] in "✗-●") == [
        "- last        skipped",
        "● w stopped after T: 2 cancelled, 1 skipped",
        "✗ first       T  stopped",
        "✗ second one  T  stopped",
    ]
    assert session.modes == modes
    assert session.living() == []


def test_a_command_of_a_lone_step_is_not_drawn_over(on_terminal: Callable[..., PtySession], tmp_path: Path) -> None:
    source = """
import os
os.mkfifo("go")
flow = Workflow("w")

@flow.step("pack")
async def pack():
    print("be", end="")
    await sleep(0.4)
    print("gin", end=" ")
    $ bash -c 'printf a; cat go; sleep 0.4; echo b'
    await sleep(0.4)

await flow.run()
"""
    session = on_terminal(source)
    session.wait_until(lambda: "gin a" in session.text, "the command")
    assert rows(session) == []
    (tmp_path / "go").write_text("!")
    lines = ended(session)
    assert lines == ["be", "gin a!b", "✓ pack  T", "● w succeeded after T: 1 succeeded"]


def test_a_question_of_a_step_is_not_drawn_over(on_terminal: Callable[..., PtySession]) -> None:
    source = """
flow = Workflow("w")

@flow.step("asking")
async def asking():
    await sleep(0.4)
    return await ask("Which?")

print((await flow.run())["asking"].value)
"""
    session = on_terminal(source)
    session.wait_for("Which?")
    session.send_line("that")
    lines = ended(session)
    assert [line.strip() for line in lines] == [
        "Which? that",
        "✓ asking  T",
        "● w succeeded after T: 1 succeeded",
        "that",
    ]


def test_a_step_may_show_progress_of_its_own(on_terminal: Callable[..., PtySession]) -> None:
    source = """
flow = Workflow("w")

@flow.step("packing")
async def packing():
    for n in progress(range(3), "items"):
        await sleep(0.2)

await flow.run()
"""
    session = on_terminal(source)
    session.wait_until(lambda: "items" in session.text and rows(session) == ["packing"], "both")
    assert ended(session) == ["items: 3 in T", "✓ packing  T", "● w succeeded after T: 1 succeeded"]


def test_a_terminal_that_cannot_move_its_cursor_gets_lines_only(on_terminal: Callable[..., PtySession]) -> None:
    source = "flow = Workflow('w').step('slow', lambda: sleep('500ms'))\nawait flow.run()\n"
    session = on_terminal(source, env={"TERM": "dumb"})
    assert ended(session) == ["✓ slow  T", "● w succeeded after T: 1 succeeded"]
    assert b"\x1b" not in session.transcript


def test_a_log_gets_words_only(script: ScriptRunner) -> None:
    run = script(
        "flow = Workflow('w').step('slow', lambda: sleep('500ms'))\nawait flow.run()\n", env={"TERM": "xterm-256color"}
    )
    lines = [re.sub(r"[\d.]+ m?s\b", "T", line) for line in run.stderr.splitlines()]
    assert lines == ["w: slow started", "w: slow succeeded after T", "w succeeded after T: 1 succeeded"]
    assert run.stdout == ""


def test_a_second_run_on_the_same_screen_has_its_own_rows(on_terminal: Callable[..., PtySession]) -> None:
    source = """
async def one(name):
    await Workflow(name).step("slow " + name, lambda: sleep(0.6)).run()

await gather(lambda: one("a"), lambda: one("b"))
"""
    session = on_terminal(source)
    session.wait_until(lambda: sorted(rows(session)) == ["slow a", "slow b"], "both rows")
    assert sorted(ended(session)) == [
        "● a succeeded after T: 1 succeeded",
        "● b succeeded after T: 1 succeeded",
        "✓ slow a  T",
        "✓ slow b  T",
    ]
