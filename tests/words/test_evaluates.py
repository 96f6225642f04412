"""Which holes a program evaluates again; `@` is a hole."""

from __future__ import annotations

import pytest

from xsh.words.evaluates import evaluated_holes
from xsh.words.place import parse_literal

EVALUATED = {
    "bash -c @": [(0, "bash")], "sudo sh -c 'ls @'": [(0, "sh")], "ssh -p @ host ls @": [(1, "ssh")], "/usr/bin/ssh @ ls @": [(1, "ssh")],
    'find . -exec sh -c "x @" \\;': [(0, "sh")], "awk -F @ '{print @}' @": [(1, "awk")], "python3 -c @": [(0, "python3")],
    "eval @ && ls @": [(0, "eval")], "ls | xargs -I{} bash -lc @": [(0, "bash")], "echo `bash -c @`": [(0, "bash")], "trap @ EXIT": [(0, "trap")],
    "watch -n @ ls @": [(1, "watch")], "su -c @ user": [(0, "su")], "su user -c @": [(0, "su")], "bash -euo pipefail -c @": [(0, "bash")],
    "(cd x && ssh h @) | cat": [(0, "ssh")], "env A=1 bash -c @": [(0, "bash")], "perl -ne @ x": [(0, "perl")], "perl -i -pe 's/@/x/' f": [(0, "perl")],
    "node --eval=@": [(0, "node")], "node --print @": [(0, "node")], "ruby -e @ @": [(0, "ruby")], "f() { eval a@; }; f": [(0, "eval")],
    "for i in @; do sh -c @; done": [(1, "sh")], 'sh -c "$(cat @)"': [(0, "sh")], "command eval @": [(0, "eval")], "'sh' -ec @": [(0, "sh")],
    "bash -c @ _ x": [(0, "bash")], "python -c'print(@)'": [(0, "python")], "xargs sh -c '@' _": [(0, "sh")], "! eval @": [(0, "eval")],
    "trap -- @ EXIT": [(0, "trap")], "eval \"$(a 'b\"' @)\"": [(0, "eval")],
    "parallel x @": [(0, "parallel")], "ssh host -- ls @": [(0, "ssh")],
}  # fmt: skip

DATA = [
    "ls @", "git commit -m @", "bash script @", "bash script -c @", "sh -c 'echo $1' _ @", "ssh @ ls", "ssh user@", "python3 x.py -c @", "awk -f x @",
    "awk -v x=@ '{print}' @", "gcc -c @", "tar -c @", "perl -e 'print' @", "git push ssh @", "make -C @", "@ -c x", "xargs rm @", "watch -n @ ls",
    "echo eval @", "cd @ && ls", "python3 -m x -c @", "x > @", "bash -x @", "bash -o @", "sh",
    "perl -w -l @", "eval", "trap", "bash -c",
]  # fmt: skip


@pytest.mark.parametrize("text", EVALUATED)
def test_a_hole_in_code_is_found(text: str) -> None:
    assert evaluated_holes(parse_literal(tuple(text.split("@")))) == EVALUATED[text]


@pytest.mark.parametrize("text", DATA)
def test_a_hole_in_data_is_left_alone(text: str) -> None:
    assert evaluated_holes(parse_literal(tuple(text.split("@")))) == []


def test_a_stage_counts_from_its_own_first_hole() -> None:
    shape = parse_literal(("a ", " | ", " | bash -c ", " > f"))
    assert evaluated_holes(shape) == [(2, "bash")]
    assert evaluated_holes(shape.stages[2]) == [(2, "bash")]


def test_a_text_that_bash_would_not_understand_is_left_alone() -> None:
    assert evaluated_holes(parse_literal(("echo $[; sh -c ", ""), "dash")) == []
