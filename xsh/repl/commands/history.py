"""`history`: list, search, delete and export what was entered."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from xsh.repl.commands.refused import Refused
from xsh.repl.history.entry import Query
from xsh.repl.history.suggesting import current_directory
from xsh.words.sanitize import printable

if TYPE_CHECKING:
    from xsh.repl.history.entry import Entry
    from xsh.repl.shell import Shell

USAGE = "history [-n COUNT] [--here] [--session] [--failed] [WORD …] | history delete NUMBER … | history export [FILE]"
DEFAULT_COUNT = 1000
MOST = 1 << 62
"""As many lines as there are."""


def history_command(shell: Shell, words: list[str]) -> str:
    """`history …`, see USAGE: what it prints; refuses what it does not understand.

    `-n 0` lists all. An export has one JSON object for each line, oldest first.
    """
    rest = words[1:]
    if rest[:1] == ["delete"]:
        return delete(shell, rest[1:])
    if rest[:1] == ["export"]:
        return export(shell, rest[1:])
    count, query = parse(shell, rest[1:] if rest[:1] == ["search"] else rest)
    return "\n".join(row(entry) for entry in reversed(shell.history.search(query, count, unique=False)))


def parse(shell: Shell, words: list[str]) -> tuple[int, Query]:
    """How many lines are asked for and which; refuses an option there is not."""
    count, asked = DEFAULT_COUNT, list[str]()
    here = session = failed = False
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "-n" and left and left[0].isdecimal():
            count = int(left.pop(0)) or MOST
        elif word in ("--here", "-d"):
            here = True
        elif word in ("--session", "-s"):
            session = True
        elif word in ("--failed", "-f"):
            failed = True
        elif word == "--":
            asked += left
            break
        elif word.startswith("-"):
            raise Refused(f"there is no option {word}; {USAGE}", 2)
        else:
            asked.append(word)
    query = Query(
        text=" ".join(asked),
        cwd=current_directory() if here else None,
        session=shell.session_id if session else None,
        failed=failed,
    )
    return count, query


def row(entry: Entry) -> str:
    """A line with its number, when it was entered and how it failed; further rows of it are indented."""
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.start))
    mark = f"[{entry.exit_status}] " if entry.failed else ""
    text = printable(entry.text).replace("\n", "\n" + " " * 25)
    return f"{entry.id:>6}  {when} {mark}{text}"


def delete(shell: Shell, words: list[str]) -> str:
    """Forget lines by their numbers, from the disk too; refuses a number that no line has."""
    if not words or not all(word.isdecimal() for word in words):
        raise Refused("delete takes the numbers that `history` shows", 2)
    wanted = {int(word) for word in words}
    found = [entry for entry in shell.history.search(Query(), MOST, unique=False) if entry.id in wanted]
    missing = wanted - {entry.id for entry in found}
    if missing:
        raise Refused(f"there is no line {', '.join(map(str, sorted(missing)))}")
    shell.history.delete(found)
    return ""


def export(shell: Shell, words: list[str]) -> str:
    """All lines as JSON, to a file that only its owner can read, or as text; refuses a file that is there already."""
    entries = reversed(shell.history.search(Query(), MOST, unique=False))
    text = "".join(f"{json.dumps(fields(entry))}\n" for entry in entries)
    if not words:
        return text
    if len(words) > 1:
        raise Refused("export takes one FILE", 2)
    try:
        descriptor = os.open(os.path.expanduser(words[0]), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Refused(f"{words[0]}: {(error.strerror or str(error)).lower()}") from error
    return ""


def fields(entry: Entry) -> dict[str, object]:
    """A line as an export has it: `start` in seconds since the epoch, `duration` in seconds."""
    return {
        "text": entry.text, "cwd": entry.cwd, "start": entry.start, "duration": entry.duration,
        "exit_status": entry.exit_status, "session": entry.session, "host": entry.host,
    }  # fmt: skip
