"""The peers, each in a throwaway environment of its own below the folder of the benchmarks; none touches the system.

An environment is kept for the next run as long as what it was made from stays the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench.workshop import BenchmarkError, run

NODE = {"zx": "zx@8.8.5", "execa": "execa@9.6.1"}
PYTHON = {
    "xonsh": "xonsh==0.25.0",
    "shellous": "shellous==0.42.0",
    "plumbum": "plumbum==2.0.2",
    "sh": "sh==2.4.0",
    "parallel-ssh": "parallel-ssh==2.16.0.post1",
}
INSTALLED = ("pdsh", "clush")
"""Programs that work only where their package puts them."""
MADE = "made-from"


def install_peers(folder: Path) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """What runs a script of each peer that could be had; and of each other one, why it could not."""
    found: dict[str, tuple[str, ...]] = {}
    missing: dict[str, str] = {}
    makers: dict[str, Callable[[], tuple[str, ...]]] = {
        **{name: partial(with_npm, folder / name, spec) for name, spec in NODE.items()},
        **{name: partial(with_pip, folder / name, spec) for name, spec in PYTHON.items()},
        "GNU parallel": partial(parallel, folder / "parallel"),
        **{name: partial(installed, name) for name in INSTALLED},
    }
    for name, make in makers.items():
        try:
            found[name] = make()
        except BenchmarkError as error:
            missing[name] = f"could not be installed ({str(error)[-200:]})"
            print(f"bench: no {name}: {error}", file=sys.stderr)
    return found, missing


def with_npm(folder: Path, spec: str) -> tuple[str, ...]:
    """A package of node's: zx by its own command, another by node, whose scripts lie beside `node_modules`."""
    made = made_from(folder, spec)
    if not made:
        run(["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder), spec])
        keep(folder, spec)
    if spec.startswith("zx@"):
        return (str(folder / "node_modules" / ".bin" / "zx"),)
    node = shutil.which("node")
    if node is None:
        raise BenchmarkError("node is not installed")
    return (node, "--import", str(hook(folder)))


def hook(folder: Path) -> Path:
    """A module that lets scripts that lie elsewhere import what is installed in the folder."""
    resolver = (folder / "node_modules").as_uri()
    source = (
        "export const resolve = (name, context, next) =>\n"
        f'  /^[./]|:/.test(name) ? next(name, context) : next(name, {{...context, parentURL: "{resolver}/"}});\n'
    )
    (folder / "resolve.mjs").write_text(source, encoding="utf-8")
    path = folder / "hook.mjs"
    path.write_text('import { register } from "node:module";\nregister("./resolve.mjs", import.meta.url);\n', "utf-8")
    return path


def with_pip(folder: Path, spec: str) -> tuple[str, ...]:
    """A package of Python's, under the interpreter that xsh is measured with."""
    spec_and_python = f"{spec} {sys.version}"
    if not made_from(folder, spec_and_python):
        run([sys.executable, "-m", "venv", str(folder)])
        run([str(folder / "bin" / "python"), "-m", "pip", "install", spec])
        keep(folder, spec_and_python)
    if spec.startswith("xonsh=="):
        return (str(folder / "bin" / "xonsh"), "--no-rc")
    return (str(folder / "bin" / "python"),)


def installed(name: str) -> tuple[str, ...]:
    """A program of the machine's own."""
    found = shutil.which(name)
    if found is None:
        raise BenchmarkError(f"{name} is not installed")
    return (found,)


def parallel(folder: Path) -> tuple[str, ...]:
    """GNU parallel: the installed one, or Debian's package unpacked without installing it."""
    found = shutil.which("parallel")
    if found is not None and b"GNU" in subprocess.run([found, "--version"], capture_output=True, check=False).stdout:
        return (found,)
    if not made_from(folder, "debian"):
        package = ["sh", "-c", 'cd "$1" && apt-get download --quiet parallel && dpkg -x parallel_*.deb .', "sh"]
        folder.mkdir(parents=True, exist_ok=True)
        run([*package, str(folder)])
        keep(folder, "debian")
    return ("perl", str(folder / "usr" / "bin" / "parallel"))


def made_from(folder: Path, what: str) -> bool:
    """Whether the folder holds just that; an older one is removed."""
    stamp = folder / MADE
    if stamp.exists() and stamp.read_text(encoding="utf-8") == what:
        return True
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder.parent, exist_ok=True)
    return False


def keep(folder: Path, what: str) -> None:
    """Note what a folder was made from, once it is whole."""
    (folder / MADE).write_text(what, encoding="utf-8")
