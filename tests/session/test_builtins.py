"""`cd`, `export` and `unset` as statements do to the program what a shell would have them do to itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.async_tests import run_async
from xsh import CommandFailed, TemplateError, WorkingDirectoryError, cd, sh
from xsh.command.pipeline import Stage


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A directory and an environment of the test's own, put back after it."""
    before, here = dict(os.environ), os.getcwd()
    (tmp_path / "sub").mkdir()
    (tmp_path / "my dir;x").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WHERE", str(tmp_path / "sub"))
    os.chdir(tmp_path)
    yield
    os.chdir(here)
    os.environ.clear()
    os.environ.update(before)


def act(text: str, **holes: object) -> None:
    """Run a literal as a statement."""
    run_async(_awaited(sh(text, **holes).__statement__()))


async def _awaited(stage: Stage) -> None:
    await stage


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("cd sub", "sub"),
        ("cd ~", "."),
        ("cd ~/sub", "sub"),
        ("cd $WHERE", "sub"),
        ('cd "$WHERE"', "sub"),
        ('cd "$(echo sub)"', "sub"),
        ("cd su*", "sub"),
        ("cd my\\ dir\\;x", "my dir;x"),
        ("cd 'my dir;x'", "my dir;x"),
        ('cd "my dir;x"', "my dir;x"),
        ("cd sub # a comment", "sub"),
        ("cd", "."),
    ],
)
def test_cd_moves_the_program(text: str, where: str, tmp_path: Path) -> None:
    act(text)
    assert os.getcwd() == os.path.realpath(tmp_path / where)
    assert os.environ["PWD"] == os.getcwd()


def test_a_hole_is_data(tmp_path: Path) -> None:
    act("cd ${name}", name=tmp_path / "my dir;x")
    act("cd ~/${name}", name="sub")
    assert os.getcwd() == os.path.realpath(tmp_path / "sub")
    act("cd -")
    assert os.getcwd() == os.path.realpath(tmp_path / "my dir;x")
    with pytest.raises(WorkingDirectoryError, match="no such file"):
        act("cd ${name}", name="$HOME")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("export A=b", "b"),
        ("export A='http://h/?x=1&y=*;$z'", "http://h/?x=1&y=*;$z"),
        ("export A=a\\ b", "a b"),
        ('export A="x\\"y"', 'x"y'),
        ("export A=$WHERE/x", "{tmp}/sub/x"),
        ('export A="$WHERE":~', "{tmp}/sub:{tmp}"),
        ("export A=~", "{tmp}"),
        ('export A="$(printf "two\\n\\nlines = 2")"', "two\n\nlines = 2"),
        ("export A=1 A=2", "2"),
    ],
)
def test_export_sets_the_variable(text: str, value: str, tmp_path: Path) -> None:
    act(text)
    assert os.environ["A"] == value.replace("{tmp}", str(tmp_path))


def test_export_of_holes() -> None:
    act("export A=${a} B=pre${b}post", a="x y", b=["1", "2"])
    assert (os.environ["A"], os.environ["B"]) == ("x y", "pre1 2post")
    act("export A=${a}:$WHERE", a="x y;z")
    assert os.environ["A"] == f"x y;z:{os.environ['WHERE']}"


def test_unset_removes_the_variable() -> None:
    os.environ.update(A="1", B="2", NAME="B")
    act("unset A $NAME")
    act("unset ${names}", names=(name for name in ("NAME", "NOBODY")))
    assert not {"A", "B", "NAME"} & set(os.environ)


def test_what_a_shell_does_leaves_nothing_else_behind() -> None:
    before = dict(os.environ)
    act('export A="$(echo 1)"')
    assert {name: value for name, value in os.environ.items() if before.get(name) != value} == {"A": "1"}
    assert before.keys() <= os.environ.keys()


def test_an_unset_variable_is_the_shells_error() -> None:
    with pytest.raises(CommandFailed, match=r"cd \$NOBODY_SET_THIS: exit 1") as caught:
        act("cd $NOBODY_SET_THIS")
    assert "unbound variable" in caught.value.tail


@pytest.mark.parametrize("text", ["cd sub && true", "cd sub; true", "cd sub | cat", "export A=1 && true"])
def test_more_than_one_command_is_the_shells(text: str) -> None:
    here = os.getcwd()
    act(text)
    assert os.getcwd() == here
    assert "A" not in os.environ


def test_faults_are_told() -> None:
    with pytest.raises(TemplateError, match="too many arguments"):
        act("cd a b")
    with pytest.raises(TemplateError, match="is not NAME=value"):
        act("export 1A=x")
    with pytest.raises(TemplateError, match="NOBODY is not set"):
        act("export NOBODY")
    with pytest.raises(WorkingDirectoryError, match="there is no previous directory yet"):
        os.environ.pop("OLDPWD", None)
        cd("-")
