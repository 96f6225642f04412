"""Runs commands on a Dask worker; uploaded to workers and scheduler as it is, so it needs the standard library alone.

`run` is the task. While it runs, the client reads what the command writes (`read`) and signals it (`send`); each reading
renews the lease, without which the command is killed. A worker whose task was cancelled or dropped looks at its own list
of tasks and kills the command. Should the worker itself be killed, a guard, one shell for all commands of a worker, sees
the end of its stdin and kills what bears a mark on its list.

Dask runs a task again when its worker is lost. A plugin of the scheduler sees a command being given to a worker for the
second time, and says so to that worker in the message before; what was said of is not started there (`Again`).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from typing import Any, ClassVar

from distributed import SchedulerPlugin, WorkerPlugin

LOOK = 0.1
"""Seconds between two looks at whether the task is still wanted."""
HELLO_AFTER = 0.02
"""Seconds after which a command that still runs says where it is when there is output to be read."""
HELLO_SILENT = 0.06
"""Seconds after which one that has written nothing says so too, to be signalled; it costs as much as a command."""
FULL = 1 << 20
"""Bytes of output that are held for a reader before the command has to wait."""
PIECE = 1 << 16
KEYS = "xsh-"
"""How the keys of commands begin."""
AGAIN = "xsh-again"
"""What the scheduler tells a worker of a command that was given out before."""
MARK = "XSH_DASK_MARK"

GUARD = """
marks=
while read -r op mark; do case $op in
+) marks="$marks $mark " ;;
-) marks="${marks%% $mark *} ${marks#* $mark }" ;;
esac; done
for mark in $marks; do
  for round in 1 2 3 4 5 6 7 8; do
    found=$(grep -ls "XSH_DASK_MARK=$mark" /proc/[0-9]*/environ 2>/dev/null)
    [ -n "$found" ] || break
    for f in $found; do p=${f#/proc/}; kill -9 "${p%/environ}" 2>/dev/null; done
  done
done
"""


class _State:
    """What this worker runs, and its guard."""

    commands: ClassVar[dict[str, Command]] = {}
    again: ClassVar[set[str]] = set()
    guard: Any = None


class Again(WorkerPlugin):
    """Lets a worker hear which commands were given out before; each worker that joins has it before its first task."""

    name = AGAIN
    idempotent = True

    def setup(self, worker: Any) -> None:
        """Listen to the scheduler."""

        def heard(key: str, **_: Any) -> None:
            _State.again.add(key)

        worker.stream_handlers[AGAIN] = heard


def install(dask_scheduler: Any) -> None:
    """Let the scheduler tell a worker which commands were given out before."""

    class Once(SchedulerPlugin):
        """Sees each command go to a worker; what it says arrives before the task, since one stream carries both."""

        def __init__(self) -> None:
            self.given: set[str] = set()

        def transition(self, key: Any, start: str, finish: str, *_: Any, **__: Any) -> None:  # noqa: ARG002 - Dask's
            if not isinstance(key, str) or not key.startswith(KEYS):
                return
            if finish == "forgotten":
                self.given.discard(key)
            elif finish == "processing":
                if key in self.given:
                    on = dask_scheduler.tasks[key].processing_on.address
                    dask_scheduler.worker_send(on, {"op": AGAIN, "key": key})
                self.given.add(key)

    if AGAIN not in dask_scheduler.plugins:
        dask_scheduler.add_plugin(Once(), name=AGAIN)


async def run(order: dict[str, Any]) -> dict[str, Any]:
    """Run one command to its end; gives its status and usage, or the `problem` that kept it from starting."""
    from distributed import get_worker

    worker: Any = get_worker()
    if order["key"] in _State.again:
        _State.again.discard(order["key"])
        return {"problem": "lost"}
    problem = find_problem(order, worker)
    if problem is not None:
        return problem
    if order["detached"]:
        start(order, subprocess.DEVNULL, subprocess.DEVNULL, subprocess.DEVNULL)
        return {"code": 0, "chunks": []}
    command = Command(worker, order)
    # before it starts: the worker may be killed at any moment after that
    guard("+", command.mark)
    try:
        command.start()
    except OSError as error:
        guard("-", command.mark)
        return {"problem": "start", "errno": error.errno or 0, "why": error.strerror or str(error)}
    _State.commands[order["key"]] = command
    try:
        return await command.finish()
    finally:
        command.send(signal.SIGKILL) if command.status is None or command.unwanted else None
        command.close()
        _State.commands.pop(order["key"], None)
        guard("-", command.mark)


async def read(key: str, wait: float) -> dict[str, Any]:
    """What a command has written since the last reading, waited for up to `wait` seconds; renews its lease."""
    command = _State.commands.get(key)
    return {"chunks": [], "ended": True} if command is None else await command.read(wait)


def send(key: str, number: int) -> bool:
    """Send a signal to everything of a command; whether it still runs."""
    command = _State.commands.get(key)
    if command is None:
        return False
    command.send(number)
    return True


def find_problem(order: dict[str, Any], worker: Any) -> dict[str, Any] | None:
    """Why a command cannot start here, as far as that can be seen before."""
    if order["cwd"] is None and order["files"]:
        order["cwd"] = worker.local_directory
    cwd = order["cwd"]
    if cwd is not None and not (os.path.isdir(cwd) and os.access(cwd, os.X_OK)):
        if os.path.isdir(cwd):
            why = "permission denied"
        else:
            why = "not a directory" if os.path.exists(cwd) else "no such directory"
        return {"problem": "directory", "why": why}
    argv: list[str] = order["argv"]
    if order["sh"] is not None:
        # shell text: its shell is found by the worker's own PATH, whatever that of the command is
        bash = shutil.which("bash")
        order["argv"] = order["sh"] if bash is None else [bash, *argv[1:]]
        return None
    path = environment(order).get("PATH", os.defpath)
    if "/" in argv[0]:
        full = os.path.join(cwd or "", argv[0])
        found = full if os.path.exists(full) else None
    else:
        found = shutil.which(argv[0], path=path)
    if found is None:
        return {"problem": "program"}
    if os.path.isdir(found) or not os.access(found, os.X_OK):
        return {"problem": "executable"}
    return None


def environment(order: dict[str, Any]) -> dict[str, str]:
    """The worker's environment with the changes of the order."""
    env = dict(os.environ)
    for name, value in order["env"].items():
        env.pop(name, None)
        if value is not None:
            env[name] = value
    return env


def start(order: dict[str, Any], stdin: Any, stdout: Any, stderr: Any, **more: str) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own."""
    return subprocess.Popen(
        order["argv"],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=order["cwd"],
        env={**environment(order), **more},
        start_new_session=True,
    )


def guard(op: str, mark: str) -> None:
    """Tell the guard of this worker of a command that begins or has ended."""
    if _State.guard is None or _State.guard.poll() is not None:
        if op == "-":
            return
        _State.guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        _State.guard.stdin.write(f"{op} {mark}\n".encode())
        _State.guard.stdin.flush()
    except BrokenPipeError:
        _State.guard = None


class Command:
    """One command that runs here."""

    def __init__(self, worker: Any, order: dict[str, Any]) -> None:
        self.worker = worker
        self.order = order
        self.key: str = order["key"]
        self.mark = os.urandom(8).hex()
        self.loop = asyncio.get_running_loop()
        self.waiters: set[asyncio.Future[None]] = set()
        self.chunks: list[tuple[int, bytes]] = []
        self.held = 0
        self.streams: dict[int, int] = {}
        self.paused = False
        self.status: int | None = None
        self.usage: tuple[float, float, int] = (0.0, 0.0, 0)
        self.pid = 0
        self.pidfd: int | None = None
        self.attached = False
        self.unwanted = False
        self.renewed = self.loop.time()
        self.asked = False

    def tell(self) -> None:
        """Wake whoever waits for something new."""
        for waiter in self.waiters:
            wake(waiter)

    async def news(self, wait: float) -> None:
        """Wait until something is new, at most so many seconds; asyncio's own ways make a task for each wait."""
        waiter: asyncio.Future[None] = self.loop.create_future()
        self.waiters.add(waiter)
        timer = self.loop.call_later(wait, wake, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            self.waiters.discard(waiter)

    def start(self) -> None:
        """Start the program; raises OSError."""
        ends = [os.pipe() for _ in range(1 if self.order["merged"] else 2)]
        try:
            with tempfile.TemporaryFile() if self.order["stdin"] else open(os.devnull, "rb") as data:
                if self.order["stdin"]:
                    data.write(self.order["stdin"])
                    data.seek(0)
                child = start(self.order, data, ends[0][1], ends[-1][1], **{MARK: self.mark})
        except BaseException:
            for read_end, _ in ends:
                os.close(read_end)
            raise
        finally:
            for _, write_end in ends:
                os.close(write_end)
        child.returncode = 0  # reaped by us
        self.pid = child.pid
        for number, (read_end, _) in enumerate(ends, 1):
            os.set_blocking(read_end, False)
            self.streams[number] = read_end
        self._listen(on=True)
        try:
            self.pidfd = os.pidfd_open(self.pid)
            self.loop.add_reader(self.pidfd, self._reap)
        except (AttributeError, OSError):
            # no pidfd on this system: `finish` looks from time to time
            self.pidfd = None

    def _listen(self, *, on: bool) -> None:
        self.paused = not on
        for number, fd in self.streams.items():
            if on:
                self.loop.add_reader(fd, self._take, number)
            else:
                self.loop.remove_reader(fd)

    def _take(self, number: int) -> None:
        fd = self.streams[number]
        try:
            data = os.read(fd, PIECE)
        except BlockingIOError:
            return
        if data:
            self.chunks.append((number, data))
            self.held += len(data)
            if self.held >= FULL and not self.paused:
                self._listen(on=False)
        else:
            self._drop(number)
        self.tell()

    def _drop(self, number: int) -> None:
        fd = self.streams.pop(number)
        self.loop.remove_reader(fd)
        os.close(fd)

    def _reap(self) -> None:
        if self.status is None:
            pid, status, used = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.status = status
                self.usage = (used.ru_utime, used.ru_stime, used.ru_maxrss)
                self.tell()
        if self.status is not None and self.pidfd is not None:
            self.loop.remove_reader(self.pidfd)
            os.close(self.pidfd)
            self.pidfd = None

    async def read(self, wait: float) -> dict[str, Any]:
        """The chunks that are there, or the next ones."""
        self.attached = True
        self.renewed = self.loop.time()
        if not self.chunks and not self.over:
            await self.news(wait)
        chunks, self.chunks, self.held = self.chunks, [], 0
        self.renewed = self.loop.time()
        if self.paused:
            self._listen(on=True)
        self.tell()
        ended = self.over
        if ended:
            # nobody reads again: what still comes out of the pipe goes with the answer
            self.attached = False
        return {"chunks": chunks, "ended": ended}

    @property
    def over(self) -> bool:
        """Whether the program has ended, its output too, and nothing is left of it that was asked to end."""
        if self.status is None or (self.streams and (self.paused or not self.asked)):
            return False
        return not self.asked or not self.members()

    async def finish(self) -> dict[str, Any]:
        """Watch it until it is over, and its output taken by whoever reads it."""
        said = 0.0
        began = quiet = self.loop.time()
        wait = HELLO_AFTER
        while not (self.over and (not self.attached or not self.chunks)):
            await self.news(wait)
            now = self.loop.time()
            if self.pidfd is None:
                self._reap()
            due = now - began >= (HELLO_AFTER if self.chunks else HELLO_SILENT) or self.paused
            if not self.attached and due and now - said >= LOOK * 2:
                said = now
                self.worker.log_event(self.order["topic"], {"key": self.key, "address": self.worker.address})
            if not self._wanted(now):
                self.unwanted = True
                break
            if self.status is None:
                quiet = now
            elif self.streams and not self.paused and now - quiet > 3 * LOOK and not self.members():
                # a daemon holds the output open; what it has written so far counts
                for number in list(self.streams):
                    self._drop(number)
            wait = LOOK if said and (self.status is None or not self.asked) else HELLO_AFTER
        return self.answer()

    def _wanted(self, now: float) -> bool:
        task = self.worker.state.tasks.get(self.key)
        if task is None or task.state not in ("executing", "long-running"):
            return False
        return bool(now - self.renewed < self.order["lease"])

    def answer(self) -> dict[str, Any]:
        """How it ended, with the output that nobody has read."""
        status = self.status
        answer: dict[str, Any] = {"chunks": self.chunks, "usage": self.usage, "pid": self.pid}
        if status is None:
            answer["problem"] = "lost"
        elif os.WIFSIGNALED(status):
            answer["signal"] = os.WTERMSIG(status)
        else:
            answer["code"] = os.WEXITSTATUS(status)
        return answer

    def members(self) -> list[int]:
        """The living processes that have the mark, and those of the session."""
        found: list[int] = []
        wanted = f"{MARK}={self.mark}".encode()
        for entry in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat", "rb") as file:
                        fields = file.read().rpartition(b")")[2].split()
                    if fields[0] in (b"Z", b"X"):
                        continue
                    with open(f"/proc/{entry}/environ", "rb") as file:
                        marked = wanted in file.read()
                except (OSError, IndexError):
                    continue
                if marked or int(fields[3]) == self.pid:
                    found.append(int(entry))
        return found

    def send(self, number: int) -> None:
        """Send a signal to its group and to all that has left it."""
        self.asked = self.asked or number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
        rounds = 8 if number == signal.SIGKILL else 1
        for _ in range(rounds):
            members = self.members()
            if not members:
                break
            for pid in members:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    continue
        self._reap()
        self.tell()

    def close(self) -> None:
        """Close its descriptors and reap it."""
        for number in list(self.streams):
            self._drop(number)
        if self.status is None:
            _, self.status, _ = os.wait4(self.pid, 0)
        if self.pidfd is not None:
            self._reap()
        self.tell()


def wake(waiter: asyncio.Future[None]) -> None:
    """End a wait that may have ended."""
    if not waiter.done():
        waiter.set_result(None)
