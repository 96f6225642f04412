"""The checkout keeps the budgets, and the check of the budgets sees each kind of excess."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.script_runner import CHECKOUT

SHAPE = CHECKOUT / "scripts" / "shape"
TEN = "\n".join(f"    step({number})" for number in range(10))


def steps(count: int, indent: str = "    ") -> str:
    """That many lines, each different."""
    return "".join(f"{indent}x{number} = {number}\n" for number in range(count))


def nested(depth: int) -> str:
    """A function with `if`s that deep."""
    ifs = "\n".join(f"{'    ' * level}if x:" for level in range(1, depth + 1))
    return f"def f(x):\n{ifs}\n{'    ' * (depth + 1)}pass\n"


EXCESSES = {
    "file": (steps(301, ""), "301 lines, budget 300"),
    "class": ("class A:\n" + steps(250), "251 lines, budget 250"),
    "body": ("def f():\n" + steps(51), "51 lines, budget 50"),
    "parameters": ("def f(a, b, c, d, *, e, f, g): pass\n", "7 (a, b, c, d, e, f, g), budget 6"),
    "method": ("class A:\n    def m(self, a, b, c, d, e, f, g): pass\n", "A.m: 7 ("),
    "init": ("class A:\n    __slots__ = ('a',)\n    def __init__(self, a, b, c, d, e, f, g, h): pass\n", "7 (b, c"),
    "nesting": (nested(5), "5 deep, budget 4"),
    "duplicate": (f"def f():\n{TEN}\ndef g():\n{TEN}\n", "8 or more lines equal to xsh/a.py:2"),
}

WITHIN = {
    "file": steps(300, ""),
    "body": "def f(\n    a,\n    b,\n):\n    '''A docstring.\n\n    Long.\n    '''\n" + steps(50),
    "parameters": "class A:\n    def m(self, a, b, c, d, e, f): pass\n",
    "fields": "class A:\n    __slots__ = ('a', 'b', 'c', '_d', 'e', 'f', 'g')\n"
    "    def __init__(self, a, b, c, d, e, f, g): pass\n",
    "nesting": nested(4),
    "elif": "def f(x):\n    if x:\n        pass\n" + "".join(f"    elif x == {n}:\n        f({n})\n" for n in range(6)),
    "seven equal lines": "def f():\n"
    + "\n".join(TEN.splitlines()[:7])
    + "\ndef g():\n"
    + "\n".join(TEN.splitlines()[:7]),
}


def run_shape(root: Path, source: str, exceptions: str = "") -> tuple[int, str]:
    """Exit code and output of the check over a folder that holds one module."""
    (root / "xsh").mkdir()
    (root / "scripts").mkdir()
    (root / "xsh" / "a.py").write_text(source)
    (root / "scripts" / "shape-exceptions.txt").write_text(exceptions)
    done = subprocess.run([sys.executable, SHAPE, root], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_the_checkout_keeps_the_budgets() -> None:
    done = subprocess.run([sys.executable, SHAPE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", EXCESSES)
def test_sees_an_excess(kind: str, tmp_path: Path) -> None:
    source, says = EXCESSES[kind]
    code, output = run_shape(tmp_path, source)
    assert code == 1
    assert says in output
    assert len(output.splitlines()) == 1


@pytest.mark.parametrize("kind", WITHIN)
def test_lets_the_rest_be(kind: str, tmp_path: Path) -> None:
    assert run_shape(tmp_path, WITHIN[kind]) == (0, "1 files within the budgets\n")


def test_an_exception_needs_to_be_listed_and_needed(tmp_path: Path) -> None:
    listed = "xsh/a.py::f  body  a table reads best in one piece\n"
    (tmp_path / "long").mkdir()
    (tmp_path / "short").mkdir()
    assert run_shape(tmp_path / "long", EXCESSES["body"][0], listed)[0] == 0
    code, output = run_shape(tmp_path / "short", "x = 1\n", listed)
    assert code == 1
    assert "no longer needed: xsh/a.py::f  body" in output
