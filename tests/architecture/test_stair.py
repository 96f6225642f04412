"""Who may import whom: the contracts of pyproject.toml hold, and each catches the fault it is there for."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.script_runner import CHECKOUT

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("importlinter") is None, reason="import-linter is not installed (make setup installs it)"
)

MODULES = [
    *("__main__", "cli", "commandline", "errors", "result", "testing", "repl/loop", "script/source/scan"),
    *("repl/jobs/line", "repl/control/control"),
    *(
        "session/session",
        "session/sh",
        "session/ask",
        "session/elsewhere",
        "session/places",
        "session/remote",
        "fleet/fleet",
        "watch/echo",
        "reactor/poller",
        "engine/runner",
        "engine/job",
        "flow/gather",
    ),
    *(
        "targets/local/spawn",
        "targets/fake/fake",
        "targets/ssh/pool",
        "targets/dask/xsh_dask_worker",
        "command/command",
        "words/quote",
    ),
]

FAULTS = {
    "upwards": ("engine/runner", "import xsh.session.session", "the stair"),
    "upwards for types": (
        "engine/runner",
        "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import xsh.script.source.scan",
        "the stair",
    ),
    "upwards in a function": ("words/quote", "def f():\n    import xsh.command.command", "the stair"),
    "to a peer": ("engine/runner", "import xsh.flow.gather", "the stair"),
    "without a level": ("extra", "", "the stair"),
    "in a circle": ("engine/job", "import xsh.engine.runner", "no folder holds a cycle"),
    "in a circle of folders in a folder": (
        "repl/jobs/line",
        "import xsh.repl.control.control",
        "no folder holds a cycle",
    ),
    "a strange target": ("targets/fake/fake", "import xsh.targets.local.spawn", "targets are strangers"),
    "an effect in a value": ("words/quote", "import asyncio", "values are pure"),
    "the face": ("engine/job", "import xsh", "nobody imports the face"),
    "asyncssh": ("script/source/scan", "import asyncssh", "asyncssh stays"),
    "prompt_toolkit": ("session/sh", "import prompt_toolkit", "prompt_toolkit stays"),
    "subprocess": ("flow/gather", "import subprocess", "subprocess stays"),
}
"""Where a fault is planted, the fault, and the contract that must break."""


def lint(root: Path) -> tuple[int, str]:
    """Exit code and output of the check over a tree."""
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [program, "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """A small tree of the right shape under the real contracts."""
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    for module in MODULES:
        path = tmp_path / "xsh" / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        for folder in list(path.parents)[: len(path.relative_to(tmp_path).parts) - 1]:
            (folder / "__init__.py").touch()
    (tmp_path / "xsh" / "cli.py").write_text("import xsh.commandline")
    (tmp_path / "xsh" / "engine" / "runner.py").write_text("import xsh.engine.job")
    (tmp_path / "xsh" / "repl" / "control" / "control.py").write_text("import xsh.repl.jobs.line")
    elsewhere = "import xsh.session.places, xsh.session.remote, xsh.session.sh"
    (tmp_path / "xsh" / "session" / "elsewhere.py").write_text(elsewhere)
    (tmp_path / "xsh" / "targets" / "dask" / "xsh_dask_worker.py").write_text("import subprocess")
    (tmp_path / "xsh" / "targets" / "ssh" / "pool.py").write_text("import asyncssh")
    (tmp_path / "xsh" / "targets" / "local" / "spawn.py").write_text("import subprocess")
    (tmp_path / "xsh" / "repl" / "loop.py").write_text("import prompt_toolkit\nimport xsh.session.sh")
    return tmp_path


def test_the_checkout_is_a_stair() -> None:
    code, output = lint(CHECKOUT)
    assert code == 0, output


def test_the_right_shape_is_let_through(skeleton: Path) -> None:
    code, output = lint(skeleton)
    assert code == 0, output


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_breaks_its_contract(fault: str, skeleton: Path) -> None:
    module, source, contract = FAULTS[fault]
    with (skeleton / "xsh" / f"{module}.py").open("a") as file:
        file.write(f"\n{source}\n")
    code, output = lint(skeleton)
    assert code == 1
    assert any(contract in line and "BROKEN" in line for line in output.splitlines()), output
