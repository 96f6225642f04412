"""Hints for errors that a shell's habits explain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.script.stub_names import run
from xsh.script.frames import hint_for

ENVIRON = {"HOME": "/root", "EDITOR": "vi"}


def hint(source: str, tmp_path: Path) -> str | None:
    path = tmp_path / "script.xsh"
    path.write_text(source)
    with pytest.raises(BaseException) as caught:
        run(source, str(path))
    return hint_for(caught.value, ENVIRON)


CASES = [
    (
        "x = $`echo ${HOME}`",
        "${HOME} is a hole and takes a Python name: for the environment variable write $HOME or \\${HOME}",
    ),
    (
        "$ echo a ${ EDITOR } b",
        "${EDITOR} is a hole and takes a Python name: for the environment variable write $EDITOR or \\${EDITOR}",
    ),
    ("def f():\n    return $```\n  ${[HOME]}\n```\nf()", "${HOME} is a hole and takes a Python name"),
    ("print(HOME)", 'HOME is an environment variable: in Python it is $.env["HOME"]'),
    ("x = $`echo $HOME`, HOME", 'HOME is an environment variable: in Python it is $.env["HOME"]'),
    ("x = $`echo ${USERNAME}`", None),
    ("1/0", None),
    ("raise NameError('HOME')", None),
    ("class A:\n    pass\nA().HOME", None),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_hint(source: str, expected: str | None, tmp_path: Path) -> None:
    found = hint(source, tmp_path)
    assert found == expected if expected is None else found is not None and found.startswith(expected)


def test_an_error_that_was_never_raised() -> None:
    assert hint_for(NameError("name 'HOME' is not defined", name="HOME"), ENVIRON) == (
        'HOME is an environment variable: in Python it is $.env["HOME"]'
    )
