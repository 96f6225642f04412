"""Which way a literal runs, and where its holes stand; `@` is a hole."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsh.errors import TemplateError
from xsh.words.place import hole_name, parse_literal, parse_shell
from xsh.words.shape import Hole, Shape


def shape_of(text: str, shell: str = "bash") -> Shape:
    """The shape of a literal whose holes are written `@`."""
    return parse_literal(tuple(text.split("@")), shell)


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("ls *.x | @ | head > f", ["shell", "hole", "shell"]), ("@ | cat > f", ["hole", "shell"]),
        ("cat x | @ | tee $HOME/x", ["argv", "hole", "shell"]), ("cd x | @", ["shell", "hole"]),
        ("{ a; b; } | @", ["shell", "hole"]), ("(a; b) | @ > f", []), ("a > f | b", []), ("a | @ && b", []),
        ("cat <<E | @\nx\nE\n", []), ("a |& @", []), ("a > f | @ |\n b", ["shell", "hole", "argv"]),
        ("if x; then a | @; fi > f", []), ("a > f; b | @", []), ("a | @ &", []), ("! a | @", []),
        ("cat x|@|tee $HOME/x", ["argv", "hole", "shell"]), ("a |& b | @", []), ("cat <<E | @ | b\nx\nE\n", []),
    ],
)  # fmt: skip
def test_a_hole_can_be_a_stage_of_a_pipeline_that_needs_a_shell(text: str, stages: list[str]) -> None:
    shape = shape_of(text)
    assert shape.kind == "shell"
    assert [stage.kind for stage in shape.stages] == stages


@pytest.mark.parametrize(
    ("text", "single"),
    [
        ("a > f", True), ("a | b > f", True), ("a | b > f\n", True), ("a | b > f;", True), ("a |\n b > f", True),
        ("{ a; b; } | c", True), ("(a; b) | c", True), ("for i in 1; do a; b; done | c", True), ("time a | b", True),
        ("a | b > f # c\n# d", True), ("cat <<E | b\nx; y\nE\n", True), ("if a; then b; fi", True), ("[[ a ]]", True),
        ("[[ a && b ]] | c", True), ("case a in b) c;; esac | d", True), ("a $(b; c) | d", True), ("((a)) | b", True),
        ("a; b", False), ("a\nb", False), ("a && b", False), ("a || b", False), ("a | b &", False), ("a & b", False),
        ("! a | b", False), ("{ a; }; b", False), ("f() { a; }; f", False), ("cat <<E\nx\nE\nb", False), ("{ a", False),
    ],
)  # fmt: skip
def test_one_pipeline_is_told_from_many_commands(text: str, single: bool) -> None:
    assert parse_shell((text,)).single_pipeline is single


PLACES = {
    "x; a @": "bare words", "x; a b@c": "bare words", 'x; a "b @ c"': "double joined", "x; a 'b @ c'": "single joined",
    "x; a $'b @ c'": "ansi joined", 'x; a $"b @ c"': "double joined", "x; (a @)": "bare words", "x; a $(b @)": "bare words",
    "x; a `b @`": "bare words", 'x; a "`b @`"': "bare words", 'x; a "$(b @)"': "bare words", "a <<E\n@\nE": "text joined",
    "a <<-E\n\t@\n\tE": "text joined", "a <<E\n$(b @)\nE": "bare words", "a $((1+@))": "arithmetic int",
    "((a=@))": "arithmetic int", "a[@]=1": "arithmetic int", "x; a ${b[@]}": "arithmetic int", "[[ @ -eq 1 ]]": "bare int",
    "[[ 1 -lt @ ]]": "bare int", '[[ 1 -ge "@" ]]': "double int", "[[ @ == a ]]": "bare one", "[[ a =~ ^(a|@)$ ]]": "bare one",
    "[[ -v @ ]]": "bare name", "x; a ${b:-@}": "bare joined", 'x; a "${b:-@}"': "braces joined", "x; a ${b+@}": "bare joined",
    'x; a "${b:-"@"}"': "double joined", "A=@ x": "bare joined", 'A="@" x': "double joined", "A=(1 @)": "bare words",
    "A=([@]=1)": "arithmetic int", "a > @": "bare one", "a 2>> @": "bare one", "a &> @": "bare one", "a <<< @": "bare joined",
    "for a in @; do b; done": "bare words", "for ((i=@;;)); do a; done": "arithmetic int", "case @ in a) b;; esac": "bare one",
    "case a in @) b;; esac": "bare one", "case a in a|@) b;; esac": "bare one", "case a in a) b @;; esac": "bare words",
    "case a in (a) b;; c) @;; esac": "bare words", "export A=@": "bare joined", "export @": "bare declare",
    'export "A=@"': "double joined", "declare -i a=@": "bare int", "unset @": "bare name", "read -r @": "bare name",
    "read -p @ a": "bare words", "printf -v @ a": "bare name", "printf @": "bare words", "let @": "bare int",
    "getopts @ a": "bare words", "getopts a @": "bare name", "f() { a @; }": "bare words", "a <(b @)": "bare words",
    "a; b $x@": "bare words", "a; b ${x}@": "bare words", 'a; b "$x@"': "double joined", "! a @": "bare words",
    "while a @; do b; done": "bare words", "{ a @; }": "bare words", "if a; then b; else c @; fi": "bare words",
    "a; b #c\nd @": "bare words", "a; b '#' @": "bare words", "a; b c#d @": "bare words", "a $(b # c)\n) @": "bare words",
    "a $((b) ; c) @": "bare words", "a $(( (b) )) @": "bare words", "a $(case x in x) y;; esac) @": "bare words",
    "a <<'E'\n$(\nE\nb @": "bare words", "a <<E; b @\nx\nE": "bare words", "a @ <<E\nx\nE": "bare words", "time a > f @": "bare words",
    "a; b @(c|@)": None, "A=1 @ > f": "bare words", "a; \\\n @": "bare words", "function f { a @; }": "bare words",
    "a | { b @; }": "bare words", "select a in @; do b; done": "bare words", 'a; b "$(c "@")"': "double joined",
    "a $[1+@]": "arithmetic int", "echo $((${a:-@}))": "braces int", "a $(( $(b @) ))": "bare words", "a; b {@,c}": "bare words",
    "declare a=(1 @)": "bare words", "export A+=@": "bare joined", "A=([1] @)": "bare words", "declare a=@": "bare joined",
    "coproc a @": "bare words", "a; local b=@": "bare joined", "integer a=@": "bare int", "a >&@": "bare one", "a {fd}>@": "bare one",
}  # fmt: skip


@pytest.mark.parametrize("text", [text for text, place in PLACES.items() if place])
def test_the_place_of_every_hole_is_found(text: str) -> None:
    (place,) = parse_shell(tuple(text.split("@"))).places()
    assert (f"{place.writing} {place.rule}", place.index) == (PLACES[text], 0)


def test_a_subscript_without_braces_is_one_in_zsh_only() -> None:
    assert [place.rule for place in parse_shell(("a; b $c[", "]"), "zsh").places()] == ["int"]
    assert [place.rule for place in parse_shell(("a; b $c[", "]"), "bash").places()] == ["words"]


def test_an_extended_pattern_is_one_word() -> None:
    (first, second) = parse_shell(("a; b x@(c|", ") ", "")).places()
    assert (first.index, second.index) == (0, 1)


REFUSED = {
    "a # @": "in a shell comment", "# x @\nls": "in a shell comment", "a $(b # @\n)": "in a shell comment",
    "a <<'E'\n@\nE": "whose delimiter is quoted", 'a <<"E"\n@\nE': "whose delimiter is quoted", "a <<\\E\n@\nE": "whose delimiter is quoted",
    "a <<@\nx\n@": "delimiter of a here-document", "a <<'@'\nE": "delimiter of a here-document", "a <<E@\nE": "delimiter of a here-document",
    "a ${@}": "inside the shell's own", "a ${b@}": "inside the shell's own", "a ${b#@}": "inside the shell's own",
    'a "${b%@}"': "inside the shell's own", "a ${b/@/c}": "inside the shell's own", "a ${#@}": "inside the shell's own",
    "a ${b:@}": "inside the shell's own", "a ${b^@}": "inside the shell's own", "a ${b#'@'}": "inside the shell's own", "a ${!@}": "inside",
    "a \\@": "directly after a backslash", 'a "\\@"': "directly after a backslash", "a $@": "directly after a `$`",
    'a "$@"': "directly after a `$`", "a $'\\@'": "directly after a backslash", "a <<E\n\\@\nE": "directly after a backslash",
    "@=1": "name of a variable", "a@=1": "name of a variable", "A=1 @=2": "name of a variable", "@+=1 x": "name of a variable",
    "for @ in x; do y; done": "variable of a loop", "select @ in x; do y; done": "variable of a loop", "@() { x; }": "name of a function",
    "f@ () { x; }": "name of a function", "function @ { x; }": "name of a function", "a `b \\@`": "directly after a backslash",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_hole_where_no_value_can_stand_is_refused_by_name(text: str) -> None:
    strings = tuple(text.split("@"))
    with pytest.raises(TemplateError) as caught:
        parse_literal(strings, "bash", tuple(f"name{number}" for number in range(len(strings) - 1)))
    assert REFUSED[text] in str(caught.value)
    assert str(caught.value).startswith("hole 1, `${name0}`, stands ")


@pytest.mark.parametrize(
    ("strings", "message"),
    [
        (("",), "empty command"), ((" \n\t ",), "empty command"), (("a 'b",), r"single quote is not closed .character 3: `'b`"),
        (('a "b $(c "d")',), r"double quote is not closed .character 3"), (("a `b",), "backtick is not closed .character 3"),
        (("a $(b",), r"`\$\(` is not closed .character 3"), (("a; (b",), r"`\(` is not closed .character 4"),
        (("a ${b",), r"`\$\{` is not closed .character 3"), (("a $'b",), "single quote is not closed"), (("a; b)",), r"nothing opens this `\)`"),
        (("a <<E\nb",), "here-document is not closed by a line `E` .character 3"), (("a <<E",), "here-document is not closed"),
        (("a \\",), "backslash at the end"), (("a > ",), "redirect has no target .character 3"), (("a > ; b",), "redirect has no target"),
        (("case a in b",), "ends with `.`"), (("case a in b) c",), "`case` is not closed"), (("[[ a ",), r"`\[\[` is not closed"),
        (("a (b)",), r"no `\(` can stand here"), (("A=(1 2",), "array is not closed"), (("| a",), "before a `|`"), (("a |",), "after the last `|`"),
        (("a | | b",), "before a `|`"), (("a\0b",), "NUL"), (("a \ud800",), r"surrogate U\+D800"), (("a $((1+2)",), "not closed"),
        (("a $(cat <<E)",), "here-document is not closed"), (("a '", " b"), r"single quote is not closed .character 3: `'\$\{…\} b`"),
        (("$(" * 2000,), "nested too deeply"), (("a <<'E",), "quote is not closed"), (("for ((i=1; x",), r"`\(\(` is not closed"),
        (("a ${b[1",), r"`\[` is not closed"), (("a $[1",), r"`\$\[` is not closed"), (("case a in",), "not closed"),
    ],
)  # fmt: skip
def test_what_is_open_is_named_with_its_place(strings: tuple[str, ...], message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        parse_literal(strings)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("cd x", "cd"), ("git log", "git"), ("@ x", None), ("g@ x", None), ("cd x && ls", "cd"), ("ls | cd", "ls"), ("A=1 ls x", "ls"),
        ("for x in y; do z; done", None), ("(cd x)", None), ("'my prog' x", "my prog"), ("$x y", None), ("> f ls", "ls"), ("{ ls; }", None),
        ("a@ > f", None), ("@ > f", None),
    ],
)  # fmt: skip
def test_the_first_word_is_known_where_it_is_static(text: str, first: str | None) -> None:
    assert shape_of(text).first_word == first


def test_a_literal_that_is_plain_but_for_its_builtin_keeps_its_words() -> None:
    assert shape_of("cd 'a b'").words == (("cd",), ("a b",))
    assert shape_of("cd a && b").words == ()


@pytest.mark.parametrize("shell", ["sh", "dash"])
def test_a_shell_without_ansi_quotes_takes_no_hole_in_them(shell: str) -> None:
    with pytest.raises(TemplateError, match=r"which (sh|dash) does not know"):
        parse_literal(("a $'", "'"), shell)


def test_a_long_expression_is_shortened_in_errors() -> None:
    with pytest.raises(TemplateError, match=r"hole 1, `\$\{x{59}…\}`, stands") as caught:
        parse_literal(("a # ", ""), "bash", ("x" * 500,))
    assert len(str(caught.value)) < 150


def test_shapes_and_what_they_hold_are_copied() -> None:
    for text in ("a @ 'b'", "a @ | @", "a; b x@ > @"):
        shape = shape_of(text)
        copied = pickle.loads(pickle.dumps(shape))
        assert copied == shape == copy.copy(shape)
        assert hash(copied) == hash(shape)


FRAGMENTS = st.sampled_from(
    ["a", " ", "'", '"', "\\", "$", "(", ")", "{", "}", "`", "<<E", "\n", "E\n", "#", ";", "&", "|", ">", "[[ ", " ]]", "case ", " in ",
     "esac", "for ", "do ", "done", "if ", "=", "[", "]", "@", "@", "@", "$((", "))", "${a:-", "function ", "~", "*", ",", "-eq", "A=("]
)  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=25).map("".join))
def test_any_text_is_understood_or_refused_and_no_hole_is_lost(text: str) -> None:
    strings = tuple(text.split("@"))
    try:
        shape = parse_shell(strings)
    except TemplateError:
        return
    assert sorted(place.index for place in shape.places()) == list(range(len(strings) - 1))
    try:
        shape = parse_literal(strings)
    except TemplateError:
        assert "|" in text  # an empty stage is refused before a shell would
        return
    if shape.kind == "argv":
        holes = [piece.index for word in shape.words for piece in word if isinstance(piece, Hole)]
        assert holes == list(range(len(strings) - 1))


@pytest.mark.parametrize(
    ("index", "expressions", "name"),
    [
        (0, (), "hole 1"),
        (1, (), "hole 2"),
        (2, ("a",), "hole 3"),
        (0, ("a",), "hole 1, `${a}`,"),
        (1, ("a", "b"), "hole 2, `${b}`,"),
        (2, ("a", "b", "c"), "hole 3, `${c}`,"),
        (0, ("x" * 60,), f"hole 1, `${{{'x' * 60}}}`,"),
        (0, ("x" * 61,), f"hole 1, `${{{'x' * 59}…}}`,"),
    ],
)
def test_a_hole_is_named_by_its_number_and_its_expression(index: int, expressions: tuple[str, ...], name: str) -> None:
    assert hole_name(index, expressions) == name
