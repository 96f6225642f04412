"""The state of a repository for the prompt: what git says, and a git that is slow."""

from __future__ import annotations

import pytest

from tests.repl.repositories import git, until
from xsh.repl.prompt.git_state import GitState, Head, parse_status, read_head, read_state
from xsh.repl.prompt.git_watch import GitWatch


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
    await watch.refresh(str(repository))
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
