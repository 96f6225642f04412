"""Every example of README.md, docs/ and the docstrings runs and shows what it says it shows."""

from __future__ import annotations

import ast
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.checkout import need_module
from tests.docs import pages, world
from tests.docs.pages import Block
from tests.docs.world import PLAIN, SETTINGS, Setting
from tests.script_runner import CHECKOUT, ScriptRun, ScriptRunner

SUFFIXES = {"xsh": ".xsh", "python": ".py", "bash": ".sh", "sh": ".sh"}
PAGES = sorted(
    path.relative_to(CHECKOUT).as_posix()
    for path in [CHECKOUT / "README.md", *(CHECKOUT / "docs").rglob("*.md")]
    if path.exists()
)


def docstrings() -> Iterator[tuple[str, str]]:
    """Every docstring of xsh/ that holds an example, by `path name`."""
    for path in sorted((CHECKOUT / "xsh").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                text = ast.get_docstring(node) or ""
                if "```" in text or "xample::" in text or "xamples::" in text:
                    name = getattr(node, "name", "module")
                    yield f"{path.relative_to(CHECKOUT)} {name}", text


DOCSTRINGS = dict(docstrings())


class Reader:
    """Someone who follows a page step by step in one fresh folder."""

    def __init__(self, runner: ScriptRunner, folder: Path, page: str) -> None:
        self.runner = runner
        self.folder = folder
        self.page = page
        folder.mkdir()
        tools = folder.parent / "tools"
        tools.mkdir()
        launcher = tools / "xsh"
        launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {CHECKOUT}/scripts/xsh "$@"\n')
        launcher.chmod(0o755)
        (runner.home / ".gitconfig").write_text(
            "[user]\nname = Reader\nemail = reader@example.org\n[init]\ndefaultBranch = main\n"
        )
        path = f"{tools}:{runner.environment()['PATH']}"
        self.env = runner.environment(PATH=path, PWD=str(folder))

    def enter_world(self) -> None:
        """Give the folder what examples of docstrings stand on, as a history of one commit."""
        world.make_world(self.folder, self.folder.parent / "tools", self.runner.home)
        made = self.run(["sh", "-ec", "git init -q; git add .; git commit -qm 'first commit'"])
        assert made.returncode == 0, made.stdout

    def follow(self, block: Block, setting: Setting = PLAIN) -> None:
        """Do what the page says; AssertionError names the page and the line where it does not come out."""
        if "file" in block.directives:
            path = self.folder / block.directives["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            path.chmod(0o755 if block.text.startswith("#!") else 0o644)
        elif block.language == "console":
            for command, output in pages.session(block.text):
                self.compare(block, self.run(["bash", "-c", command]), output, command)
        else:
            name = block.directives.get("name", f"example{SUFFIXES[block.language]}")
            (self.folder / name).write_text(setting.before + block.text, encoding="utf-8")
            interpreter = sys.executable if block.language == "python" else block.language
            run = self.run([interpreter, name, *setting.args], setting.stdin)
            self.compare(block, run, block.expected, block.text)

    def run(self, argv: list[str], stdin: str = "") -> ScriptRun:
        """Run one step; its two outputs arrive together, as on a screen."""
        running = self.runner.start_argv(
            argv, cwd=self.folder, env=self.env, stdin=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return running.finish(stdin.encode(), timeout=50)

    def compare(self, block: Block, run: ScriptRun, expected: str | None, what: str) -> None:
        """Hold the end of a step against what the page says of it."""
        output = run.stdout.replace(str(self.folder), "/tmp/example")
        where = f"{self.page}, the block at line {block.line}:\n{what}\n--- gave exit {run.returncode} and\n{output}"
        wanted = int(block.directives.get("exit", "0"))
        if block.language != "console" or "exit" in block.directives:
            assert run.returncode == wanted, f"{where}--- expected exit {wanted}"
        if expected is not None:
            assert pages.pattern(expected).match(pages.settle(output)), f"{where}--- expected\n{expected}"


def follow_all(reader: Reader, blocks: list[Block], setting: Setting = PLAIN) -> None:
    """Follow a page to its end, or to the first block that needs a program which is not installed."""
    for block in blocks:
        missing = block.directives.get("needs")
        if missing and shutil.which(missing) is None:
            pytest.skip(f"{reader.page}, line {block.line}: {missing} is not installed")
        if "skip" in block.directives:
            continue
        if block.language == "xsh":
            need_module("xsh.cli")
        reader.follow(block, setting)


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page(page: str, script: ScriptRunner, tmp_path: Path) -> None:
    blocks = pages.read_page((CHECKOUT / page).read_text(encoding="utf-8"))
    follow_all(Reader(script, tmp_path / "reader", page), blocks)


@pytest.mark.parametrize("name", DOCSTRINGS)
def test_the_examples_of_a_docstring(name: str, script: ScriptRunner, tmp_path: Path) -> None:
    reader = Reader(script, tmp_path / "reader", name)
    reader.enter_world()
    follow_all(reader, pages.docstring_blocks(DOCSTRINGS[name]), SETTINGS.get(name, PLAIN))


def test_every_setting_belongs_to_an_example() -> None:
    assert SETTINGS.keys() - DOCSTRINGS.keys() == set()
