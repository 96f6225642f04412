"""What a session command cannot do."""

from __future__ import annotations


class Refused(Exception):
    """A session command does not do what it was asked; the message says why, `status` is the line's (1-255)."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status
