"""The code cache: found by content, trusted only in a folder of one's own, never a reason to fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import CodeType

import pytest

from xsh.script import cache as cache_module
from xsh.script.cache import Cache, user_cache
from xsh.script.compile import compile_file, compile_source


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the cache of this test is; nothing is there yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "cache" / "xsh" / "code"


SOURCE = b"import os\nx = 1\ndef f():\n    return 1/0\n"


def code_of(value: str = "x = 1") -> CodeType:
    return compile_source(value, "first.xsh")


def test_a_source_is_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = compile_file("/a.xsh", SOURCE)
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setitem(sys.modules, "xsh.script.source.parse", None)  # importing it now fails
    again = compile_file("/a.xsh", SOURCE)
    assert again[0] == first[0]
    assert again[1] is first[1] is False


def test_folders_and_entries_are_for_their_owner_alone(folder: Path) -> None:
    compile_file("/a.xsh", SOURCE)
    entry = next(folder.iterdir())
    assert [path.stat().st_mode & 0o777 for path in (folder, folder.parent, entry)] == [0o700, 0o700, 0o600]


def test_whether_a_loop_is_needed_is_kept(folder: Path) -> None:
    assert [compile_file("/a.xsh", b"import asyncio")[1] for _ in range(2)] == [True, True]


def test_code_has_the_path_of_now(folder: Path) -> None:
    compile_file("/a.xsh", SOURCE)
    code, _ = compile_file("/b.xsh", SOURCE)
    assert len(list(folder.iterdir())) == 1
    assert code.co_filename == "/b.xsh"
    assert [inner.co_filename for inner in code.co_consts if isinstance(inner, CodeType)] == ["/b.xsh"]


def test_a_text_without_a_file_is_not_kept(folder: Path) -> None:
    compile_file("<command>", b"secret = 1")
    assert not folder.exists()


def test_other_content_is_other_code(folder: Path) -> None:
    for value in (b"x = 1", b"x = 2", b"x = 1 "):
        scope: dict[str, object] = {}
        exec(compile_file("/a.xsh", value)[0], scope)
        assert scope["x"] == int(value.split()[-1])
    assert len(list(folder.iterdir())) == 3


def test_the_level_of_optimisation_is_part_of_the_name(folder: Path) -> None:
    cache = Cache(str(folder))
    cache.store(b"x", 0, code_of(), needs_loop=False)
    assert cache.load("a", b"x", 0) is not None
    assert cache.load("a", b"x", 1) is None


def test_another_source_with_the_same_hash_is_not_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "_name", lambda data, optimize: "collision")
    cache = Cache(str(folder))
    cache.store(b"good", 0, code_of(), needs_loop=False)
    assert cache.load("a", b"good", 0) is not None
    assert cache.load("a", b"evil", 0) is None


def only_entry(folder: Path) -> Path:
    (entry,) = folder.iterdir()
    return entry


DAMAGES = {
    "empty": lambda content: b"",
    "cut": lambda content: content[:-1],
    "longer": lambda content: content + b"x",
    "a changed byte": lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:],
    "another kind": lambda content: b"PK" + content[2:],
    "noise": lambda content: os.urandom(len(content)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_entry_is_ignored_and_written_again(folder: Path, damage) -> None:
    first, _ = compile_file("/a.xsh", SOURCE)
    entry = only_entry(folder)
    whole = entry.read_bytes()
    entry.write_bytes(damage(whole))
    assert compile_file("/a.xsh", SOURCE)[0] == first
    assert entry.read_bytes() == whole


def test_a_folder_that_others_may_write_is_not_used(folder: Path) -> None:
    folder.mkdir(parents=True)
    for mode in (0o720, 0o702, 0o777):
        folder.chmod(mode)
        compile_file("/a.xsh", SOURCE)
        assert list(folder.iterdir()) == []


def test_a_folder_behind_a_link_is_not_used(folder: Path, tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir(mode=0o700)
    folder.parent.mkdir(parents=True)
    folder.symlink_to(real)
    compile_file("/a.xsh", SOURCE)
    assert list(real.iterdir()) == []


def test_the_folder_of_another_user_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_file("/a.xsh", SOURCE)
    before = only_entry(folder).read_bytes()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert Cache(str(folder)).load("/a.xsh", SOURCE, 0) is None
    compile_file("/a.xsh", b"y = 1")
    assert only_entry(folder).read_bytes() == before


def test_nothing_is_made_in_the_home_of_another_user(folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    compile_file("/a.xsh", SOURCE)
    assert list(tmp_path.iterdir()) == []


def test_an_entry_that_others_may_write_is_not_taken(folder: Path) -> None:
    compile_file("/a.xsh", SOURCE)
    entry = only_entry(folder)
    entry.chmod(0o666)
    assert user_cache().load("/a.xsh", SOURCE, sys.flags.optimize) is None
    entry.chmod(0o600)
    assert user_cache().load("/a.xsh", SOURCE, sys.flags.optimize) is not None


def test_an_entry_that_is_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    compile_file("/a.xsh", SOURCE)
    entry = only_entry(folder)
    entry.rename(tmp_path / "moved")
    entry.symlink_to(tmp_path / "moved")
    assert user_cache().load("/a.xsh", SOURCE, sys.flags.optimize) is None
    compile_file("/a.xsh", SOURCE)
    assert not entry.is_symlink()


@pytest.mark.parametrize(
    "environment",
    [{}, {"HOME": ""}, {"HOME": "relative"}, {"XDG_CACHE_HOME": "relative"}, {"HOME": "/dev/null"}],
    ids=str,
)
def test_without_a_home_scripts_compile_all_the_same(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert compile_file("/a.xsh", SOURCE)[1] is False
    assert list(tmp_path.iterdir()) == []


def test_home_is_used_without_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert user_cache().folder == "/home/me/.cache/xsh/code"
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/x")
    assert user_cache().folder == "/var/x/xsh/code"


def test_pythons_own_switch_is_respected(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    compile_file("/a.xsh", SOURCE)
    assert not folder.exists()


def test_a_disk_that_takes_nothing_is_no_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    compile_file("/a.xsh", SOURCE)
    monkeypatch.undo()
    assert list(folder.iterdir()) == []


def test_the_oldest_entries_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "LIMIT", 20)
    cache = Cache(str(folder))
    code = code_of()
    for number in range(20):
        cache.store(b"%d" % number, 0, code, needs_loop=False)
        os.utime(folder / cache_module._name(b"%d" % number, 0), (number, number))
    assert len(list(folder.iterdir())) == 20
    cache.store(b"new", 0, code, needs_loop=False)
    kept = {number for number in range(20) if cache.load("a", b"%d" % number, 0)}
    assert kept == set(range(3, 20))
    assert cache.load("a", b"new", 0) is not None


def test_a_cached_script_loads_no_module_that_reads_source(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "a.xsh"
    script.write_bytes(SOURCE)
    compile_file(str(script), SOURCE)
    program = (
        "import sys; before = set(sys.modules)\n"
        "from xsh.script.compile import compile_file\n"
        "compile_file(sys.argv[1], open(sys.argv[1], 'rb').read())\n"
        "print(*sorted(name for name in set(sys.modules) - before if not name.startswith('xsh')))\n"
        "print(*sorted(name for name in set(sys.modules) - before if name.startswith('xsh')))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(cache_module.__file__).parents[2])}
    shown = subprocess.run(
        [sys.executable, "-c", program, str(script)], env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout == "__future__\nxsh xsh.script xsh.script.cache xsh.script.compile\n"
