"""The verdict while typing: asked without a disk once PATH has been read."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from xsh.repl.highlight.deciding import Deciding
from xsh.repl.highlight.programs import Programs
from xsh.repl.shell import Shell


def test_a_program_is_looked_up_in_memory_once_path_was_read(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = Programs()
    programs.look()

    def asked(name: str) -> bool:
        raise AssertionError(f"the disk was asked for {name}")

    monkeypatch.setattr(shell, "find", asked)
    deciding = Deciding(shell, programs)
    assert deciding.verdict("cat -n").mode == "command"
    assert deciding.verdict("nosuchprogram -n").mode == "python"


def test_before_path_was_read_the_disk_is_asked(shell: Shell) -> None:
    assert Deciding(shell, Programs()).verdict("cat -n").mode == "command"


def test_a_path_is_asked_for_in_a_thread_and_a_disk_that_hangs_keeps_nobody_waiting(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answers, learnt = threading.Event(), threading.Event(), threading.Event()

    def hang(path: str) -> bool:
        assert threading.current_thread() is not threading.main_thread()
        asked.set()
        return answers.wait(60) and path.endswith("/mount/tool")

    monkeypatch.setattr("xsh.repl.highlight.deciding.is_runnable_path", hang)
    deciding = Deciding(shell, Programs())
    deciding.changed = learnt.set
    try:
        assert deciding.verdict("mount/tool -x").mode == "python"
        assert asked.wait(40)
        assert deciding.verdict("mount/tool -xy").mode == "python"
    finally:
        answers.set()
    assert learnt.wait(40)
    assert deciding.verdict("mount/tool -xy").mode == "command"


def test_what_was_entered_is_decided_by_what_is_there(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tool = tmp_path / "tools" / "tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    deciding = Deciding(shell, Programs())
    assert deciding.entered("tools/tool -x").mode == "command"
    tool.unlink()
    assert deciding.entered("tools/tool -x").mode == "python"
