"""Start-up loads only what is needed: scripts start often."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.checkout import in_fresh_python, need_module
from tests.script_runner import CHECKOUT

HEAVY = ["asyncio", "anyio", "click", "prompt_toolkit", "pygments", "asyncssh", "re", "dataclasses", "typing"]
ALSO_HEAVY = [
    "enum",
    "functools",
    "collections",
    "pathlib",
    "subprocess",
    "inspect",
    "contextlib",
    "importlib.metadata",
]
MODULES_AFTER_IMPORT = 3
"""How many modules `import xsh` may add to a bare interpreter."""
MODULES_AFTER_EMPTY_SCRIPT = 15
"""How many modules `xsh empty.xsh` may add to a bare interpreter."""

RUN_LAUNCHER = """
import atexit, sys
before = set(sys.modules)
atexit.register(lambda: print("\\n", sorted(set(sys.modules) - before), sep=""))
sys.argv = ["xsh", *{arguments!r}]
exec(compile(open({launcher!r}).read(), {launcher!r}, "exec"))
"""


def added_by(code: str, cwd: Path | None = None) -> list[str]:
    """The list of modules that a piece of code, at home where it runs, prints at its end."""
    found = in_fresh_python(code, cwd=cwd and str(cwd), home=cwd and str(cwd))
    assert isinstance(found, list)
    return found


def added_by_import() -> list[str]:
    """The modules that `import xsh` loads."""
    return added_by("import sys; before = set(sys.modules); import xsh; print(sorted(set(sys.modules) - before))")


def added_by_xsh(*arguments: str, cwd: Path) -> list[str]:
    """The modules that the installed command loads in a whole run: its second one, when the script's code is cached."""
    code = RUN_LAUNCHER.format(arguments=list(arguments), launcher=str(CHECKOUT / "scripts" / "xsh"))
    added_by(code, cwd)
    return added_by(code, cwd)


def heavy(modules: list[str], unwanted: list[str]) -> list[str]:
    """Those of the modules that start-up must not load."""
    return sorted(set(modules) & set(unwanted))


def test_import_xsh_is_light() -> None:
    need_module("xsh")
    modules = added_by_import()
    assert heavy(modules, HEAVY + ALSO_HEAVY) == []
    assert len(modules) <= MODULES_AFTER_IMPORT, modules


@pytest.mark.parametrize(
    "text", ["", "x = 1\n", "#!/usr/bin/env xsh\nprint('hello')\n"], ids=["empty", "plain", "print"]
)
def test_a_script_without_commands_is_light(text: str, tmp_path: Path) -> None:
    need_module("xsh.cli")
    (tmp_path / "script.xsh").write_text(text)
    modules = added_by_xsh("script.xsh", cwd=tmp_path)
    assert heavy(modules, HEAVY) == []
    assert len(modules) <= MODULES_AFTER_EMPTY_SCRIPT, modules


def test_commands_one_after_another_need_no_loop_and_no_library(tmp_path: Path) -> None:
    need_module("xsh.cli")
    (tmp_path / "script.xsh").write_text("r = await $`true`\n")
    assert heavy(added_by_xsh("script.xsh", cwd=tmp_path), [*HEAVY, "ssl", "logging"]) == []


def test_the_interpreter_alone_is_light() -> None:
    modules = added_by("import sys; print(sorted(sys.modules))")
    assert heavy(modules, HEAVY + ALSO_HEAVY) == []


def test_the_measurement_sees_what_is_loaded(tmp_path: Path) -> None:
    need_module("xsh.cli")
    (tmp_path / "script.xsh").write_text("import dataclasses\n")
    assert {"dataclasses", "re", "enum"} <= {*added_by_xsh("script.xsh", cwd=tmp_path)}
