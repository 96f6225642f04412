"""A place behind a wrapper: the same command, with the wrapper's words before it, on another target."""

from __future__ import annotations

import os

from xsh.command.target import SpawnRequest
from xsh.targets.via.inside import ASK, ENTER, SHELL, STOP, STRICT_SHELL, WITH_PATH
from xsh.targets.via.process import ViaProcess
from xsh.targets.via.wrapper import INSIDE, OUTSIDE, inner_environment
from xsh.words.portable import AnyShell, without_bash
from xsh.words.quote import quote_always

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.command.target import Process, Target
    from xsh.targets.via.wrapper import Wrapper


class ViaTarget:
    """Runs commands through a wrapper on `base`, which is this machine, a host, or another wrapper's inside."""

    def __init__(self, wrapper: Wrapper, base: Target) -> None:
        self.wrapper = wrapper
        self.base = base
        self.name = wrapper.name if base.name == "local" else f"{base.name}: {wrapper.name}"

    def nearest(self, name: str) -> list[str]:
        """None: what is inside is not looked through."""
        return [] if self.wrapper.own_files else self.base.nearest(name)

    def shell(self) -> str:
        """The shell of the place around it; bash, or sh where there is none, for an inside with files of its own."""
        return AnyShell("bash") if self.wrapper.own_files else self.base.shell()

    def spawn(self, request: SpawnRequest) -> ViaProcess:
        """Start one program through the wrapper; raises SpawnError when the wrapper itself cannot start."""
        wrapper = self.wrapper
        mark = f"XSH_MARK_{os.urandom(8).hex()}" if wrapper.by_mark and not request.new_session else ""
        env: dict[str, str | None] = {**(request.env or {})}
        if mark:
            env[mark] = "1"
        argv = innermost(request.argv, path_of(request))
        if path_of(request) is not None:
            del env["PATH"]
        options: list[str] = []
        if request.terminal is not None:
            options += wrapper.terminal
        argv = self._in_directory(argv, request.cwd, options)
        argv = self._with_variables(argv, env, options)
        group = request.group
        base = self.base.spawn(
            SpawnRequest(
                wrapper.wrap(argv, options),
                stdin=request.stdin,
                stdout=request.stdout,
                stderr=request.stderr,
                cwd=request.cwd if wrapper.directory == OUTSIDE else None,
                env=env if wrapper.variables == OUTSIDE else None,
                group=group.base if isinstance(group, ViaProcess) else group,
                new_session=request.new_session,
                terminal=request.terminal,
                job=request.job,
            )
        )
        return ViaProcess(self, request, base, mark)

    def _in_directory(self, argv: tuple[str, ...], cwd: str | None, options: list[str]) -> tuple[str, ...]:
        how = self.wrapper.directory
        if cwd is None or how == OUTSIDE:
            return argv
        if how == INSIDE:
            return ("sh", "-c", ENTER, "sh", cwd, *argv)
        options += (how, cwd)
        return argv

    def _with_variables(self, argv: tuple[str, ...], env: dict[str, str | None], options: list[str]) -> tuple[str, ...]:
        how = self.wrapper.variables
        if how == OUTSIDE:
            return argv
        if how == INSIDE:
            return (*inner_environment(env), *argv)
        for name, value in env.items():
            if value is not None:
                options += (how, f"{name}={value}")
        return (*inner_environment({name: value for name, value in env.items() if value is None}), *argv)

    # -- what its processes ask ----------------------------------------------------------------------------------

    def ask(self, request: SpawnRequest, stderr: int) -> Process:
        """Start the question why `request` was not started; what the wrapper says goes to `stderr`."""
        cwd = request.cwd or ""
        if self.wrapper.directory == OUTSIDE:
            cwd = ""
        if isinstance(request.argv[0], AnyShell):
            return self._quietly(("sh", "-c", ASK, "sh", cwd, "sh"), request, stderr)
        path = path_of(request)
        program = (request.argv[0],) if path is None else (request.argv[0], path)
        return self._quietly(("sh", "-c", ASK, "sh", cwd, *program), request, stderr)

    def stop(self, request: SpawnRequest, mark: str, signals: list[str], stderr: int) -> Process:
        """Start sending signals to all of `request`, which has the mark; it ends when nothing has it any more."""
        return self._quietly(("sh", "-c", STOP, "sh", mark, *signals), request, stderr)

    def _quietly(self, argv: tuple[str, ...], about: SpawnRequest, stderr: int) -> Process:
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            wrapped = self.wrapper.wrap(argv)
            return self.base.spawn(SpawnRequest(wrapped, stdin=null, stdout=null, stderr=stderr, job=about.job))
        finally:
            os.close(null)

    def __repr__(self) -> str:
        return f"<{self.name}>"


def innermost(argv: tuple[str, ...], path: str | None) -> tuple[str, ...]:
    """The words that become the program: shell text finds its shell inside, a program is looked for on the PATH it is given."""
    if not isinstance(argv[0], AnyShell):
        return argv if path is None else ("sh", "-c", WITH_PATH, "sh", path, *argv)
    strict = argv[1] == "-euo"
    place = 4 if strict else 2
    for_sh = without_bash(argv)
    # set by the text itself: the shell is found by the PATH that is there
    first = "" if path is None else f"PATH={quote_always(path)};export PATH;"
    text_for_sh = first + for_sh[for_sh.index("-c") + 1]
    ours = STRICT_SHELL if strict else SHELL
    return ("sh", "-c", ours, text_for_sh, *argv[1:place], first + argv[place], *argv[place + 1 :])


def path_of(request: SpawnRequest) -> str | None:
    """The PATH that a command is given, None where it has the one that is there."""
    return (request.env or {}).get("PATH")
