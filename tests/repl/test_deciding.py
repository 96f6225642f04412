"""The verdict while typing: asked without a disk once PATH has been read."""

from __future__ import annotations

import pytest

from xsh.repl.deciding import Deciding
from xsh.repl.programs import Programs
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
