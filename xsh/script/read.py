"""Reading a script: from a file, from stdin, from the command line."""

from __future__ import annotations

import os
import sys


class Source:
    """A script as it was given: the name it is known by, its text, and whether it is a file."""

    __slots__ = ("data", "directory", "name")

    def __init__(self, name: str, data: bytes, directory: str) -> None:
        self.name = name
        self.data = data
        self.directory = directory


def read_script(path: str) -> Source | int:
    """The script at `path`, from stdin for "-"; an exit status (126 or 127) after a message when it cannot be read."""
    if path == "-":
        data = read_all(0)
        remember("<stdin>", data)
        return Source("<stdin>", data, working_directory())
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        return refuse(path, error)
    return Source(path, data, os.path.dirname(os.path.abspath(path)))


def working_directory() -> str:
    """The directory we are in, which imports search; "" when it was deleted, as for Python itself."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def code_source(text: str) -> Source:
    """A script given as text on the command line."""
    data = text.encode("utf-8", "surrogateescape")
    remember("<command>", data)
    return Source("<command>", data, "")


def read_all(fd: int) -> bytes:
    """Everything that can be read from a descriptor; its place is then taken by the null device's end."""
    parts: list[bytes] = []
    while chunk := os.read(fd, 65536):
        parts.append(chunk)
    return b"".join(parts)


def remember(name: str, data: bytes) -> None:
    """Let messages show lines of a source that is no file."""
    TEXTS[name] = data


TEXTS: dict[str, bytes] = {}


def refuse(path: str, error: OSError) -> int:
    """Say why a script cannot be read; the status a shell gives for that."""
    reasons: dict[type[OSError], str] = {
        FileNotFoundError: "no such file",
        IsADirectoryError: "it is a directory; name a script in it",
        PermissionError: "permission denied; `ls -l` shows who may read it",
    }
    reason = reasons.get(type(error), (error.strerror or str(error)).lower())
    sys.stderr.write(f"xsh: cannot read the script {path!r}: {reason}\n")
    return 127 if isinstance(error, FileNotFoundError) else 126
