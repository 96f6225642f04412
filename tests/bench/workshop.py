"""Where benchmarks are run: an xsh installed from its wheel, the same interpreter bare, and peers where asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PEERS = ("zx", "xonsh")


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

    def has(self, variant: str) -> bool:
        """Whether a variant can be measured: it is not a peer's, or the peer is installed."""
        return variant not in PEERS or variant in self.peers

    def size(self, full: int, tiny: int) -> int:
        """An amount of work."""
        return tiny if self.tiny else full

    def write(self, name: str, text: str) -> str:
        """Write a script into the folder; its path."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

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
        done = subprocess.run(argv, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchmarkError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return float(done.stdout.splitlines()[-1])


def make_workshop(folder: Path, *, peers: bool) -> Workshop:
    """Build the wheel, install it with what it needs into an environment of its own, and the peers into theirs."""
    shutil.rmtree(folder, ignore_errors=True)
    scripts = folder / "scripts"
    scripts.mkdir(parents=True)
    environment = folder / "venv"
    run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            str(folder),
            str(CHECKOUT),
        ]
    )
    run([sys.executable, "-m", "venv", str(environment)])
    python = str(environment / "bin" / "python")
    run([python, "-m", "pip", "install", str(next(folder.glob("*.whl")))])
    found = install_peers(folder / "peers") if peers else {}
    home = folder / "home"
    home.mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    return Workshop((str(environment / "bin" / "xsh"),), python, scripts, peers=found, env=env)


def install_peers(folder: Path) -> dict[str, tuple[str, ...]]:
    """Install zx and xonsh into throwaway folders; one that cannot be had is left out, with a word on standard error."""
    found: dict[str, tuple[str, ...]] = {}
    folder.mkdir()
    try:
        run(["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder / "zx"), "zx"])
        found["zx"] = (str(folder / "zx" / "node_modules" / ".bin" / "zx"),)
    except (OSError, BenchmarkError) as error:
        print(f"bench: no zx: {error}", file=sys.stderr)
    try:
        run([sys.executable, "-m", "venv", str(folder / "xonsh")])
        run([str(folder / "xonsh" / "bin" / "python"), "-m", "pip", "install", "xonsh"])
        found["xonsh"] = (str(folder / "xonsh" / "bin" / "xonsh"), "--no-rc")
    except (OSError, BenchmarkError) as error:
        print(f"bench: no xonsh: {error}", file=sys.stderr)
    return found


def run(argv: Sequence[str]) -> None:
    """Run a step of the set-up; BenchmarkError with its output when it fails."""
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_QUIET": "1"}
    done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
