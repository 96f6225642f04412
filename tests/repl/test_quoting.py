"""Names of files as text of a command line: whatever they hold, they come out as one argument."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.repl.decisions import PROGRAMS
from xsh.repl.complete.complete import complete
from xsh.repl.complete.quoting import can_be_typed, escaped, quoted
from xsh.repl.complete.view import View
from xsh.repl.decide.decide import decide
from xsh.repl.decide.known import Known
from xsh.script.source.literal import static_texts
from xsh.script.source.parse import parse

ODD = st.text(alphabet="ab é$`'\"\\{}!~#&|;<>()*?[]=-\t\n\r", min_size=1, max_size=8).filter(lambda name: name != "~")


def argv_of(text: str) -> list[str]:
    """The arguments that a command line gives its program, by xsh's reading of the literal and a real bash."""
    verdict = decide(text, Known((), (), PROGRAMS.__contains__))
    assert verdict.kind == "command", verdict
    assert verdict.error is None, verdict.error
    assert not verdict.rest
    parsed = parse("$ " + verdict.text, "<test>")
    assert len(parsed.marks.statements) == 1
    (static,) = static_texts(parsed.source, parsed.marks.statements[0])
    done = subprocess.run(["bash", "-c", static.replace("echo", "printf '%s\\0'", 1)], capture_output=True, check=True)
    return os.fsdecode(done.stdout).split("\0")[:-1]


@given(st.lists(ODD, min_size=8, max_size=8), st.sampled_from(["", "'", '"', "$'"]))
@settings(max_examples=60)
def test_a_quoted_name_is_exactly_one_argument(names: list[str], quote: str) -> None:
    words = [quoted(name, quote) if quote else escaped(name) for name in names]
    assert argv_of("echo " + " ".join(words)) == names


@given(ODD.filter(lambda name: "/" not in name and name not in (".", "..")), st.sampled_from(["", "'", '"']))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_completed_path_is_exactly_the_name_of_the_file(tmp_path: Path, name: str, quote: str) -> None:
    folder = tmp_path / "odd"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    (folder / name).touch()
    text = f"echo {quote}{folder}/" + ("." if name.startswith(".") else "")
    view = View(Known((), (), PROGRAMS.__contains__))
    (found,) = complete(text, len(text), view)
    after = text[: found.start] + found.text
    assert argv_of(after) == [f"{folder}/{name}"]


@pytest.mark.parametrize(("name", "good"), [("a", True), ("a b", True), ("", False), ("a\0", False), ("\udcff", False)])
def test_a_name_that_is_no_text_is_not_offered(name: str, good: bool) -> None:
    assert can_be_typed(name) is good
