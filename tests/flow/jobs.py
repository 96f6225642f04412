"""Jobs that several tests of workflows run."""

from __future__ import annotations

from typing import Any


def noting(notes: list[str], text: str) -> Any:
    """A job that notes that it ran."""
    return lambda: notes.append(text)


def failing(text: str = "no") -> Any:
    """A job that fails."""

    def fail() -> None:
        raise LookupError(text)

    return fail
