"""What runs directly and what a shell makes of the same literal are the same words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.words import shells
from tests.words.corpus import VALUES
from xsh.errors import TemplateError
from xsh.words.place import parse_literal
from xsh.words.render import Argv

PIECES = st.sampled_from(
    ["a", "b", "Z9", "-", "--x=", "=", ":", "/", ".", "..", ",", "{", "{}", "@{u}", "~", "^", "!", "%", "+", "#", "]", "é", "\u3000", "\\ ",
     "\\'", "\\$", "\\\\", "\\*", "\\\n", "\\~", "''", "'a  b'", "'$x'", "'\\'", "'\n'", '""', '"a  b"', '"\\$x"', '"\\\\"', '"\\a"', '"\\""',
     "'¤'", '"¤"', "¤", "¤", " ", " ", "\t", "if", "in", "0", "a=b", "\r"]  # no lone `}`, which zsh takes for syntax
)  # fmt: skip
LITERALS = st.lists(PIECES, max_size=12).map(lambda pieces: "x " + "".join(pieces))


def is_argv(text: str) -> bool:
    """Whether a literal whose holes are written `¤` is executed directly."""
    try:
        return parse_literal(tuple(text.split("¤")), "zsh").kind == "argv"
    except TemplateError:
        return False


@pytest.mark.parametrize("shell", shells.SHELLS)
@settings(max_examples=30)
@given(data=st.data())
def test_direct_words_are_the_words_of_every_shell(
    shell: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    literals = data.draw(st.lists(LITERALS.filter(is_argv), min_size=10, max_size=40))
    value = st.one_of(st.sampled_from(VALUES), st.lists(st.sampled_from(VALUES), max_size=3))
    expected: list[str] = []
    strings, values = ["x() { printf '%s\\0' $# \"$@\"; }"], []
    for literal in literals:
        parts = tuple(literal.split("¤"))
        holes = [data.draw(value) for _ in parts[1:]]
        direct = shells.rendered(parts, holes)
        assert isinstance(direct, Argv)
        expected += [str(len(direct.words) - 1), *direct.words[1:]]
        strings[-1] += "\n" + parts[0]
        strings.extend(parts[1:])
        values += holes
    script = shells.shell_text(tuple(strings), values, shell)
    done = shells.run_text(shell, script, tmp_path_factory.getbasetemp())
    assert not done.stderr
    assert [part.decode("utf-8", "surrogateescape") for part in done.stdout.split(b"\0")[:-1]] == expected
