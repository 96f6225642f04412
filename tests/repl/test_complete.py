"""What is offered where: the pure core, with a view made by hand and a directory of awkward names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.repl.decisions import PROGRAMS
from xsh.repl.complete.candidate import Candidate, matching
from xsh.repl.complete.complete import complete
from xsh.repl.complete.view import View
from xsh.repl.decide.known import Known


class Trap:
    """Fails the test when any of its code runs."""

    kind = "trap"
    __slots__ = ("__dict__", "slot")

    def __init__(self) -> None:
        self.slot = {"in slot": 1}
        self.plain = {"in plain": 1}

    @property
    def dangerous(self) -> Any:
        raise AssertionError("a property ran")

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"__getattr__ ran for {name}")

    def __dir__(self) -> Any:
        raise AssertionError("__dir__ ran")

    def __getitem__(self, key: object) -> Any:
        raise AssertionError("__getitem__ ran")

    def __repr__(self) -> str:
        raise AssertionError("__repr__ ran")

    def method(self, alpha: int, *, beta: int = 0) -> None:
        raise AssertionError


def deploy(host: str, port: int = 22, *, force: bool = False) -> None:
    raise AssertionError


NAMES: dict[str, Any] = {
    "data": {"alpha": 1, "al pha": 2, "beta": {"inner": [10, {"deep": 1}]}, 3: 4, "it's": 5},
    "trap": Trap(),
    "deploy": deploy,
    "text": "abc",
    "_secret": 1,
}
ALIASES: dict[str, Any] = {"ll": "ls -l", "mine": deploy}


@pytest.fixture
def view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> View:
    for name in (
        "plain.txt",
        "two words.txt",
        ".hidden",
        "it's",
        "$x",
        "a${b}",
        "-dash",
        "ünï",
        "back\\slash",
        "tick`s",
    ):
        (tmp_path / name).touch()
    (tmp_path / "tool").touch(mode=0o755)
    (tmp_path / "my dir").mkdir()
    (tmp_path / "my dir" / "inside").touch()
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text("Host prod stage *.example\n  HostName 10.0.0.1\nHost db\n")
    (tmp_path / ".ssh" / "known_hosts").write_text(
        "old,10.0.0.9 ssh-ed25519 AA\n[gate]:2222 ssh-rsa BB\n|1|x|y ssh-rsa C\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    known = Known(NAMES, ALIASES, PROGRAMS.__contains__)
    env = {"HOME": "/h", "HOST_NAME": "x", "PATH": "/bin"}
    jobs = [(1, "sleep 100"), (2, "make all")]
    return View(known, names=NAMES, programs=PROGRAMS, aliases=ALIASES, jobs=jobs, env=env)


def offered(view: View, text: str) -> list[str]:
    """What the menu shows for the cursor at the end of a text."""
    return [candidate.shown for candidate in complete(text, len(text), view)]


def inserted(view: View, text: str) -> list[str]:
    """The whole text after each candidate is taken."""
    return [text[: candidate.start] + candidate.text for candidate in complete(text, len(text), view)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # first words
        ("gi", ["git", "git-lfs"]),
        ("python3", ["python3.11"]),
        ("ls | gi", ["git", "git-lfs"]),
        ("ls && gre", ["grep"]),
        ("$ gi", ["git", "git-lfs"]),
        ("!gi", ["git", "git-lfs"]),
        ("x = await $`gi", ["git", "git-lfs"]),
        ("echo $(gi", ["git", "git-lfs"]),
        ("pus", ["pushd"]),
        ("min", ["min", "mine"]),
        ("./to", ["tool"]),
        ("./pl", []),
        ("A=1 gi", ["git", "git-lfs"]),
        # paths
        ("cat pl", ["plain.txt"]),
        ("cat ./pl", ["plain.txt"]),
        ("cat two", ["two words.txt"]),
        ("cat 'two", ["two words.txt"]),
        ('cat "two', ["two words.txt"]),
        ("cat two\\ w", ["two words.txt"]),
        ("cat .h", [".hidden"]),
        ("cat > pl", ["plain.txt"]),
        ("cat words", ["two words.txt"]),
        ("cat plntxt", ["plain.txt"]),
        ("cat my\\ dir/", ["inside"]),
        ("cat 'my dir/", ["inside"]),
        ("cat ~/pl", ["plain.txt"]),
        ("dd if=pl", ["plain.txt"]),
        ("make --file=pl", ["plain.txt"]),
        ("x = await $`cat pl", ["plain.txt"]),
        ("$ cat pl", ["plain.txt"]),
        ("cat nowhere/x", []),
        # the session's commands
        ("cd ", ["my dir/"]),
        ("pushd m", ["my dir/"]),
        ("export HO", ["HOME", "HOST_NAME"]),
        ("unset PA", ["PATH"]),
        ("source pl", ["plain.txt"]),
        ("fg ", ["%1", "%2"]),
        ("bg %2", ["%2"]),
        ("kill make", ["%2"]),
        ("kill -T", ["-TERM", "-TSTP"]),
        ("disown %", ["%1", "%2"]),
        ("wait ", ["%1", "%2"]),
        ("unalias l", ["ll"]),
        ("which python3", ["python3.11"]),
        ("history se", ["search"]),
        ("exit ", []),
        # variables
        ("echo $HO", ["HOME", "HOST_NAME"]),
        ('echo "a $HO', ["HOME", "HOST_NAME"]),
        ("echo '$HO", []),
        # hosts
        ("ssh pr", ["prod"]),
        ('$.ssh("', ["10.0.0.9", "db", "gate", "old", "prod", "stage"]),
        ("prod = $.ssh('st", ["stage"]),
        # Python names
        ("x = dep", ["deploy"]),
        ("x = dat", ["data", "datetime"]),
        ("x = gath", ["gather"]),
        ("for x in da", ["data", "datetime"]),
        ("x = _sec", ["_secret"]),
        ("x = isinst", ["isinstance"]),
        ("echo ${dat", ["data", "datetime"]),
        ("x = await $`echo ${dat", ["data", "datetime"]),
        ("$ echo ${dat", ["data", "datetime"]),
        ("$ echo 'a ${dat", ["data", "datetime"]),
        # attributes
        ("trap.kin", ["kind"]),
        ("trap.dang", ["dangerous"]),
        ("trap.pla", ["plain"]),
        ("trap.slo", ["slot"]),
        ("trap.dangerous.x", []),
        ("trap.method.x", []),
        ("text.upp", ["isupper", "upper"][1:]),
        ("'a'.upp", ["upper"]),
        ("x = json.dum", ["dump", "dumps"]),
        ("$.ss", ["ssh"]),
        ("echo ${text.upp", ["upper"]),
        ("data.va", ["values"]),
        # keys
        ("data['al", ["al pha", "alpha"]),
        ('x = data["be', ["beta"]),
        ("data['beta']['in", ["inner"]),
        ("data['beta']['inner'][1]['d", ["deep"]),
        ("trap.plain['", ["in plain"]),
        ("trap.slot['", ["in slot"]),
        ("trap['", []),
        ("trap.dangerous['", []),
        ("env['HO", ["HOME", "HOST_NAME"]),
        # arguments
        ("deploy(ho", ["host="]),
        ("deploy('x', for", ["force=", "for", "format"]),
        ("trap.method(be", ["beta="]),
        # modules
        ("import jso", ["json"]),
        ("from json import dum", ["dump", "dumps"]),
        ("x = 'text", []),
        ("# comm", []),
        ("", []),
    ],
)  # fmt: skip
def test_what_is_offered(view: View, text: str, shown: list[str]) -> None:
    assert offered(view, text) == shown


def test_keys_and_hosts_close_what_they_stand_in(view: View) -> None:
    assert inserted(view, "data['al") == ["data['al pha']", "data['alpha']"]
    assert inserted(view, '$.ssh("pr') == ['$.ssh("prod"']
    assert "it's" in offered(view, 'data["')


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("cat two", "cat two\\ words.txt"),
        ("cat 'two", "cat 'two words.txt'"),
        ('cat "two', 'cat "two words.txt"'),
        ("cat my", "cat my\\ dir/"),
        ("cat 'my", "cat 'my dir/"),
        ("cat ~/two", "cat ~/two\\ words.txt"),
        ("cat it", "cat it\\'s"),
        ("cat 'it", "cat 'it'\\''s'"),
        ("cat \\$", "cat \\$x"),
        ("cat -d", "cat -dash"),
        ("./to", "./tool"),
        ("dd if=two", "dd if=two\\ words.txt"),
        ("export HOM", "export HOME="),
        ("cat tick", "cat tick'\\`'s"),
    ],
)
def test_what_is_inserted_is_quoted_as_needed(view: View, text: str, after: str) -> None:
    assert after in inserted(view, text)


def test_an_argument_that_was_given_is_not_offered_again(view: View) -> None:
    assert "port=" in offered(view, "deploy(host='x', po")
    assert "host=" not in offered(view, "deploy(host='x', ho")


def test_hidden_files_are_offered_when_asked_for(view: View) -> None:
    assert ".hidden" not in offered(view, "cat ")
    assert ".hidden" in offered(view, "cat .")


def test_a_file_that_looks_like_an_option_is_offered_as_a_path(view: View) -> None:
    assert "cat ./-dash" in inserted(view, "cat ")


def test_a_user_name_hides_the_program_of_that_name(view: View) -> None:
    names = {**NAMES, "git": 1}
    view.names = names
    view.known = Known(names, ALIASES, PROGRAMS.__contains__)
    kinds = [(candidate.shown, candidate.kind) for candidate in complete("gi", 2, view)]
    assert kinds == [("git", "name"), ("git-lfs", "program")]


def test_aliases_and_jobs_say_what_they_are(view: View) -> None:
    assert [candidate.description for candidate in complete("ll", 2, view)] == ["ls -l"]
    assert [candidate.description for candidate in complete("fg %2", 5, view)] == ["make all"]


def test_answers_of_bash_come_before_paths(view: View) -> None:
    view.answers = ["checkout ", "cherry-pick ", "my dir"]
    assert offered(view, "git che") == ["checkout", "cherry-pick"]
    assert inserted(view, "git my") == ["git my\\ dir/"]
    view.answers = ["always", "auto"]
    assert inserted(view, "ls --color=a") == ["ls --color=always", "ls --color=auto"]
    view.answers = []
    assert offered(view, "git pl") == ["plain.txt"]


@pytest.mark.parametrize(
    ("typed", "names", "found"),
    [
        ("ab", ["abc", "xab", "a-b"], ["abc"]),
        ("ab", ["ABC", "xab"], ["ABC"]),
        ("ab", ["xab", "a-b"], ["xab"]),
        ("ab", ["a-b", "ba"], ["a-b"]),
        ("", ["b", "a"], ["a", "b"]),
        ("zz", ["a"], []),
    ],
)
def test_matching_goes_from_prefix_to_letters(typed: str, names: list[str], found: list[str]) -> None:
    assert matching(typed, names) == found


@given(st.text(alphabet="ls git.x['\"]$`{}()|&;<> \\\n=#~/d", max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_is_too_odd_to_complete(view: View, text: str) -> None:
    for candidate in complete(text, len(text), view):
        assert isinstance(candidate, Candidate)
        assert 0 <= candidate.start <= len(text)
