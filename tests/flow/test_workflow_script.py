"""Workflows in scripts: what the user sees, Ctrl-C, the pipeline of the cookbook."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.script_runner import ScriptRunner

PIPELINE = """\
flow = Workflow("package")
flow.step("clean", $`rm -rf dist`)
flow.step("build", $`mkdir dist && echo built > dist/app`, undo=$`rm -r dist`)
flow.step("test", lambda context: $`grep -q ${context["word"]} dist/app`)
flow.step("pack", $`tar cf app.tar dist`)
report = await flow.run({"word": argv[0]})
print(report.ok, len(report))
"""


def test_the_pipeline_of_the_cookbook_is_ten_lines(script: ScriptRunner) -> None:
    assert len(PIPELINE.splitlines()) <= 10
    done = script(PIPELINE, "built")
    assert done.stdout == "True 4\n"
    assert done.returncode == 0
    assert (script.folder / "app.tar").exists()
    assert [line.split(" after")[0] for line in done.stderr.splitlines()][-2:] == [
        "package: pack succeeded",
        "package succeeded",
    ]
    done = script(PIPELINE, "absent")
    assert done.returncode == 1
    assert "package: pack skipped" in done.stderr
    assert "package: build undone" in done.stderr
    assert "in step 'test' of 'package'" in done.stderr
    assert not (script.folder / "dist").exists()


def test_output_of_a_phase_is_labelled_and_that_of_a_lone_step_is_not(script: ScriptRunner) -> None:
    done = script(
        "flow = Workflow('w')\nflow.step('a', $`echo alone`)\n"
        "flow.parallel('p', {'one': $`echo 1`, 'three': $`echo 3`}, limit=1)\nawait flow.run()\n"
    )
    assert done.stdout == "alone\none   | 1\nthree | 3\n"


INTERRUPTED = """
flow = Workflow("w")
flow.step("a", $`touch a`, undo=$`echo undoing; until [ -e go ]; do sleep 0.01; done; rm a; echo undone`)
flow.step("b", $`true`, undo=$`echo b`)
flow.step("long", {job})
await flow.run()
"""


@pytest.mark.parametrize(("job", "waits_for"), [("$`echo ready; sleep 60`", "ready"), ("$`false`", "undoing")])
def test_ctrl_c_undoes_and_does_not_cut_an_undo_short(script: ScriptRunner, job: str, waits_for: str) -> None:
    running = script.start(INTERRUPTED.format(job=job))
    running.wait_for(waits_for)
    running.send_signal(signal.SIGINT)
    running.wait_for("undoing")
    (script.folder / "go").touch()
    done = running.finish()
    assert done.stdout.endswith("b\nundoing\nundone\n")
    assert done.returncode == -signal.SIGINT
    assert not (script.folder / "a").exists()


def test_a_terminal_shows_one_line_a_step_and_a_summary(pty_session: Any, xsh_argv: list[str], tmp_path: Path) -> None:
    (tmp_path / "w.xsh").write_text(
        "flow = Workflow('w')\nflow.step('one', $`true`, undo=$`true`)\nflow.step('three', $`false`)\n"
        "flow.step('four', $`true`)\ntry:\n    await flow.run()\nexcept CommandError: pass\n"
    )
    session = pty_session([*xsh_argv, "w.xsh"])
    session.wait()
    starts = [line[:7] for line in session.screen if line]
    assert starts == ["✓ one  ", "✗ three", "- four ", "↶ one  ", "● w fai"]
    assert "\x1b[32m✓\x1b[0m" in bytes(session.transcript).decode()


def test_a_secret_is_masked_in_the_lines_of_steps(script: ScriptRunner) -> None:
    done = script("word = $.secret('hunter2')\nawait Workflow('w').step('is hunter2', $`true`).run()\n")
    assert "hunter2" not in done.stderr
    assert "is ***" in done.stderr
