"""Files by pattern, as pathlib finds them."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st

from xsh import glob, sh, tempdir

NAMES = st.sampled_from(["a", "b", "ab", "a.log", "b.log", "A", "a b", "[x]", "é"])
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join), max_size=6)
PARTS = st.sampled_from(["*", "**", "a", "a*", "*.log", "?", "[ab]", "[!a]*", "*b*", "[[]x]"])
PATTERNS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tree")


def grow(root: Path, paths: list[str]) -> None:
    """Make a tree: the last part of each path is a file unless it is already a folder."""
    for path in paths:
        whole = root / path
        if not any(parent.is_file() for parent in whole.parents):
            whole.parent.mkdir(parents=True, exist_ok=True)
            if not whole.exists():
                whole.touch()


@hypothesis.given(PATHS, PATTERNS)
@hypothesis.settings(max_examples=150)
def test_matches_are_those_of_pathlib(folder: Path, paths: list[str], pattern: str) -> None:
    with tempdir() as root:
        grow(root, paths)
        expected = sorted(set(root.glob(pattern)) - {root})
        found = [root / path for path in glob(pattern, cwd=root)]
        if pattern.endswith("**"):
            # before Python 3.13 pathlib gave directories only for a `**` at the end
            expected = sorted(path for path in {*root.glob(pattern), *root.glob(f"{pattern}/*")} - {root})
        assert found == expected


def test_hidden_files_only_when_asked_for(tmp_path: Path) -> None:
    for name in (".hidden", "shown", ".dir/inside", "dir/.inside"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [str(p) for p in glob("**/*", cwd=tmp_path)] == ["dir", "shown"]
    assert [str(p) for p in glob("*", cwd=tmp_path, hidden=True)] == [".dir", ".hidden", "dir", "shown"]
    assert [str(p) for p in glob(".*", cwd=tmp_path)] == [".dir", ".hidden"]
    assert [str(p) for p in glob(".dir/*", "dir/.*", cwd=tmp_path)] == [".dir/inside", "dir/.inside"]


def test_what_is_taken_away(tmp_path: Path) -> None:
    for name in ("a.log", "b.log", "build/c.log", "build/deep/d.log", "src/e.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [str(p) for p in glob("**/*.log", "!build/**", cwd=tmp_path)] == ["a.log", "b.log", "src/e.log"]
    assert [str(p) for p in glob("**/*.log", "!**/d.log", "!a*", cwd=tmp_path)] == ["b.log", "build/c.log", "src/e.log"]
    assert [str(p) for p in glob("*.log", "src/*", cwd=tmp_path)] == ["a.log", "b.log", "src/e.log"]


def test_links_to_folders_are_not_followed_by_two_stars(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").touch()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "broken").symlink_to("nowhere")
    assert [str(p) for p in glob("**/file", cwd=tmp_path)] == ["real/file"]
    assert [str(p) for p in glob("link/*", cwd=tmp_path)] == ["link/file"]
    assert "broken" in [str(p) for p in glob("*", cwd=tmp_path)]


async def test_every_way_to_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b", "a", "weird *?[x] name\n"):
        (tmp_path / name).touch()
    expected = [Path("a"), Path("b"), Path("weird *?[x] name\n")]
    assert list(glob("*")) == [path async for path in glob("*")] == await glob("*") == expected
    assert len(glob("*")) == 3
    assert not glob("none*")
    assert repr(glob("*", "!x")) == "glob('*', '!x')"
    assert await sh("printf '%s|' ${files}", files=glob("*")).text() == "a|b|weird *?[x] name\n|"
    assert list(glob(f"{tmp_path}/a")) == [tmp_path / "a"]
    with sh(cwd="/"):
        assert [str(p) for p in glob("et*")] == ["etc"]


def test_wrong_patterns_are_told() -> None:
    with pytest.raises(TypeError, match="at least one pattern"):
        glob()
    with pytest.raises(TypeError, match="patterns as text, not PosixPath"):
        glob(Path("x"))  # type: ignore[arg-type]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read_has_no_matches(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    assert list(glob("closed/*", cwd=tmp_path)) == []
