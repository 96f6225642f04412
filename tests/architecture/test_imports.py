"""Start-up loads only what is needed: scripts start often."""

from __future__ import annotations

import json
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
MODULES_AFTER_EMPTY_SCRIPT = 40
"""How many modules `xsh empty.xsh` may add to a bare interpreter."""

RUN_LAUNCHER = """
import atexit, json, sys
before = set(sys.modules)
atexit.register(lambda: print("\\n" + json.dumps(sorted(set(sys.modules) - before))))
sys.argv = ["xsh", *{arguments!r}]
exec(compile(open({launcher!r}).read(), {launcher!r}, "exec"))
"""


def added_by_import() -> list[str]:
    """The modules that `import xsh` loads."""
    code = "import json, sys; b = set(sys.modules); import xsh; print(json.dumps(sorted(set(sys.modules) - b)))"
    found = in_fresh_python(code.replace("import json, sys;", "import sys, json;", 1))
    assert isinstance(found, list)
    return found


def added_by_xsh(*arguments: str, cwd: Path) -> list[str]:
    """The modules that the installed command loads in a whole run."""
    code = RUN_LAUNCHER.format(arguments=list(arguments), launcher=str(CHECKOUT / "scripts" / "xsh"))
    found = in_fresh_python(code, cwd=str(cwd))
    assert isinstance(found, list)
    return found


def heavy(modules: list[str], unwanted: list[str]) -> list[str]:
    """Those of the modules that start-up must not load (json has been loaded by the measurement itself)."""
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


def test_a_command_needs_no_library_of_others(tmp_path: Path) -> None:
    need_module("xsh.cli")
    (tmp_path / "script.xsh").write_text("r = await $`true`\n")
    foreign = ["anyio", "click", "prompt_toolkit", "pygments", "asyncssh", "ssl", "logging"]
    assert heavy(added_by_xsh("script.xsh", cwd=tmp_path), foreign) == []


def test_the_measurement_sees_what_is_loaded(tmp_path: Path) -> None:
    modules = in_fresh_python(
        "import json, sys, dataclasses; print(json.dumps(sorted(sys.modules)))", cwd=str(tmp_path)
    )
    assert isinstance(modules, list)
    assert {"dataclasses", "re"} <= set(heavy(json.loads(json.dumps(modules)), HEAVY))
