"""Starting a program here: one vfork-style spawn, no code of ours in the child; at a terminal a thread watches over it."""

from __future__ import annotations

import os
from errno import ENOENT, ENOEXEC
from stat import S_ISDIR

from xsh.errors import ProgramNotExecutable, WorkingDirectoryError
from xsh.reactor.signals import SIGPIPE, SIGXFSZ
from xsh.targets.local.failures import explain
from xsh.targets.local.kin import KEY, KIN
from xsh.targets.local.process import LocalProcess
from xsh.targets.local.which import CACHE, nearest, search_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from xsh.command.target import SpawnRequest

# Python ignores these two; a child that ignored SIGPIPE would write on for ever into a closed pipe
RESTORED = [SIGPIPE, SIGXFSZ]

if TYPE_CHECKING:
    # file actions as os.posix_spawn has them, the group (None: a session of its own), the directory
    How = tuple[Sequence[tuple[Any, ...]], int | None, str | None]
    # program, argv, environment, how; gives the pid
    Spawn = Callable[[str, Sequence[str], Mapping[bytes, bytes], *How], int]


class Spawning:
    """How programs are spawned: as Python does it, unless `call` is set, by the watch over Ctrl-Z (watched_spawn.py)."""

    def __init__(self) -> None:
        self.call: Spawn | None = None


SPAWNING = Spawning()


class LocalTarget:
    """This machine."""

    name = "local"

    def nearest(self, name: str) -> list[str]:
        """The programs on PATH whose names are closest to `name`, at most three, closest first."""
        return nearest(name, search_path(None))

    def shell(self) -> str:
        """The shell for shell text: bash, or sh where there is none."""
        return CACHE.find("bash", search_path(None)) or "/bin/sh"

    def spawn(self, request: SpawnRequest) -> LocalProcess:
        """Start one program and return at once; raises SpawnError and leaves nothing half-started."""
        if request.cwd is not None:
            check_directory(request.cwd)
        path = search_path(request.env)
        program = locate(request.argv[0], path)
        mark = KIN.mark(request.new_session)
        env = environment(request.env, mark)
        try:
            process = _start(program, request.argv, request, env)
        except OSError as error:
            if error.errno == ENOENT and CACHE.forget(request.argv[0], path):
                # it was moved since it was found
                return self.spawn(request)
            if error.errno == ENOEXEC and is_script(program, request.cwd):
                # a file without `#!` is shell text, POSIX XCU 2.9.1.4
                process = _start("/bin/sh", ("sh", program, *request.argv[1:]), request, env)
            else:
                raise explain(error, request, program, path, env) from error
        except ValueError as error:
            raise ProgramNotExecutable(f"{request.argv[0]}: {error}", program=request.argv[0]) from error
        process.mark = mark
        KIN.add(process, request.new_session)
        return process


def locate(name: str, path: str) -> str:
    """The file to execute for `name`; a name that is not found stays as it is and fails when executed."""
    if "/" in name:
        return name
    return CACHE.find(name, path) or ""


def environment(changes: Mapping[str, str | None] | None, mark: str) -> Mapping[bytes, bytes]:
    """The environment of a child: ours with `changes` and the mark it is known by.

    The mapping behind os.environ is already encoded; encoding it again for each spawn costs a third of a spawn.
    """
    base: dict[bytes, bytes] = getattr(os.environ, "_data", None) or dict(os.environb)
    merged = dict(base)
    for name, value in (changes or {}).items():
        if value is None:
            merged.pop(os.fsencode(name), None)
        else:
            merged[os.fsencode(name)] = os.fsencode(value)
    merged[KEY] = mark.encode()
    return merged


def check_directory(directory: str) -> None:
    """Raise WorkingDirectoryError that says what is wrong with `directory`."""
    try:
        is_directory = S_ISDIR(os.stat(directory).st_mode)
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkingDirectoryError(f"cannot run in {directory!r}: {reason.lower()}", program=directory) from error
    if not is_directory:
        raise WorkingDirectoryError(f"cannot run in {directory!r}: it is not a directory", program=directory)
    if not os.access(directory, os.X_OK):
        raise WorkingDirectoryError(f"cannot run in {directory!r}: permission denied", program=directory)


def is_script(program: str, cwd: str | None) -> bool:
    """Whether a file the kernel does not know is text that a shell can read."""
    full = os.path.join(cwd, program) if cwd is not None else program
    try:
        with open(full, "rb") as file:
            head = file.read(512)
    except OSError:
        return False
    return b"\0" not in head


def _start(program: str, argv: tuple[str, ...], request: SpawnRequest, env: Mapping[bytes, bytes]) -> LocalProcess:
    if not program:
        raise FileNotFoundError(ENOENT, "not on PATH")
    if request.terminal is not None:
        return _start_on_terminal(program, argv, request, env)
    group = 0 if request.group is None else request.group.pid or 0
    ends = [request.stdin, request.stdout, request.stderr]
    spare: list[int] = []
    for number, end in enumerate(ends):
        if end < 3 and end != number:
            # dup2 in order would overwrite it before it is used
            ends[number] = os.dup(end)
            spare.append(ends[number])
    try:
        actions = [(os.POSIX_SPAWN_DUP2, end, number) for number, end in enumerate(ends) if end != number]
        if SPAWNING.call is not None:
            own = None if request.new_session else group
            pid = SPAWNING.call(program, argv, env, actions, own, request.cwd)
        elif request.cwd is not None or request.new_session:
            pid = _start_elsewhere(program, argv, request, env, ends, group)
        else:
            pid = os.posix_spawn(program, argv, env, file_actions=actions, setpgroup=group, setsigdef=RESTORED)
    finally:
        for end in spare:
            os.close(end)
    return LocalProcess(pid, pid if request.new_session else group or pid)


def _start_elsewhere(
    program: str,
    argv: tuple[str, ...],
    request: SpawnRequest,
    env: Mapping[bytes, bytes],
    ends: list[int],
    group: int,
) -> int:
    # os.posix_spawn cannot change the directory; Popen can and does not fork our memory either
    import subprocess

    child = subprocess.Popen(
        argv,
        executable=program,
        stdin=ends[0],
        stdout=ends[1],
        stderr=ends[2],
        cwd=request.cwd,
        env=env,
        close_fds=False,
        start_new_session=request.new_session,
        process_group=None if request.new_session else group,
    )
    # we reap it ourselves
    child.returncode = 0
    return child.pid


def _start_on_terminal(
    program: str, argv: tuple[str, ...], request: SpawnRequest, env: Mapping[bytes, bytes]
) -> LocalProcess:
    # a session leader that opens a terminal gets it as its own (setsid(2), open(2) without O_NOCTTY)
    assert request.terminal is not None
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, request.terminal, os.O_RDWR, 0),
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
    ]
    if request.cwd is not None:
        argv = ("sh", "-c", 'cd -- "$1" && shift && exec "$@"', "sh", request.cwd, program, *argv[1:])
        program = "/bin/sh"
    if SPAWNING.call is not None:
        pid = SPAWNING.call(program, argv, env, actions, None, None)
    else:
        pid = os.posix_spawn(program, argv, env, file_actions=actions, setsid=True, setsigdef=RESTORED)
    return LocalProcess(pid, pid)
