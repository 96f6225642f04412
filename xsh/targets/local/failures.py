"""Why a program could not be started, in words: from an errno to one of our errors."""

from __future__ import annotations

import os
from errno import E2BIG, EACCES, ENOENT, ENOEXEC, ENOTDIR

from xsh.command.exhausted import LIMITS, exhausted
from xsh.errors import (
    ArgumentsTooLong,
    ProgramNotExecutable,
    ProgramNotFound,
    SpawnError,
    WorkingDirectoryError,
)
from xsh.targets.local.which import nearest
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from xsh.command.target import SpawnRequest


def explain(error: OSError, request: SpawnRequest, program: str, path: str, env: Mapping[bytes, bytes]) -> SpawnError:
    """The SpawnError that says what happened, where and how to fix it; `env` is what the program would have got."""
    name = printable(request.argv[0])
    if error.errno == E2BIG:
        return _too_long(request, env)
    if error.errno in LIMITS:
        return exhausted(error, name)
    if error.errno in (ENOENT, ENOTDIR):
        if request.cwd is not None and error.filename == request.cwd:
            return WorkingDirectoryError(f"cannot run in {request.cwd!r}: it is gone", program=request.cwd)
        return _not_found(request, program, path, name)
    if error.errno in (EACCES, ENOEXEC):
        return _not_executable(error, request, program, name)
    return SpawnError(f"cannot start {name}: {error.strerror or error}", program=request.argv[0])


def _not_found(request: SpawnRequest, program: str, path: str, name: str) -> SpawnError:
    full = os.path.join(request.cwd or "", program)
    if program and os.path.exists(full):
        return _missing_interpreter(full, request.argv[0], name)
    if "/" in request.argv[0]:
        return ProgramNotFound(f"{name}: no such file", program=request.argv[0])
    if not request.argv[0]:
        return ProgramNotFound("the program's name is empty", program="")
    if " " in request.argv[0]:
        return ProgramNotFound(
            f"{name}: command not found",
            program=request.argv[0],
            hint="it is one word, since a hole is data: `$.split(…)` makes words of it, `$.raw(…)` shell text",
        )
    close = nearest(request.argv[0], path)
    if close:
        hint = "did you mean " + " or ".join(printable(n) for n in close) + "?"
    else:
        hint = 'it is not on PATH; `$.env["PATH"]` shows where programs are looked for'
    return ProgramNotFound(f"{name}: command not found", program=request.argv[0], hint=hint)


def _missing_interpreter(full: str, program: str, name: str) -> ProgramNotExecutable:
    line = first_line(full)
    if not line.startswith(b"#!"):
        message = f"{name}: the program exists, but the loader or a part of its path does not"
        return ProgramNotExecutable(message, program=program, hint="is it built for another system?")
    interpreter = printable(line[2:].split()[0].decode("utf-8", "surrogateescape") if line[2:].split() else "")
    if line.endswith(b"\r"):
        return ProgramNotExecutable(
            f"{name}: its first line `#!{interpreter}` ends with a carriage return (CRLF line ends)",
            program=program,
            hint=f"convert it to LF: `sed -i 's/\\r$//' {name}`",
        )
    return ProgramNotExecutable(f"{name}: its interpreter {interpreter} does not exist", program=program)


def first_line(path: str) -> bytes:
    """The first line of a file without its newline, at most 256 bytes; empty when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(256).split(b"\n")[0]
    except OSError:
        return b""


def _not_executable(error: OSError, request: SpawnRequest, program: str, name: str) -> ProgramNotExecutable:
    full = os.path.join(request.cwd or "", program)
    if os.path.isdir(full):
        reason, hint = "it is a directory", None
    elif error.errno == ENOEXEC:
        reason, hint = "it is not a program this machine can run", "is it built for another system?"
    elif os.path.exists(full) and not os.access(full, os.X_OK):
        reason, hint = "it is not marked executable", f"`chmod +x {name}`"
    else:
        reason, hint = "permission denied", None
    return ProgramNotExecutable(f"{name}: {reason}", program=request.argv[0], hint=hint)


def _too_long(request: SpawnRequest, env: Mapping[bytes, bytes]) -> ArgumentsTooLong:
    """What is too long: one argument, one variable, or all of them together (execve(2), "Limits on size")."""
    words = [len(os.fsencode(word)) + 1 for word in request.argv]
    variables = {name: len(name) + len(value) + 2 for name, value in env.items()}
    total, around = sum(words), sum(variables.values())
    most = max(variables, key=lambda name: variables[name], default=b"")
    widest = printable(most.decode("utf-8", "surrogateescape"))
    single = 32 * os.sysconf("SC_PAGE_SIZE")
    hint = "give data by `.input(…)`, or run it several times with `batched(…)`"
    if max(words) > single:
        what = f"one of its arguments has {max(words):,} bytes, and one may have {single:,}"
    elif variables and variables[most] > single:
        what = f"the environment variable {widest} has {variables[most]:,} bytes, and one may have {single:,}"
        hint = f"`$(env={{{widest!r}: None}})` takes it away; give data by `.input(…)` or a file"
    else:
        what = (
            f"the arguments have {total:,} bytes ({len(words):,} of them), the environment {around:,}"
            f" ({len(variables):,} variables, {widest} alone {variables.get(most, 0):,}), and together they may have"
            f" {os.sysconf('SC_ARG_MAX'):,}"
        )
        if around > total:
            hint = f"`$(env={{{widest!r}: None}})` takes the largest variable away"
    name = printable(request.argv[0])
    return ArgumentsTooLong(f"cannot start {name}: {what}", program=request.argv[0], hint=hint)
