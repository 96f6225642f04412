"""From a template to an argv, a shell text or stages; `@` is a hole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.words import shells
from xsh.errors import TemplateError
from xsh.words.place import parse_literal
from xsh.words.raw import Raw
from xsh.words.render import Argv, Function, ShellText, render, shell_argv
from xsh.words.template import Interpolation


def strings_of(text: str) -> tuple[str, ...]:
    """The strings of a literal whose holes are written `@`."""
    return tuple(text.split("@"))


PRODUCTS = {
    "x @": ([["a", "b c"]], ["a", "b c"]), "x @ y": ([[]], ["y"]), "x --x=@": ([["a", "b"]], ["--x=a", "--x=b"]),
    "x --x=@ y": ([[]], ["y"]), "x @-@": ([["a", "b"], [1, 2]], ["a-1", "a-2", "b-1", "b-2"]), "x @@": ([["a"], []], []),
    "x @.@.@": ([[1, 2], "m", [3, 4]], ["1.m.3", "1.m.4", "2.m.3", "2.m.4"]), 'x "@"': ([["a", "b c"]], ["a b c"]),
    "x '@'": ([["a", "b"]], ["a b"]), 'x "@"@': ([["a", "b"], [1, 2]], ["a b1", "a b2"]), 'x "@"  y': ([[]], ["", "y"]),
    "x @ @ @": (["", [], "z"], ["", "z"]), "x a@": ([""], ["a"]), "x @y": ([["a", ["b", ["c"]]]], ["ay", "by", "cy"]),
}  # fmt: skip


@pytest.mark.parametrize("text", PRODUCTS)
def test_a_list_multiplies_its_word(text: str) -> None:
    values, words = PRODUCTS[text]
    assert shells.argv_of(strings_of(text), values)[1:] == tuple(words)


@pytest.mark.parametrize("shell", shells.SHELLS)
@pytest.mark.parametrize("text", PRODUCTS)
def test_a_shell_sees_the_same_words(text: str, shell: str, tmp_path: Path) -> None:
    values, words = PRODUCTS[text]
    first, *others = strings_of(text)
    script = shells.shell_text(("x() { printf '%s\\0' $# \"$@\"; }; " + first, *others), values, shell)
    done = shells.run_text(shell, script, tmp_path)
    assert done.stdout.split(b"\0")[:-1] == [word.encode() for word in [str(len(words)), *words]], script


def test_the_program_can_come_from_a_hole() -> None:
    assert shells.argv_of(strings_of("@ -l"), [["sudo", "ls"]]) == ("sudo", "ls", "-l")
    assert shells.argv_of(strings_of("@"), ["ls -la"]) == ("ls -la",)
    assert shells.argv_of(strings_of("@ ls"), [[]]) == ("ls",)


@pytest.mark.parametrize("text", ["@", "@ @", "a | @"])
def test_a_command_of_empty_lists_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match="empty"):
        shells.rendered(strings_of(text), [[]] * text.count("@"))


@pytest.mark.parametrize("shell", shells.SHELLS)
def test_an_empty_list_leaves_shell_text_whole(shell: str, tmp_path: Path) -> None:
    for text in (
        "true && @",
        "if @; then echo yes; fi",
        "true; @ true @",
        "for i in @; do false; done",
        "true | @ cat",
    ):
        script = shells.shell_text(strings_of(text), [[]] * text.count("@"), shell)
        assert shells.run_text(shell, script, tmp_path).returncode == 0, script.text


@pytest.mark.parametrize(
    ("text", "value"),
    [("x > @", ["a", "b"]), ("x > @", []), ("case @ in x) y;; esac", ["a", "b"]), ("[[ @ == a ]]", [])],
)
def test_where_the_shell_takes_one_word_a_list_must_be_of_one(text: str, value: list[str]) -> None:
    with pytest.raises(
        TemplateError, match=f"`\\$\\{{v1\\}}`, is a list of {len(value)} where the shell takes exactly one"
    ):
        shells.rendered(strings_of(text), [value])
    assert isinstance(shells.rendered(strings_of(text), [["one"]]), ShellText)


@pytest.mark.parametrize("shell", shells.SHELLS)
@pytest.mark.parametrize("count", [0, 1, 2, 499, 500, 10_000])
def test_a_list_of_any_length_arrives(shell: str, count: int, tmp_path: Path) -> None:
    items = [f"item {number}" for number in range(count)]
    for literal in ("printf '%s\\0' start > @; printf '%s\\0' @ >> @", "printf '%s\\0' start @ > @"):
        values = [tmp_path / "f", items, tmp_path / "f"] if "start >" in literal else [items, tmp_path / "f"]
        done = shells.run_text(shell, shells.shell_text(strings_of(literal), values, shell), tmp_path)
        assert not done.stderr
        written = (tmp_path / "f").read_bytes().split(b"\0")[:-1]
        empty = [b""] if count == 0 and "start >" in literal else []  # printf prints one empty argument for none
        assert written == [b"start", *empty, *(item.encode() for item in items)]


@pytest.mark.parametrize("shell", shells.SHELLS)
def test_a_value_of_the_longest_length_arrives(shell: str, tmp_path: Path) -> None:
    value = "x" * (131_072 - 1)
    done = shells.run_text(shell, shells.shell_text(strings_of("v=@; echo ${#v}"), [value], shell), tmp_path)
    assert done.stdout == b"131071\n"


ECHO = {
    "echo -e '\\u00e9'": ShellText, "echo -ne x": ShellText, "echo -n -e x": ShellText, "echo -E -e x": ShellText, "echo --help": ShellText,
    "echo --version": ShellText, "true --help": ShellText, "false --version": ShellText, "echo": Argv, "echo -n x": Argv, "echo -E x": Argv,
    "echo --help x": Argv, "echo x -e": Argv, "echo -x -e": Argv, "echo -": Argv, "true --help x": Argv, "ls --help": Argv, "echo -nx -e": Argv,
}  # fmt: skip


@pytest.mark.parametrize("text", ECHO)
def test_an_equal_program_runs_only_where_it_is_equal(text: str, tmp_path: Path) -> None:
    found = shells.rendered((text,), [])
    assert type(found) is ECHO[text]
    if isinstance(found, Argv) and found.words[0] == "echo":
        by_shell = shells.run_text("bash", shells.shell_text((text,), []), tmp_path)
        direct = shells.run(found.words, tmp_path)
        assert (direct.stdout, direct.returncode) == (by_shell.stdout, by_shell.returncode)


def test_options_of_echo_count_also_when_they_come_from_holes() -> None:
    assert type(shells.rendered(("", " ", " x"), ["echo", "-e"])) is ShellText
    assert type(shells.rendered(("echo ", ""), ["--help"])) is ShellText


def test_a_stage_that_needs_the_shell_gets_it() -> None:
    stages = shells.rendered(strings_of("echo -e @ | cat"), ["a"])
    assert [type(stage) for stage in stages] == [ShellText, Argv]


class Tee:
    is_stage = True


def test_a_python_value_that_is_a_whole_stage_is_a_stage() -> None:
    tee = Tee()
    assert shells.rendered(strings_of("a @ | @ | @ | b"), ["x", len, tee]) == (
        Argv(("a", "x")),
        Function(len),
        Function(tee),
        Argv(("b",)),
    )
    assert shells.rendered(strings_of("a | @ | @"), ["b", ["c", "d"]]) == (Argv(("a",)), Argv(("b",)), Argv(("c", "d")))


def test_a_python_stage_stands_between_shell_stages_too(tmp_path: Path) -> None:
    first, second, third = shells.rendered(strings_of("ls *@ | @ | head -n @ > f"), ["x", len, 3])
    assert second == Function(len)
    assert first.params == ("x",)
    assert third.params == ("3",)
    whole = shells.rendered(strings_of("ls *@ | @ | head -n @ > f"), ["x", "cat", 3])
    assert whole.params == ("x", "cat", "3")


@pytest.mark.parametrize("text", ["a @", "a | b @", "a | @x", 'a | "@"', "@", "a > f; b | @", "a | @ && b"])
def test_a_function_anywhere_else_is_refused(text: str) -> None:
    with pytest.raises(TypeError, match="let it be a whole stage"):
        shells.rendered(strings_of(text), [len])


RAW = [
    ("x @", [Raw("a | b")], "x a | b", ()), ("x @ @", [Raw("*.py"), "*"], 'x *.py "{0}"', ("*",)), ('x "a @ b"', [Raw("$HOME")], 'x "a $HOME b"', ()),
    ("x @ y", [[Raw("-a"), "b c", Raw("-d")]], 'x -a "{0}" -d y', ("b c",)), ("x@", [Raw("y")], "xy", ()), ("a | @", [Raw("b > c")], "a | b > c", ()),
    ("x @ '@'", [Raw('"'), "y"], None, ()), ("@", [Raw("cd x && ls")], "cd x && ls", ()), ("x @ @ ", [Raw('"a'), Raw('b"')], 'x "a b" ', ()),
    ("x @ @", [Raw('"a $(b)'), '"'], None, ()), ("x; y @ $((@))", [Raw("a"), 3], "x; y a $(({0}))", ("3",)), ("x @", [[Raw("a")]], "x a", ()),
    ("x @ @", ["b", Raw("'")], None, ()), ("x @ @", [["b"], Raw("| y")], 'x "{0}" | y', ("b",)), ("x @", [Raw("")], "x ", ()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values", "script", "params"), RAW)
def test_raw_text_becomes_part_of_the_literal(text: str, values: list, script: str | None, params: tuple) -> None:
    if script is None:
        with pytest.raises(TemplateError, match="not closed"):
            shells.rendered(strings_of(text), values)
        return
    found = shells.rendered(strings_of(text), values)
    assert isinstance(found, ShellText)
    assert found.text.endswith(script.format("${__x[0]}"))
    assert found.params == params


def test_raw_text_leaves_python_stages_alone() -> None:
    shell, function = shells.rendered(strings_of("a @ | @"), [Raw("*.py"), len])
    assert (shell.text, function) == ("a *.py ", Function(len))


def test_a_list_with_raw_text_cannot_be_glued() -> None:
    with pytest.raises(TemplateError, match="cannot be glued"):
        shells.rendered(strings_of("x --x=@"), [[Raw("a"), "b"]])


def test_the_holes_after_raw_text_keep_their_kinds() -> None:
    with pytest.raises(TypeError, match=r"`\$\{v2\}`, is None"):
        shells.rendered(strings_of("x @ @"), [Raw("a"), None])


NAMES = {
    "v=1; unset @; echo ${v-none}": ("v", b"none"), "read -r @ <<< x; echo $v": ("v", b"x"), "printf -v @ x; echo $v": ("v", b"x"),
    "declare @; echo $v": ("v=a b", b"a b"), "v=1 w=2; unset @; echo ${v-}${w-none}": (["v", "w"], b"none"), "export @; echo $v$w": (["v=1", "w=2"], b"12"),
    "v=1; [[ -v @ ]] && echo yes": ("v", b"yes"), 'v=1; unset "@"; echo ${v-none}': ("v", b"none"), "a=(1 2); unset a[@]; echo ${a[*]}": (1, b"1"),
    "declare -i v=@; echo $v": (3, b"3"), "let v=1+@; echo $v": (3, b"4"), "declare -x v=@; echo $v": ("a[b] c", b"a[b] c"),
    'declare "v=@"; echo "$v"': ("a[b] c", b"a[b] c"), "read -r -p @ v <<< x; echo $v": ("[y/n]", b"x"), "a=(1 2); echo ${a[@]}": (-1, b"2"),
    "[[ @ -eq 3 ]] && echo yes": (3, b"yes"), "for ((i=@; i<3; i++)); do echo -n $i; done; echo": (1, b"12"),
}  # fmt: skip


@pytest.mark.skipif("bash" not in shells.FOUND, reason="bash is not installed")
@pytest.mark.parametrize("text", NAMES)
def test_names_and_numbers_do_what_they_should(text: str, tmp_path: Path) -> None:
    value, output = NAMES[text]
    done = shells.run_text("bash", shells.shell_text(strings_of(text), [value]), tmp_path)
    assert (done.stdout, done.stderr) == (output + b"\n", b"")


def test_names_in_the_users_text_do_not_clash(tmp_path: Path) -> None:
    for shell in shells.SHELLS:
        script = shells.shell_text(strings_of("__x=a; __x1=b; __xx2=c; printf %s @ $__x1"), ["value"], shell)
        assert shells.run_text(shell, script, tmp_path).stdout == b"valueb"


@pytest.mark.parametrize("shell", shells.SHELLS)
def test_values_are_no_parameters_and_not_exported(shell: str, tmp_path: Path) -> None:
    script = shells.shell_text(strings_of("echo $# $0; v=@; env"), ["marked"], shell)
    done = shells.run_text(shell, script, tmp_path)
    assert done.stdout.startswith(b"0 xsh\n")
    assert b"marked" not in done.stdout


@pytest.mark.parametrize("shell", shells.SHELLS)
def test_strict_text_stops_at_a_failure_and_at_an_unset_variable(shell: str, tmp_path: Path) -> None:
    fails = shells.shell_text(strings_of("echo @; false; echo no"), ["a"], shell)
    assert shells.run_text(shell, fails, tmp_path).stdout == b"a\n"
    assert shells.run_text(shell, fails, tmp_path).returncode == 1
    assert shells.run_text(shell, fails, tmp_path, strict=False).stdout == b"a\nno\n"
    unset = shells.shell_text(strings_of("echo $nothing @; echo no"), ["a"], shell)
    assert shells.run_text(shell, unset, tmp_path).stdout == b""
    assert shells.run_text(shell, unset, tmp_path, strict=False).returncode == 0


def test_the_argv_of_a_shell() -> None:
    text = ShellText("x", ("a", "b"))
    assert shell_argv("/bin/bash", text) == ("/bin/bash", "-euo", "pipefail", "-c", "x", "xsh", "a", "b")
    assert shell_argv("sh", text) == ("sh", "-eu", "-c", "x", "xsh", "a", "b")
    assert shell_argv("bash", text, strict=False) == ("bash", "-c", "x", "xsh", "a", "b")
    assert shell_argv("/bin/busybox", text)[:3] == ("/bin/busybox", "sh", "-eu")
    for name in ("fish", "/usr/bin/fish", "tcsh"):
        with pytest.raises(TemplateError, match="does not read POSIX"):
            shell_argv(name, text)


def test_text_without_values_is_run_as_it_is() -> None:
    assert shells.rendered(("cd x && ls *.py",), []) == ShellText(
        "cd x && ls *.py", (), False, ("cd", " ", "x", " && ", "ls", " ", "*.py")
    )


def test_any_object_of_the_right_shape_is_a_template() -> None:
    class Other:
        strings = ("x ", "")
        interpolations = (Interpolation("a b", "v"),)

    assert render(Other(), parse_literal(Other.strings)) == Argv(("x", "a b"))
