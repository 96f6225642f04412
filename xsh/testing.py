"""For the tests of scripts: a place where nothing runs, programs that answer as scripted, and a small Dask cluster."""

from __future__ import annotations

import os
import sys
import tempfile
import time

from xsh.command.target import SpawnRequest
from xsh.reactor.signals import SIGCONT, SIGKILL, SIGTERM
from xsh.targets.fake.fake import FakeTarget, UnscriptedCommand
from xsh.targets.fake.reply import Call, Reply
from xsh.targets.local.spawn import LocalTarget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

    from xsh.targets.local.process import LocalProcess

__all__ = ["Call", "DaskCluster", "FakeTarget", "Reply", "UnscriptedCommand", "dask_cluster"]

START_WITHIN = 60.0
"""Seconds that a cluster may take to start on a busy machine."""
STOP_WITHIN = 5.0
LOOK = 0.02


class DaskCluster:
    """A scheduler and workers on 127.0.0.1, as processes; they run while the block does.

    `scheduler_address` is what `$.dask(…)` takes; the cluster itself will do. `workers` are their processes.
    """

    __module__ = "xsh.testing"

    def __init__(self, workers: int = 2, threads: int = 2) -> None:
        if workers < 1 or threads < 1:
            raise ValueError("a cluster has 1 or more workers with 1 or more threads")
        self.count = workers
        self.threads = threads
        self.scheduler_address = ""
        self.scheduler: LocalProcess | None = None
        self.workers: list[LocalProcess] = []
        self.folder: Any = None

    def __enter__(self) -> Self:
        self.folder = tempfile.TemporaryDirectory(prefix="xsh-dask-")
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        import json

        place = os.path.join(self.folder.name, "scheduler.json")
        common = ("--host", "127.0.0.1", "--no-dashboard")
        self.scheduler = self._begin("scheduler", *common, "--port", "0", "--scheduler-file", place)
        for number in range(self.count):
            directory = os.path.join(self.folder.name, f"worker{number}")
            threads = ("--nthreads", str(self.threads), "--memory-limit", "0", "--local-directory", directory)
            self.workers.append(self._begin("worker", *common, "--no-nanny", "--scheduler-file", place, *threads))
        until = time.monotonic() + START_WITHIN
        while not self._ready(os.path.join(self.folder.name, "log")):
            if time.monotonic() > until or any(process.poll() for process in (self.scheduler, *self.workers)):
                raise RuntimeError(f"the Dask cluster did not start: {self._log()[-2000:]}")
            time.sleep(LOOK)
        with open(place, encoding="utf-8") as file:
            self.scheduler_address = json.load(file)["address"]

    def _begin(self, kind: str, *options: str) -> LocalProcess:
        argv = (sys.executable, "-m", f"distributed.cli.dask_{kind}", *options)
        log = os.open(os.path.join(self.folder.name, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        null = os.open(os.devnull, os.O_RDONLY)
        try:
            return LocalTarget().spawn(SpawnRequest(argv, stdin=null, stdout=log, stderr=log))
        finally:
            os.close(log)
            os.close(null)

    def _log(self) -> str:
        with open(os.path.join(self.folder.name, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def _ready(self, log: str) -> bool:
        return os.path.exists(log) and self._log().count("Registered to:") >= self.count

    def __exit__(self, *error: object) -> None:
        processes = [*self.workers, *([] if self.scheduler is None else [self.scheduler])]
        for process in processes:
            process.signal(SIGTERM)
            process.signal(SIGCONT)
        until = time.monotonic() + STOP_WITHIN
        while [process for process in processes if not process.poll()]:
            if time.monotonic() > until:
                for process in processes:
                    process.signal(SIGKILL)
            time.sleep(LOOK)
        self.folder.cleanup()

    def __repr__(self) -> str:
        return f"<Dask cluster {self.scheduler_address}>"


def dask_cluster(workers: int = 2, threads: int = 2) -> DaskCluster:
    """A scheduler and workers on this machine alone, while a `with` block runs.

    Raises ValueError for less than one, RuntimeError when Dask is not installed or does not start.
    """
    return DaskCluster(workers, threads)
