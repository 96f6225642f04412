"""What keys do to a text, as functions of texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsh.repl.reading.editing import expansion, finished, indentation, place_of, without_markers


@pytest.mark.parametrize(
    ("before", "blanks"),
    [
        ("x = 1", 0),
        ("if x:", 4),
        ("if x:  # why: because", 4),
        ("    for y in x:", 8),
        ("f(", 4),
        ("x = [", 4),
        ("d = {'a:'", 0),
        ("print('if x:')", 0),
        ("# if x:", 0),
        ("    y = 1", 4),
        ("    return y", 0),
        ("        pass", 4),
        ("    passed = 1", 4),
        ("a:\n    b", 4),
        ("", 0),
    ],
)
def test_a_new_line_is_indented(before, blanks):
    assert indentation(before) == " " * blanks


@pytest.mark.parametrize(
    ("pasted", "inserted"),
    [
        (">>> x = 1\n", "x = 1"),
        (">>> for i in x:\n...     print(i)\n...\n0\n1\n>>> y", "for i in x:\n    print(i)\n\ny"),
        ("  >>> x\n  1\n", "x"),
        ("$ ls -l", "ls -l"),
        ("$ make\n$ make install\n", "make\nmake install"),
        ("$ make\nx = 1\n", "$ make\nx = 1\n"),
        ("for d in dirs:\n    $ ls ${d}\n", "for d in dirs:\n    $ ls ${d}\n"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("...", "..."),
        (">>>x", ">>>x"),
        ("echo $ x", "echo $ x"),
    ],
)
def test_markers_of_the_session_it_was_copied_from_are_left_out(pasted, inserted):
    assert without_markers(pasted) == inserted


@given(st.text(alphabet="ab \n$>.x:", max_size=40))
def test_a_text_without_markers_stays_as_it_is(text):
    if not text.strip("\n").lstrip().startswith((">>>", "$ ")):
        assert without_markers(text) == text


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("gs", "gs"),
        ("  gs", "gs"),
        ("cd x && gs", "gs"),
        ("ls | gs", "gs"),
        ("x = 1\ngs", "gs"),
        ("echo gs", None),
        ("git gs", None),
        ("gss", None),
        ("bound", None),
        ("'gs", None),
        ("", None),
    ],
)
def test_an_abbreviation_stands_where_a_command_begins(before, found):
    words = {"gs": "git status", "bound": "never"}
    assert expansion(before, words, {"bound"}) == (None if found is None else (found, words[found]))


def test_a_last_line_of_blanks_is_an_empty_one():
    assert finished("if x:\n    y\n    ") == "if x:\n    y\n"
    assert finished("x ") == "x "
    assert finished("") == ""


def test_a_syntax_error_has_its_place():
    text = "if x:\n    y = = 1\n"
    with pytest.raises(SyntaxError) as caught:
        compile(text, "x", "exec")
    assert text[place_of(caught.value, text) :].startswith("= 1")


@given(st.text(max_size=20), st.integers(-2, 9), st.integers(-2, 30))
def test_every_place_lies_in_the_text(text, row, column):
    error = SyntaxError("no", ("x", row, column, None))
    assert 0 <= place_of(error, text) <= len(text)
