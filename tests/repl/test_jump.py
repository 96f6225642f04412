"""`z`: which directory the words mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.repl.terminal import Terminal, squashed
from xsh.repl.commands.jump import frecency, matches, ranked

HOUR, DAY, WEEK = 3600.0, 86400.0, 604800.0


@pytest.mark.parametrize(
    ("path", "words", "found"),
    [
        ("/home/me/src/xsh", ["xsh"], True),
        ("/home/me/src/xsh", ["src"], False),
        ("/home/me/src/xsh", ["src", "x"], True),
        ("/home/me/src/xsh", ["x", "src"], False),
        ("/home/me/src/xsh", ["src/x"], True),
        ("/home/me/Xsh", ["xsh"], True),
        ("/home/me/xsh", ["Xsh"], False),
        ("/home/me", [], True),
    ],
)
def test_words_stand_in_the_path_in_their_order(path, words, found):
    assert matches(path, words) is found


def test_what_is_used_often_and_lately_comes_first():
    directories = [("/old/a", 100, 0.0), ("/new/a", 10, 9 * WEEK), ("/now/a", 8, 10 * WEEK)]
    assert [path for _, path in ranked(directories, ["a"], 10 * WEEK)] == ["/now/a", "/old/a", "/new/a"]


@given(st.integers(1, 1000), st.floats(0, 1e9), st.floats(0, 1e9))
def test_a_later_use_never_counts_less(count, first, second):
    early, late = sorted((first, second))
    assert frecency(count, late, 1e9) >= frecency(count, early, 1e9)
    assert frecency(count + 1, late, 1e9) > frecency(count, late, 1e9)


def test_it_goes_to_a_directory_of_the_history(prompt: Terminal, tmp_path: Path) -> None:
    for name in ("projects/alpha", "projects/beta", "other/beta-two"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("projects/alpha", "projects/beta"):
        prompt.run(f"cd {tmp_path / name}")
        prompt.run("true")
    prompt.run("cd /")
    assert prompt.output_of("z alph") == str(tmp_path / "projects/alpha")
    assert prompt.output_of("pwd") == str(tmp_path / "projects/alpha")
    assert prompt.output_of("z proj bet") == str(tmp_path / "projects/beta")
    assert "projects/alpha" in squashed(prompt.output_of("z -l alpha"))
    (tmp_path / "projects/alpha").rmdir()
    assert prompt.output_of("z alpha") == "z: no directory of the history matches alpha"
    assert prompt.before_cursor.endswith("[1] > ")
