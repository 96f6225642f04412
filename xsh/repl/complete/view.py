"""What completion sees of a shell and its surroundings, taken before it starts, so that it can work in a thread."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    from xsh.repl.decide.known import Known

_HOST = re.compile(r"[Hh][Oo][Ss][Tt](?:[Nn][Aa][Mm][Ee])?[ \t]+(.+)")


class View:
    """The facts that completion may use.

    `names` is the user's namespace, `programs` the names on PATH, `jobs` pairs of number and text, `answers` what a
    program's own completion said for the word at the cursor, None where it was not asked.
    """

    def __init__(
        self,
        known: Known,
        *,
        names: Mapping[str, Any] | None = None,
        programs: Collection[str] = (),
        aliases: Mapping[str, Any] | None = None,
        jobs: Iterable[tuple[int, str]] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.known = known
        self.names: Mapping[str, Any] = names or {}
        self.programs = programs
        self.aliases: Mapping[str, Any] = aliases or {}
        self.jobs = list(jobs)
        self.env: Mapping[str, str] = os.environ if env is None else env
        self.descriptions: Mapping[str, str] = {}
        self.answers: list[str] | None = None

    def hosts(self) -> list[str]:
        """The hosts that ssh's configuration and known hosts name; patterns and hashed names are none."""
        home = os.path.expanduser("~/.ssh")
        found: set[str] = set()
        for line in _lines(f"{home}/config"):
            match = _HOST.match(line.strip())
            if match and not line.strip().lower().startswith("hostname"):
                found.update(name for name in match.group(1).split() if not set(name) & set("*?!"))
        for line in _lines(f"{home}/known_hosts"):
            first = line.split(" ", 1)[0]
            if first and not first.startswith(("#", "@", "|")):
                found.update(name.split("]")[0].lstrip("[") for name in first.split(","))
        return sorted(name for name in found if name)


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []
