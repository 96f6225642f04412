"""What went wrong with a host, in words: from asyncssh's and the system's errors to ours."""

from __future__ import annotations

import os
import socket

import asyncssh

from xsh.errors import (
    AuthenticationFailed,
    ConnectFailed,
    ConnectionLost,
    ProgramNotExecutable,
    ProgramNotFound,
    SpawnError,
    TargetError,
    WorkingDirectoryError,
)
from xsh.words.sanitize import printable


def connect_failure(error: BaseException, name: str) -> TargetError:
    """The TargetError for what a connection attempt ended with."""
    if isinstance(error, TargetError):
        return error
    if isinstance(error, asyncssh.PermissionDenied):
        return refused_login(name)
    if isinstance(error, asyncssh.KeyExchangeFailed):
        return ConnectFailed(f"{name}: no common way to encrypt: {printable(str(error))}", host=name)
    if isinstance(error, asyncssh.ConnectionLost):
        # an error of the network's own says more than that the connection is gone
        return ConnectFailed(f"{name}: the host closed the connection before the login", host=name, retryable=True)
    if isinstance(error, asyncssh.Error):
        return ConnectFailed(f"{name}: {printable(str(error))}", host=name, retryable=True)
    if isinstance(error, socket.gaierror):
        retryable = error.errno == socket.EAI_AGAIN
        return ConnectFailed(f"{name}: no such host ({error.strerror})", host=name, retryable=retryable)
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        if error.filename is not None:
            # a key, a config, the program of a ProxyCommand: nothing of the network's
            file = printable(os.fsdecode(error.filename))
            return ConnectFailed(f"{name}: {file}: {reason.lower()}", host=name)
        return ConnectFailed(f"{name}: {network_reason(error, reason)}", host=name, retryable=True)
    if isinstance(error, (asyncssh.KeyImportError, asyncssh.KeyEncryptionError)):
        return AuthenticationFailed(f"{name}: the key cannot be used: {printable(str(error))}", host=name)
    if isinstance(error, (asyncssh.ConfigParseError, ValueError)):
        return ConnectFailed(f"{name}: the settings are wrong: {printable(str(error))}", host=name)
    raise error


def network_reason(error: BaseException, reason: str) -> str:
    """Why the network did not let us through, in one phrase."""
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if "Multiple exceptions" in reason and "refused" in reason:
        return "connection refused"
    return printable(reason.lower())


def refused_login(name: str, hint: str | None = None) -> AuthenticationFailed:
    """The error for a host that takes none of the keys and passwords offered."""
    return AuthenticationFailed(
        f"{name}: the host refused every way to log in",
        host=name,
        hint=hint or "is the key in the agent, or named by `key=` or IdentityFile; is the user right?",
    )


def timed_out(name: str, seconds: float) -> ConnectFailed:
    """The error for a host that accepts and never answers, or does not accept at all."""
    return ConnectFailed(
        f"{name}: no answer within {seconds:g} s", host=name, retryable=True, hint="`connect_timeout=` waits longer"
    )


def lost(name: str, why: str = "") -> ConnectionLost:
    """The error for a command whose connection ended before it did."""
    because = f" ({printable(why)})" if why else ""
    return ConnectionLost(f"{name}: the connection was lost while the command ran{because}", host=name, retryable=True)


def not_started(said: str, program: str, cwd: str | None, name: str) -> SpawnError | None:
    """The error for our own word of why nothing was started (wrapping.py); None for a word that is not ours."""
    what, _, why = said.partition(" ")
    shown = printable(program)
    if what == "cd":
        reason = {"none": "no such file or directory", "file": "it is not a directory"}.get(why, "permission denied")
        return WorkingDirectoryError(f"cannot run in {cwd!r} on {name}: {reason}", program=cwd or "")
    if why == "none":
        hint = "it is one word, since a hole is data: `$.split(…)` makes words of it" if " " in program else None
        return ProgramNotFound(f"{shown}: command not found on {name}", program=program, hint=hint)
    if why == "file":
        return ProgramNotFound(f"{shown}: no such file on {name}", program=program)
    if why == "empty":
        return ProgramNotFound("the program's name is empty", program=program)
    if why in ("dir", "denied"):
        reason = "it is a directory" if why == "dir" else "it is not marked executable"
        return ProgramNotExecutable(f"{shown}: {reason} on {name}", program=program)
    return None


def out_of_reach(what: str, name: str) -> TargetError:
    """The error for a command that could not be ended: it is named, with its host."""
    return TargetError(f"{name}: `{printable(what)}` may still run there: it could not be stopped", host=name)
