"""Asks a fresh interpreter about this checkout."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys

import pytest

from tests.script_runner import CHECKOUT


def in_fresh_python(code: str, *, cwd: str | None = None, home: str | None = None) -> object:
    """What `code`, run by an interpreter that sees only this checkout and site-packages, prints last: a Python literal.

    Not JSON, because to import json is to import re and much else.
    """
    environment = {"PYTHONPATH": str(CHECKOUT), "PATH": os.environ["PATH"], "HOME": home or "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return ast.literal_eval(done.stdout.splitlines()[-1])


def need_module(name: str) -> None:
    """Skip the test as long as a module of ours is not written; a broken one fails it."""
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        found = None
    if found is None or found.origin is None:
        pytest.skip(f"{name} is not written yet")
