"""Literals without shell syntax, and which ones have it; `@` is a hole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.words import shells
from xsh.words.place import parse_literal
from xsh.words.plain import RESERVED, is_builtin
from xsh.words.rendered import ShellText
from xsh.words.shape import Hole, Shape


def shape_of(text: str, shell: str = "bash") -> Shape:
    """The shape of a literal whose holes are written `@`."""
    return parse_literal(tuple(text.split("@")), shell)


ARGV = {
    "git log": [("git",), ("log",)],
    "  git\tlog  ": [("git",), ("log",)],
    "\n git log \n\n": [("git",), ("log",)],
    "git log -n @": [("git",), ("log",), ("-n",), (0,)],
    "@": [(0,)],
    "@ -l": [(0,), ("-l",)],
    "./x/@ a": [("./x/", 0), ("a",)],
    "--x=@ a@b@": [("--x=", 0), ("a", 1, "b", 2)],
    "awk '{print $1}'": [("awk",), ("{print $1}",)],
    "x 'a @ b' \"c @ d\"": [("x",), ("a ", "0s", " b"), ("c ", "1d", " d")],
    'x "a\\"b\\\\c\\$d\\`e\\f"': [("x",), ('a"b\\c$d`e\\f',)],
    "x '' \"\" a''b": [("x",), ("",), ("",), ("ab",)],
    "x ''@": [("x",), (0,)],
    "x a\\ b \\* \\$HOME \\\\": [("x",), ("a b",), ("*",), ("$HOME",), ("\\",)],
    "x a\\\n b\\\nc": [("x",), ("a",), ("bc",)],
    "find . -name x -exec ls {} +": [("find",), (".",), ("-name",), ("x",), ("-exec",), ("ls",), ("{}",), ("+",)],
    "git show stash{0} u{u} a{b": [("git",), ("show",), ("stash{0}",), ("u{u}",), ("a{b",)],
    "git rebase HEAD~3": [("git",), ("rebase",), ("HEAD~3",)],
    "git diff HEAD^ a..b a,b": [("git",), ("diff",), ("HEAD^",), ("a..b",), ("a,b",)],
    "x a#b a=b %h +x !x {a}": [("x",), ("a#b",), ("a=b",), ("%h",), ("+x",), ("!x",), ("{a}",)],
    "env A=1 x": [("env",), ("A=1",), ("x",)],
    "echo hi": [("echo",), ("hi",)],
    "true": [("true",)],
    "'if' x": [("if",), ("x",)],
    "\\time x": [("time",), ("x",)],
    "a=b/c x": None,
    "1=2": [("1=2",)],
    "x 'a\nb'": [("x",), ("a\nb",)],
    "x a;": None,
}
SHELL = [
    "a && b", "a || b", "a ; b", "a &", "a > f", "a < f", "a 2>&1", "a >> f", "a |& b", "ls *.py", "ls ?", "ls [ab]", "ls ~",
    "ls ~/x", "x a=~/b", "x a:~b", "echo $HOME", 'echo "$HOME"', "echo $(ls)", "echo `ls`", 'echo "`ls`"', "echo $'a'",
    "echo {a,b}", "echo {1..3}", "if true; then x; fi", "time ls", "! ls", "{ ls; }", "[[ a ]]", "(ls)", "A=1 ls", "A=1",
    "A+=1", "A=@ ls", "ls # comment", "# comment", "a\nb", "cd x", "export A=1", "read x", "set -e", "source x", ". x",
    "alias a=b", "type ls", "ulimit -n", "umask", "wait", "jobs", "printf x", "test a", "[ a ]", "pwd", "kill 1", "exec ls",
    "eval x", "command ls", "builtin cd", "trap x EXIT", "'cd' x", "\\cd x", "ls | cd x", "ls | while read x; do y; done",
    "case x in x) y;; esac", "function f { ls; }", "f() { ls; }", "coproc ls", "select x in y; do z; done", "a | ! b",
    "echo ${x}", "x 5>f", "ls $", 'echo "a$"', "until x; do y; done", "for x in y; do z; done", "declare x", "let x=1",
    "a/b=c; ls", "a/b=c > d", "=; ls", "a/b=c\nls", "a/b=c |& d", "a | b/c=d && e",
]  # fmt: skip


def written(word: tuple[str | Hole, ...]) -> tuple[str | int, ...]:
    """A word with its holes as numbers, or as a number and `s` or `d` in single or double quotes."""
    return tuple(
        piece
        if isinstance(piece, str)
        else f"{piece.index}{piece.where.removeprefix('in ')[0]}"
        if piece.quoted
        else piece.index
        for piece in word
    )


@pytest.mark.parametrize("text", ARGV)
def test_simple_words_are_an_argv(text: str) -> None:
    shape = shape_of(text)
    if ARGV[text] is None:
        assert shape.kind == "shell"
        return
    assert shape.kind == "argv"
    assert [written(word) for word in shape.words] == ARGV[text]


@pytest.mark.parametrize("text", SHELL)
def test_whatever_means_something_to_a_shell_goes_to_it(text: str) -> None:
    assert shape_of(text).kind == "shell"


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("a | b", ["argv", "argv"]), ("a x|b y|c", ["argv", "argv", "argv"]), ("a | @ | b", ["argv", "hole", "argv"]),
        ("@ | b", ["hole", "argv"]), ("a | @", ["argv", "hole"]), ("a | @x", ["argv", "argv"]), ("a | '@'", ["argv", "argv"]),
        ("a | b\n", ["argv", "argv"]), ("a | @ -x", ["argv", "argv"]), ("cat @ | @ | x @", ["argv", "hole", "argv"]),
    ],
)  # fmt: skip
def test_simple_commands_joined_by_a_bar_are_a_pipeline(text: str, stages: list[str]) -> None:
    shape = shape_of(text)
    assert shape.kind == "pipeline"
    assert [stage.kind for stage in shape.stages] == stages
    assert shape.single_pipeline
    holes = [piece.index for stage in shape.stages for word in stage.words for piece in word if isinstance(piece, Hole)]
    holes += [stage.first_hole for stage in shape.stages if stage.kind == "hole"]
    assert sorted(holes) == list(range(text.count("@")))


@pytest.mark.parametrize(
    ("text", "shell", "kind"),
    [
        ("echo hi", "bash", "argv"), ("echo hi", "/usr/bin/bash", "argv"), ("echo hi", "dash", "shell"), ("true", "dash", "argv"),
        ("x =ls", "zsh", "shell"), ("x ''=ls", "zsh", "shell"), ("x @=ls", "zsh", "shell"), ("x a=ls", "zsh", "argv"), ("x =ls", "bash", "argv"), ("which x", "zsh", "shell"), ("which x", "bash", "argv"), ("pwd", "sh", "shell"),
    ],
)  # fmt: skip
def test_the_shell_decides_what_is_a_builtin(text: str, shell: str, kind: str) -> None:
    assert shape_of(text, shell).kind == kind


@pytest.mark.parametrize(
    ("shell", "listing"), [("bash", "compgen -b"), ("zsh", "print -l ${(k)builtins}"), ("busybox", "help | tail -n +3")]
)
def test_no_builtin_of_an_installed_shell_is_forgotten(shell: str, listing: str, tmp_path: Path) -> None:
    if shell not in shells.FOUND:
        pytest.skip(f"{shell} is not installed")
    names = shells.run_text(shell, ShellText(listing), tmp_path).stdout.decode().split()
    assert len(names) > 30
    missing = {name for name in names if not is_builtin(name, shell) and name not in RESERVED}
    assert missing <= {"true", "false", "echo"}
