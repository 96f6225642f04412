"""Twenty-two ways for processes to get away from whoever started the first of them, as shell text.

`NAP` stands for a program that adds its pid to a file and stays; the file's path is in its name, and that is how a test
finds what is left: neither its parent nor its group, session or environment have to tell anything.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from tests import process_table
from tests.script_runner import PROGRAMS

ROOT = os.geteuid() == 0


@dataclass(frozen=True)
class Victim:
    """What a command does, how many processes say that they are there, and what it needs."""

    name: str
    text: str
    count: int = 1
    needs: str = "sh"

    @property
    def missing(self) -> str | None:
        """Why it cannot be run here, None when it can."""
        if self.needs == "root":
            return None if ROOT else "needs root"
        return None if shutil.which(self.needs) else f"{self.needs} is not installed"

    def script(self, pids: Path, then: str) -> str:
        """The shell text, and after it `then`, in which NAP is the same program."""
        nap = f"{PROGRAMS}/nap {pids}"
        text = f"exec >/dev/null 2>&1 </dev/null\n{self.text}\n{then}"
        return text.replace("NAP", nap).replace("FILE", str(pids)).replace("PROGRAMS", str(PROGRAMS))

    def expected(self, then: str) -> int:
        """How many pids are written."""
        return self.count + then.count("NAP")


SETPGRP = f"""{sys.executable} -ISc 'import os, sys; os.setpgrp(); os.execv(sys.argv[1], sys.argv[1:])' NAP &"""
OTHER_USER = (
    "sh -c 'exec 9>> FILE.lock; flock -s 9; echo $$ >> FILE;"
    ' exec setpriv --reuid=65534 --clear-groups --reset-env bash -c "exec -a \\"nap FILE\\" sleep 1000"\' &'
)
STOPPED = (
    "setsid bash -c 'exec 9>> FILE.lock; flock -s 9; echo $$ >> FILE; kill -STOP $$; exec -a \"nap FILE\" sleep 1000' &"
)

VICTIMS = [
    Victim("ignores every signal", "sh -c 'trap \"\" INT TERM HUP; exec NAP' &"),
    Victim("a shell and its child", "sh -c 'NAP & wait' &"),
    Victim("nohup", "nohup NAP &"),
    Victim("a pipeline of three", "NAP | NAP | NAP &", 3),
    Victim("a respawner", "sh -c 'while :; do NAP; done' &"),
    Victim("a background job whose shell has gone", "sh -c 'NAP &'"),
    Victim("a job of a shell with job control", "bash -c 'set -m; NAP & wait' &"),
    Victim("a child of timeout(1)", "timeout 1000 NAP &", needs="timeout"),
    Victim("a child that calls setpgrp", SETPGRP),
    Victim("setsid whose parent stays", "setsid -w NAP &"),
    Victim("setsid whose parent goes", "setsid -f NAP"),
    Victim("a daemon that forked twice", "setsid sh -c 'NAP &'"),
    Victim("a daemon whose parent has ended", "sh -c 'setsid NAP &'"),
    Victim("setsid, no environment", "env -i setsid -f NAP"),
    Victim("a daemon that forked twice, no environment", "env -i setsid sh -c 'NAP &'"),
    Victim("a daemon whose parent has ended, no environment", "env -i sh -c 'setsid NAP &'"),
    Victim("script(1), on a terminal of its own", "script -qc 'NAP' /dev/null &", needs="script"),
    Victim("a child that is another user's", OTHER_USER, needs="root"),
    Victim("34 daemons", "for i in $(seq 34); do setsid -f NAP; done", 34),
    Victim("stopped, in a session of its own", STOPPED),
    Victim("moves to a new session every 20 ms", "PROGRAMS/mover FILE 20 &"),
    Victim("moves to a new session every 1 ms", "PROGRAMS/mover FILE 1 &"),
]


def pids_in(file: Path) -> list[int]:
    """The pids that were written so far."""
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def until_there(pids: Path) -> str:
    """The lines of a script that wait for the first nap."""
    return f"import os\nwhile not os.path.exists('{pids}'): await sleep(0.001)\n"


def is_held(file: Path) -> bool:
    """Whether any of them, under whatever number, still lives: each holds a shared lock until it has ended."""
    with Path(f"{file}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def named(file: Path) -> list[process_table.Process]:
    """Every living process that bears the file's path in its name as those programs do."""
    found = [process_table.read_process(pid) for pid in process_table.pids()]
    names = (f"nap {file}", f"mover {file}")
    return [p for p in found if p is not None and p.state not in "ZX" and any(name in p.command for name in names)]


def kill_all(file: Path) -> None:
    """End what a failed test has left."""
    Path(f"{file}.stop").touch()
    while is_held(file):
        for process in named(file):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
