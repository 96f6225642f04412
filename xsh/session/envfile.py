"""Files of NAME=value lines."""

from __future__ import annotations


def read_env_file(path: str) -> dict[str, str]:
    """The variables in a file: `NAME=value` lines, `export` before them allowed, quotes taken off, `#` comments.

    Nothing is expanded or run. Raises ValueError that names file and line, OSError when it cannot be read.
    """
    values: dict[str, str] = {}
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        for number, raw in enumerate(file, 1):
            line = raw.strip().removeprefix("export ").lstrip()
            if not line or line.startswith("#"):
                continue
            name, equals, value = line.partition("=")
            if not equals or not name.isidentifier():
                raise ValueError(f"{path}:{number}: {line[:40]!r} is not NAME=value")
            values[name] = unquoted(value.strip(), f"{path}:{number}")
    return values


def unquoted(value: str, place: str) -> str:
    """`value` without the quotes around it; an unquoted one ends at ` #`."""
    if value[:1] in ("'", '"'):
        end = value.find(value[0], 1)
        if end < 0:
            raise ValueError(f"{place}: the quote is never closed")
        return value[1:end]
    return value.split(" #", 1)[0].rstrip()
