"""One pipeline of a shell does not fail because an early stage died of SIGPIPE; all else stays as bash has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.words import shells

pytestmark = pytest.mark.skipif("bash" not in shells.FOUND, reason="bash is not installed")

STATUSES = {
    "seq 1 1000000 | head -n 1 > /dev/null": 0, "(exit 3) | seq 1 1000000 | head -n 1 > /dev/null": 3, "true | (exit 4) | true": 4,
    "(exit 3) | (exit 4) | true": 4, "(exit 4) | seq 1 1000000 | (exit 5)": 5, "true | (exit 141)": 141, "(exit 141) | (exit 141)": 141,
    "(exit 141) | true > /dev/null": 0, "{ false; true; } | cat > /dev/null": 1, "(false; echo no) | cat > f": 1,
    "for i in 1 2 3; do seq 1 100000 || exit 7; done | head -n 1 > f": 7, "echo a | cat > $nothing": 1, "echo $nothing | cat > f": 1,
    "exit 141 > f": 141, "(exit 141)": 141, "yes | { read a; exit 6; }": 6, "yes | while read a; do exit 0; done": 0,
    "seq 1 1000000 | cat | cat | sed q > /dev/null": 0, "! (exit 141) | true": 0, "cat < /nowhere | true": 1, "time (exit 141) | true": 0,
    "true; (exit 141) | true": 141, "kill -TERM $$ | true": None, "yes | head -n 1 > /nowhere/x": 1, "nothing-of-that-name > f | true": 127,
}  # fmt: skip


@pytest.mark.parametrize("text", STATUSES)
def test_an_early_stage_that_died_of_sigpipe_is_no_failure(text: str, tmp_path: Path) -> None:
    done = shells.run_text("bash", shells.shell_text((text,), []), tmp_path)
    plain = shells.run(("bash", "-euo", "pipefail", "-c", text), tmp_path)
    if STATUSES[text] is None:
        assert done.returncode == plain.returncode
    else:
        assert done.returncode == STATUSES[text], done.stderr
    assert done.stdout == plain.stdout
    if plain.returncode != 141:
        assert done.returncode == plain.returncode


def test_only_strict_bash_needs_the_trap() -> None:
    text = ("yes | head -n 1 > f",)
    assert "trap" in shells.rendered(text, []).text
    assert "trap" not in shells.rendered(text, [], strict=False).text
    assert "trap" not in shells.rendered(text, [], "dash").text
    assert "trap" not in shells.rendered(("yes > f",), []).text
    assert "trap" not in shells.rendered(("yes | head > f; true",), []).text


def test_a_shell_without_arrays_keeps_a_long_list_in_its_parameters() -> None:
    items = [str(number) for number in range(600)]
    kept = shells.rendered(("cd x && printf %s ", " ", ""), ["first", items], "dash")
    assert kept.text == '__x1=${1};shift 1;cd x && printf %s "${__x1}" "$@"'
    assert kept.params == ("first", *items)
    for text in ("set -x; x ", "f() { x; }; x ", "shift; x ", "echo $1; x ", ". ./f; x "):
        assert '"$@"' not in shells.rendered((text, ""), [items], "dash").text
