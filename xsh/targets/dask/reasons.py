"""Why a command on a cluster did not start or did not end, as the error that its user sees."""

from __future__ import annotations

from xsh.errors import (
    ArgumentsTooLong,
    ConnectionLost,
    ProgramNotExecutable,
    ProgramNotFound,
    SpawnError,
    WorkingDirectoryError,
    XshError,
)
from xsh.words.sanitize import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.target import SpawnRequest

TOO_BIG = 7
"""E2BIG, which a worker gives by number."""


def reason(place: str, request: SpawnRequest, answer: dict[str, Any]) -> XshError:
    """The error for the `problem` that a worker or the link answered."""
    problem, program = answer["problem"], request.argv[0]
    if problem == "lost":
        why = f"{place}: {printable(program)}: the worker was lost while it ran; it may have done its work"
        return ConnectionLost(why, host=place, retryable=True)
    if problem == "directory":
        directory = request.cwd or ""
        why = f"cannot run in {directory!r}: {answer['why']} on the worker of {place}"
        return WorkingDirectoryError(why, program=directory)
    if problem == "program":
        return ProgramNotFound(f"{printable(program)}: command not found on the worker of {place}", program=program)
    if problem == "executable":
        why = f"{printable(program)}: cannot be executed on the worker of {place}"
        return ProgramNotExecutable(why, program=program)
    kind = ArgumentsTooLong if answer.get("errno") == TOO_BIG else SpawnError
    return kind(f"cannot start {printable(program)} on {place}: {answer['why']}", program=program)
