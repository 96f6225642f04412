"""How commands are shown: what a shell would read back, with the values in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.words import shells
from tests.words.corpus import VALUES
from tests.words.test_attacks import BASH, EXACT
from xsh.words.display import LONGEST, display
from xsh.words.raw import Raw
from xsh.words.render import ShellText
from xsh.words.split import split


@pytest.mark.parametrize(
    ("strings", "values", "shown"),
    [
        (("git log -n ", ""), [3], "git log -n 3"), (("ls ", ""), ["a b"], "ls 'a b'"), (("x --a=", ""), [["1", "2 3"]], "x --a=1 '--a=2 3'"),
        (("cd ", " && ls"), ["a b"], "cd 'a b' && ls"), (('cd x; y "a ', '"'), ['$b "c"'], 'cd x; y "a \\$b \\"c\\""'),
        (("cd x; y 'a ", "'"), ["it's"], "cd x; y 'a it'\\''s'"), (("cd x; y $'a ", "'"), ["it's \\"], "cd x; y $'a it\\'s \\\\'"),
        (("cat <<E\n", "\nE\n"), ['$a `b` "c" \\'], 'cat <<E\n\\$a \\`b\\` "c" \\\\\nE'), (("echo $((1-", "))"), [-2], "echo $((1-(-2)))"),
        (("cd x; y --a=", ""), [["1", "2 3"]], "cd x; y --a=1 --a='2 3'"), (("cd x; y `z ", "`"), ["a"], "cd x; y $(z a)"),
        (("cd x; y ", " z"), [[]], "cd x; y  z"), (("  cd x;\n y  ",), [], "cd x;\n y"), (("a ", " | ", " | b"), [1, len], "a 1 | ${len} | b"),
        (("a ", ""), [Raw("b | c > d")], "a b | c > d"), (("yes | head > ", ""), ["f"], "yes | head > f"), (("x $y", ' "$y', '"'), ["a", "b"], 'x $y\'a\' "$y""b"'), (("time | x",), [], "time | x"),
    ],
)  # fmt: skip
def test_values_are_shown_in_place(strings: tuple[str, ...], values: list[object], shown: str) -> None:
    assert display(shells.rendered(strings, values)) == shown


def test_a_python_stage_without_a_name_is_shown_by_its_type() -> None:
    class Tee:
        is_stage = True

    assert display(shells.rendered(("a | ", ""), [Tee()])) == "a | ${Tee}"


def test_long_values_are_shortened() -> None:
    assert display(shells.rendered(("x ", ""), ["y" * 5000])) == "x 'yyy".replace(
        "'yyy", "'" + "y" * (LONGEST - 1) + "…'"
    )
    assert "y" * LONGEST not in display(shells.rendered(("cd x; z ", ""), ["y" * 5000]))
    shown = display(shells.rendered(("cd x; z ", ""), [[str(number) for number in range(5000)]]))
    assert len(shown) < 300
    assert shown.endswith("…")


def test_an_argv_is_read_back() -> None:
    short = [value for value in VALUES if len(value) <= LONGEST]
    words = shells.rendered(("x ", ""), [short])
    assert split(display(words)) == ["x", *short]


def test_a_text_without_its_pieces_is_shown_as_it_is() -> None:
    assert display(ShellText("a b")) == "a b"


# Here-documents and the words of `${…}` are shown readably, not exactly: their quoting differs between shells.
CASES = [
    (name, case)
    for name, case in [*EXACT.items(), *BASH.items()]
    if case[2:3] != (None,)
    and "here-document" not in name
    and "of a variable" not in name
    and "default in quotes" not in name
]


@pytest.mark.skipif("bash" not in shells.FOUND, reason="bash is not installed")
@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_what_is_shown_does_the_same(name: str, case: tuple, tmp_path: Path) -> None:
    values = [value for value in VALUES if len(value) <= LONGEST]
    text = shells.shell_text(shells.repeated(case[:2], len(values)), values)
    shown = shells.run(("bash", "-euo", "pipefail", "-c", display(text), "xsh"), tmp_path)
    assert not (tmp_path / "P").exists(), name
    assert shown.stdout == shells.run_text("bash", text, tmp_path).stdout
