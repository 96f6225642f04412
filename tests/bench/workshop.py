"""Where benchmarks are run: an xsh installed from its wheel, the same interpreter bare, and peers where asked for."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PEERS = ("zx", "execa", "xonsh", "shellous", "plumbum", "sh", "GNU parallel", "parallel-ssh", "pdsh", "clush")
NOT_ASKED_FOR = "only with PEERS=1"


class BenchmarkError(RuntimeError):
    """A program that was to be measured failed."""


@dataclass(frozen=True)
class Workshop:
    """The programs to measure, and a folder for their scripts; with `tiny`, sizes that only prove that a case runs."""

    xsh: tuple[str, ...]
    python: str
    folder: Path
    tiny: bool = False
    peers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    missing: dict[str, str] = field(default_factory=dict)
    """Why a peer that was asked for is not there."""
    floors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The built floor, by the source it was built from: tests/bench/floor.py keeps it here."""

    def is_peer(self, variant: str) -> bool:
        """Whether a variant measures somebody else's library: its name is a peer's, or starts with one and a comma."""
        return variant.partition(", ")[0] in PEERS

    def absence(self, variant: str) -> str | None:
        """Why a variant cannot be measured, None when it can."""
        name = variant.partition(", ")[0]
        return self.missing.get(name, NOT_ASKED_FOR) if name in PEERS and name not in self.peers else None

    def has(self, variant: str) -> bool:
        """Whether a variant can be measured: it is not a peer's, or the peer is installed."""
        return self.absence(variant) is None

    def size(self, full: int, tiny: int) -> int:
        """An amount of work."""
        return tiny if self.tiny else full

    def write(self, name: str, text: str) -> str:
        """Write a script into the folder; its path."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def script(self, name: str) -> str:
        """The path of a script that was written."""
        return str(self.folder / name)

    def program(self, name: str) -> str:
        """Where an installed program is; BenchmarkError without it."""
        found = shutil.which(name)
        if found is None:
            raise BenchmarkError(f"{name} is not installed")
        return found

    def wall(self, *argv: str) -> float:
        """Seconds from starting a program to having reaped it; its output is thrown away."""
        null = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1)]
        start = time.perf_counter()
        pid = os.posix_spawn(argv[0], argv, self.env, file_actions=null)
        _, status = os.waitpid(pid, 0)
        taken = time.perf_counter() - start
        if status:
            raise BenchmarkError(f"{' '.join(argv)}: exit {os.waitstatus_to_exitcode(status)}")
        return taken

    def said(self, *argv: str) -> float:
        """The number that a program prints on its last line: what it measured of itself."""
        return float(self._last_line(argv))

    def told(self, *argv: str) -> dict[str, float]:
        """The figures that a program prints on its last line as a JSON object, the main one under the empty name."""
        return {key: float(value) for key, value in json.loads(self._last_line(argv)).items()}

    def noted(self, *argv: str) -> dict[str, float]:
        """The same of a program whose output is what is measured: into the file that is its last argument."""
        note = self.folder / "note.json"
        note.unlink(missing_ok=True)
        self.wall(*argv, str(note))
        return {key: float(value) for key, value in json.loads(note.read_text(encoding="utf-8")).items()}

    def _last_line(self, argv: Sequence[str]) -> str:
        done = subprocess.run(argv, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode or not done.stdout.strip():
            raise BenchmarkError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.splitlines()[-1]


def make_workshop(folder: Path, *, peers: bool) -> Workshop:
    """Build the wheel, install it with what it needs into an environment of its own, and the peers into theirs."""
    from tests.bench.peers import install_peers

    for old in (folder / "scripts", folder / "venv", folder / "home"):
        shutil.rmtree(old, ignore_errors=True)
    for old_wheel in folder.glob("*.whl"):
        old_wheel.unlink()
    scripts, home, environment = folder / "scripts", folder / "home", folder / "venv"
    scripts.mkdir(parents=True)
    home.mkdir()
    pip = [sys.executable, "-m", "pip"]
    run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(CHECKOUT)])
    run([sys.executable, "-m", "venv", str(environment)])
    python = str(environment / "bin" / "python")
    # a cluster is measured where the checkout has Dask
    extra = "[dask]" if importlib.util.find_spec("distributed") else ""
    run([python, "-m", "pip", "install", f"{next(folder.glob('*.whl'))}{extra}"])
    found, missing = install_peers(folder / "peers") if peers else ({}, {})
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    return Workshop((str(environment / "bin" / "xsh"),), python, scripts, peers=found, env=env, missing=missing)


def run(argv: Sequence[str]) -> None:
    """Run a step of the set-up; BenchmarkError with its output when it fails."""
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_QUIET": "1"}
    try:
        done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BenchmarkError(f"{' '.join(argv)}: {error}") from error
    if done.returncode:
        raise BenchmarkError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
