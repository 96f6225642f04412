"""The fleet of the examples: a failing canary stops the roll-out, the second one goes through, nothing is left."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests import process_table, sshd
from tests.script_runner import CHECKOUT, ScriptRunner

FLEET = CHECKOUT / "docs" / "examples" / "fleet.xsh"
WEB = [f"web{n} | release 2 is fine" for n in range(1, 7)]
needs_sshd = pytest.mark.skipif(not sshd.available(), reason="openssh-server is not installed")


@needs_sshd
def test_the_canary_stops_the_roll_out_and_the_second_one_reaches_all(script: ScriptRunner) -> None:
    run = script(FLEET, timeout=60)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    again = lines.index("== roll out again") + 1
    assert "\n".join(lines[:again]) == (
        "== before\nweb[1-6] (6)\n1\ncat VERSION: 6 succeeded\n"
        "== put\nput: 6 succeeded\n"
        "== roll out\nweb1 (1)\n"
        "sh -c 'tar -xf ../release.tar && ./check': 1 failed (web1), 5 skipped (web[2-6])\n"
        "== mend web1: the disk is full\n"
        "== roll out again"
    )
    batches = [sorted(lines[again + start : again + end]) for start, end in ((0, 1), (1, 3), (3, 5), (5, 6))]
    assert batches == [WEB[0:1], WEB[1:3], WEB[3:5], WEB[5:6]]
    assert lines[again + 6 :] == ["== after", "web[1-6] (6)", "2", "cat VERSION: 6 succeeded"]


@needs_sshd
def test_ctrl_c_in_the_middle_leaves_no_server_and_no_folder(script: ScriptRunner, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    running = script.start(FLEET, env={"TMPDIR": str(temporary)})
    running.wait_for("== before\n")
    running.send_signal(signal.SIGINT)
    assert running.finish().returncode == -signal.SIGINT
    assert list(temporary.iterdir()) == []
    assert [each for each in process_table.pids() if str(temporary).encode() in sshd.command_of(each)] == []


def test_without_a_server_it_says_so(script: ScriptRunner, tmp_path: Path) -> None:
    text = FLEET.read_text(encoding="utf-8")
    file = tmp_path / "fleet.xsh"
    file.write_text(text.replace('shutil.which("sshd"', 'shutil.which("no-sshd"'), encoding="utf-8")
    run = script(file)
    assert (run.returncode, run.stdout) == (3, "")
    assert run.stderr == "fleet: there is no sshd to start here: install openssh-server\n"
