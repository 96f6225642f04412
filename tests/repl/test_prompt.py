"""The prompt's text: what it says, and that nothing slow holds it up."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit.formatted_text import fragment_list_to_text

from xsh.repl.git_state import GitState, Head, parse_status, read_head, read_state
from xsh.repl.git_watch import GitWatch
from xsh.repl.marks import before_output, before_prompt, file_url, shortened, title, understood
from xsh.repl.prompt import PromptText, fitted
from xsh.repl.shell import Shell
from xsh.session.session import new_session

DEADLINE = 10.0
JOBS = ("sleep 9",)


async def until(fact: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not fact():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "trunk")
    (folder / "file").write_text("one\n")
    git(folder, "add", "file")
    git(folder, "commit", "-q", "-m", "first")
    return folder


@pytest.fixture
def slow_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `git` that says it runs and then sleeps; the file it writes its pid to."""
    tools = tmp_path / "tools"
    tools.mkdir()
    said = tmp_path / "git-runs"
    program = tools / "git"
    program.write_text(f'#!/bin/sh\necho $$ >>"{said}"\nexec sleep 30\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    return said


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return Shell(new_session())


def left_text(prompt: PromptText) -> str:
    return fragment_list_to_text(prompt.left())


def right_text(prompt: PromptText) -> str:
    return fragment_list_to_text(prompt.right()).strip()


# -- what git says -------------------------------------------------------------------------------------------------


def test_every_kind_of_line_is_counted():
    text = (
        "# branch.oid 1234\n# branch.head main\n# branch.upstream origin/main\n# branch.ab +2 -3\n# stash 1\n"
        "1 M. N... 100644 100644 100644 a b staged\n"
        "1 .M N... 100644 100644 100644 a b changed\n"
        "1 MM N... 100644 100644 100644 a b both\n"
        "2 R. N... 100644 100644 100644 a b R100 new\told\n"
        "u UU N... 1 2 3 4 a b c conflict\n"
        "? new file\n? other\n! ignored\n"
    )
    state = parse_status(text)
    assert state == GitState(ahead=2, behind=3, staged=3, changed=2, untracked=2, conflicts=1, stashed=1)
    assert str(state) == "↑2 ↓3 !1 +3 ~2 ?2 *1"
    assert not state.clean


@pytest.mark.parametrize(
    "text", ["", "nonsense", "#", "# branch.ab x y", "1", "1 ", "# stash", "# branch.ab +9999999999999 -1"]
)
def test_strange_output_is_no_error(text):
    assert parse_status(text).clean


def test_the_branch_comes_from_the_repositorys_own_file(repository):
    deep = repository / "a" / "b"
    deep.mkdir(parents=True)
    assert read_head(str(deep)) == Head(root=str(repository), branch="trunk")
    git(repository, "checkout", "-q", "-b", "feature/x")
    assert read_head(str(repository)) == Head(root=str(repository), branch="feature/x")


def test_a_detached_head_shows_its_commit(repository):
    git(repository, "checkout", "-q", "--detach")
    head = read_head(str(repository))
    assert head is not None
    assert len(head.branch) == 8
    assert int(head.branch, 16) >= 0


def test_a_merge_under_way_is_said(repository):
    (repository / ".git" / "MERGE_HEAD").touch()
    head = read_head(str(repository))
    assert head is not None
    assert head.operation == "merge"


def test_a_worktree_has_its_own_branch(repository, tmp_path):
    tree = tmp_path / "tree"
    git(repository, "worktree", "add", "-q", "-b", "side", str(tree))
    assert read_head(str(tree)) == Head(root=str(tree), branch="side")


def test_no_repository_is_none(tmp_path):
    assert read_head(str(tmp_path)) is None


async def test_the_state_is_read_without_a_lock(repository, shell):
    (repository / "file").write_text("two\n")
    (repository / "new").touch()
    index = (repository / ".git" / "index").stat()
    assert await read_state(str(repository), shell.session.runner) == GitState(changed=1, untracked=1)
    assert (repository / ".git" / "index").stat().st_mtime_ns == index.st_mtime_ns


async def test_without_git_there_is_no_state(repository, shell, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert await read_state(str(repository), shell.session.runner) is None


# -- a slow git ----------------------------------------------------------------------------------------------------


async def test_a_slow_git_delays_nothing_and_ends_with_the_prompt(repository, slow_git, shell):
    watch = GitWatch(shell.session.runner, lambda: None)
    began = time.monotonic()
    await watch.refresh(str(repository))
    assert time.monotonic() - began < 1
    assert watch.shown_head == Head(root=str(repository), branch="trunk")
    assert watch.state is None
    await until(slow_git.exists)
    await watch.close()
    assert not shell.session.runner.jobs


async def test_there_are_never_two_looks_at_once(repository, slow_git, shell, tmp_path):
    watch = GitWatch(shell.session.runner, lambda: None)
    for _ in range(5):
        await watch.refresh(str(repository))
    await until(lambda: slow_git.exists() and slow_git.read_text().endswith("\n"))
    assert len(slow_git.read_text().split()) == 1
    other = repository / "folder"
    other.mkdir()
    await watch.refresh(str(other))
    await until(lambda: len(slow_git.read_text().split()) == 2)
    assert len(shell.session.runner.jobs) == 1
    await watch.close()


async def test_an_old_state_is_dimmed_while_a_new_one_takes_long(repository, shell, monkeypatch, request):
    prompt = PromptText(shell)
    monkeypatch.chdir(repository)
    (repository / "new").touch()
    await prompt.refresh()
    await until(lambda: prompt.git.state is not None)
    assert right_text(prompt) == "?1"
    request.getfixturevalue("slow_git")
    await prompt.refresh()
    assert not prompt.git.stale
    assert right_text(prompt) == "?1"
    await until(lambda: prompt.git.stale)
    assert right_text(prompt) == "?1"
    assert prompt.right()[0][0] == "fg:ansibrightblack"
    await prompt.close()


# -- the text ------------------------------------------------------------------------------------------------------


async def test_a_late_state_does_not_move_what_is_typed(repository, shell, monkeypatch):
    prompt = PromptText(shell)
    monkeypatch.chdir(repository)
    (repository / "file").write_text("two\n")
    await prompt.refresh()
    before = left_text(prompt)
    await until(lambda: prompt.git.state is not None)
    assert left_text(prompt) == before
    assert " trunk > " in before
    assert ("fg:ansiyellow", "trunk") in prompt.left()
    await prompt.close()


async def test_status_signal_duration_jobs_and_target_are_shown(shell, monkeypatch, tmp_path):
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    prompt = PromptText(shell, glyph=lambda: "$")
    await prompt.refresh()
    assert (left_text(prompt), right_text(prompt)) == ("~ $ ", "")
    shell.status, shell.duration = 42, 1.9
    assert (left_text(prompt), right_text(prompt)) == ("~ [42] $ ", "")
    shell.status, shell.signal, shell.duration = 130, "SIGINT", 63.0
    assert left_text(prompt) == "~ [SIGINT] $ "
    assert right_text(prompt) == "1 m 3 s"
    shell.target_name = "web1"
    shell.jobs = JOBS  # type: ignore[assignment]
    assert left_text(prompt) == "web1:~ [SIGINT] $ "
    assert right_text(prompt).startswith("1 job ")
    await prompt.close()


async def test_a_directory_that_is_gone_keeps_its_name(shell, monkeypatch, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.setenv("PWD", str(gone))
    monkeypatch.chdir(gone)
    gone.rmdir()
    prompt = PromptText(shell)
    await prompt.refresh()
    assert "gone" in left_text(prompt)
    await prompt.close()


async def test_a_directorys_name_cannot_write_to_the_terminal(shell, monkeypatch, tmp_path):
    evil = tmp_path / "a\x1b[31m\n\u202eb"
    evil.mkdir()
    monkeypatch.chdir(evil)
    prompt = PromptText(shell)
    await prompt.refresh()
    assert "\x1b" not in left_text(prompt)
    assert "\u202e" not in left_text(prompt)
    await prompt.close()


@pytest.mark.parametrize(
    ("path", "width", "shown"),
    [
        ("~/src/xsh", 20, "~/src/xsh"),
        ("~/sources/projects/xsh", 20, "~/s/projects/xsh"),
        ("~/sources/.config/xsh", 12, "~/s/.c/xsh"),
        ("/very/deep/and/endlessly-long-name", 15, "…dlessly-long-name"[-15:]),
        ("~", 1, "~"),
    ],
)
def test_long_directories_are_shortened_from_the_front(path, width, shown):
    found = fitted(path, width)
    assert len(found) <= max(width, 10)
    assert found == shown or found.startswith("…")


# -- functions of the user -------------------------------------------------------------------------------------------


async def test_functions_of_the_user_replace_both_sides(shell):
    async def right_prompt() -> str:
        await asyncio.sleep(0)
        return "\x1b[31mred\x1b[0m"

    shell.names["prompt"] = lambda: "mine> "
    shell.names["right_prompt"] = right_prompt
    prompt = PromptText(shell)
    await prompt.refresh()
    assert (left_text(prompt), right_text(prompt)) == ("mine> ", "red")
    await prompt.close()


async def test_a_failing_function_is_told_once_and_the_shells_own_prompt_is_shown(shell):
    said: list[str] = []
    shell.say = said.append  # type: ignore[method-assign]

    def prompt_function() -> str:
        raise ZeroDivisionError("oops")

    shell.names["prompt"] = prompt_function
    prompt = PromptText(shell)
    for _ in range(3):
        await prompt.refresh()
        assert left_text(prompt).endswith(" > ")
    assert len(said) == 1
    assert "prompt() failed" in said[0]
    assert "ZeroDivisionError: oops" in said[0]
    assert "test_prompt.py:" in said[0]
    shell.names["prompt"] = lambda: "better "
    await prompt.refresh()
    assert left_text(prompt) == "better "
    await prompt.close()


async def test_a_value_that_is_no_text_is_a_failure_like_any_other(shell):
    said: list[str] = []
    shell.say = said.append  # type: ignore[method-assign]
    shell.names["right_prompt"] = lambda: 3
    prompt = PromptText(shell)
    await prompt.refresh()
    assert len(said) == 1
    await prompt.close()


async def test_a_slow_function_delays_the_prompt_by_little_and_does_not_move_it(shell):
    answers = [asyncio.Event(), asyncio.Event()]
    texts = iter(["first> ", "a wider one> "])
    gates = iter(answers)

    async def prompt_function() -> str:
        await next(gates).wait()
        return next(texts)

    shell.names["prompt"] = prompt_function
    prompt = PromptText(shell)
    await prompt.refresh()
    own = left_text(prompt)
    assert own.endswith(" > ")
    answers[0].set()
    await until(lambda: not prompt.user_left.stale)
    assert left_text(prompt) == own
    await prompt.refresh()
    assert left_text(prompt) == "first> "
    assert "ansibrightblack" in prompt.left()[0][0]
    answers[1].set()
    await until(lambda: not prompt.user_left.stale)
    assert left_text(prompt) == "first> "
    await prompt.close()


# -- marks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "tty", "understands"),
    [
        ("xterm-256color", True, True),
        ("tmux", True, True),
        ("dumb", True, False),
        ("", True, False),
        ("linux", True, False),
        ("xterm", False, False),
    ],
)
def test_only_terminals_that_know_them_get_marks(term, tty, understands):
    assert understood({"TERM": term}, is_terminal=tty) is understands


def test_marks_tell_status_directory_and_title():
    text = before_prompt("/tmp/a b", 3)
    assert text.startswith("\x1b]133;D;3\a\x1b]7;file://")
    assert "/tmp/a%20b\a" in text
    assert text.endswith("\x1b]133;A\a")
    assert "133;D" not in before_prompt("/", None)
    assert before_output("make all\nsecond") == "\x1b]2;make all\a\x1b]133;C\a"


def test_no_control_character_gets_into_a_title():
    assert title("a\x1b]2;evil\ab") == "\x1b]2;a\\x1b]2;evil\\x07b\a"
    assert "%1B" in file_url("/\x1b")


def test_home_is_a_tilde(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert [shortened(path) for path in ("/home/me", "/home/me/x", "/home/metoo", "/")] == [
        "~",
        "~/x",
        "/home/metoo",
        "/",
    ]
