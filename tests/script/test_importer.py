"""Importing `.xsh` modules."""

from __future__ import annotations

import importlib
import linecache
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from tests.script.stub_names import names
from tests.script_runner import ScriptRunner
from xsh.script import importer
from xsh.script.importer import Finder, finder, install


def prepare(scope: dict[str, object], code: CodeType) -> None:
    scope.update({name: value for name, value in names([]).items() if name.startswith("__xsh")})
    scope["mentioned"] = code.co_names


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on `sys.path` whose `.xsh` files can be imported."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    known = set(sys.modules)
    install(prepare)
    yield tmp_path
    for name in set(sys.modules) - known:
        del sys.modules[name]
    importlib.invalidate_caches()


def test_a_module_has_the_hidden_names_and_its_own(folder: Path) -> None:
    (folder / "helpers.xsh").write_text("x = $`ls ${1}`\nasync def f():\n    $ ls\n")
    module = importlib.import_module("helpers")
    assert repr(module.x) == "$`ls <1>`"
    assert module.__file__ == str(folder / "helpers.xsh")
    assert module.__name__ == "helpers"
    assert "f" in vars(module)
    assert "__xsh_sh__" in module.mentioned


def test_a_python_file_wins(folder: Path) -> None:
    (folder / "helpers.xsh").write_text("which = 'xsh'")
    (folder / "helpers.py").write_text("which = 'py'")
    assert importlib.import_module("helpers").which == "py"


def test_the_code_of_both_is_kept_apart(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (folder / "helpers.xsh").write_text("which = 'xsh'")
    assert importlib.import_module("helpers").which == "xsh"
    assert not (folder / "__pycache__").exists()
    monkeypatch.setitem(sys.modules, "xsh.script.source.parse", None)  # a second import compiles nothing
    del sys.modules["helpers"]
    assert importlib.import_module("helpers").which == "xsh"


def test_modules_in_packages_and_relative_imports(folder: Path) -> None:
    (folder / "tools").mkdir()
    (folder / "tools" / "__init__.py").write_text("")
    (folder / "tools" / "a.xsh").write_text("from .b import y\nx = $`a ${y}`")
    (folder / "tools" / "b.xsh").write_text("y = 2")
    assert repr(importlib.import_module("tools.a").x) == "$`a <2>`"


def test_a_missing_module_is_missing(folder: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match="No module named 'nosuch'"):
        importlib.import_module("nosuch")
    (folder / "folder.xsh").mkdir()
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("folder")


def test_awaiting_at_the_top_level_names_the_way_out(folder: Path) -> None:
    (folder / "helpers.xsh").write_text("$ ls\n")
    with pytest.raises(ImportError, match=r"awaits at its top level, .* put that into an `async def`") as caught:
        importlib.import_module("helpers")
    assert caught.value.name == "helpers"
    assert caught.value.path == str(folder / "helpers.xsh")
    assert "helpers" not in sys.modules


def test_errors_point_into_the_module(folder: Path) -> None:
    (folder / "broken.xsh").write_text("x = 1\ny = $`é\n")
    with pytest.raises(SyntaxError) as caught:
        importlib.import_module("broken")
    assert (caught.value.filename, caught.value.lineno, caught.value.offset) == (str(folder / "broken.xsh"), 2, 6)
    (folder / "failing.xsh").write_text("x = '''\n'''; y = $`é ${1/0}`\n")
    linecache.checkcache()
    with pytest.raises(ZeroDivisionError) as failed:
        importlib.import_module("failing")
    frame = traceback.extract_tb(failed.value.__traceback__)[-1]
    assert (frame.filename, frame.lineno) == (str(folder / "failing.xsh"), 2)
    assert frame.line == "'''; y = $`é ${1/0}`"


def test_a_module_can_be_loaded_again(folder: Path) -> None:
    path = folder / "helpers.xsh"
    path.write_text("x = $`a`")
    module = importlib.import_module("helpers")
    path.write_text("x = $`bc`")
    assert repr(importlib.reload(module).x) == "$`bc`"


def test_source_and_lines_are_to_be_had(folder: Path) -> None:
    (folder / "helpers.xsh").write_bytes(b"# coding: latin-1\nx = '\xe9'\n")
    module = importlib.import_module("helpers")
    assert module.__loader__.get_source("helpers") == "# coding: latin-1\nx = 'é'\n"
    assert module.x == "é"


def test_the_working_directory_is_searched_where_the_path_says_so(folder: Path, monkeypatch) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "here.xsh").write_text("x = 1")
    monkeypatch.chdir(folder / "sub")
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    assert importlib.import_module("here").x == 1


def test_there_is_one_finder_and_it_is_asked_last(folder: Path) -> None:
    first = sys.meta_path[-1]
    assert isinstance(first, Finder)
    assert install(prepare) is first
    assert sum(isinstance(found, Finder) for found in sys.meta_path) == 1
    assert finder(prepare).find_spec("nosuch") is None
    assert importer.SUFFIX == ".xsh"


def test_a_folder_with_an_init_of_ours_is_a_package(script: ScriptRunner) -> None:
    for name, source in {
        "tools/__init__.xsh": "from .words import word\nasync def said():\n    return await $`echo ${word}`.text()\n",
        "tools/words.xsh": "word = 'hello'\n",
        "tools/deep/__init__.xsh": "depth = 2\n",
        "plain/part.xsh": "part = 'of a namespace'\n",
        "both/__init__.py": "kind = 'py'\n",
        "both/__init__.xsh": "kind = 'xsh'\n",
    }.items():
        path = script.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    run = script(
        "import tools, tools.deep, plain.part, both\n"
        "print(await tools.said(), tools.deep.depth, plain.part.part, both.kind, tools.__file__.rpartition('/')[2])\n"
    )
    assert run.stderr == ""
    assert run.stdout == "hello 2 of a namespace py __init__.xsh\n"
