"""`z`: go to the directory of the history whose name has some words, the one used most and last first (frecency)."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from xsh.repl.aside import aside
from xsh.repl.commands.refused import Refused
from xsh.repl.history.entry import occurs
from xsh.repl.history.suggesting import current_directory
from xsh.repl.prompt.marks import shortened
from xsh.session.builtins import cd
from xsh.words.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xsh.repl.shell import Shell

RECENT = ((3600.0, 4.0), (86400.0, 2.0), (604800.0, 0.5))
"""Up to how many seconds ago the last line there was entered, and what each line then counts; as zoxide has it."""
OLD = 0.25


def frecency(count: int, last: float, now: float) -> float:
    """How much a directory counts in which `count` lines were entered, the last one at `last` (seconds since the epoch)."""
    weight = next((weight for limit, weight in RECENT if now - last <= limit), OLD)
    return count * weight


def matches(path: str, words: Sequence[str]) -> bool:
    """Whether the words stand in the path in this order, the last one in its last part; a capital minds case."""
    at = 0
    for word in words:
        text = path if word != word.lower() else path.lower()
        found = text.find(word, at)
        if found < 0:
            return False
        at = found + len(word)
    return not words or "/" in words[-1] or occurs(words[-1], path.rsplit("/", 1)[-1])


def ranked(directories: Iterable[tuple[str, int, float]], words: Sequence[str], now: float) -> list[tuple[float, str]]:
    """The directories that match, each with what it counts, the best first."""
    found = [(frecency(count, last, now), path) for path, count, last in directories if matches(path, words)]
    return sorted(found, key=lambda item: (-item[0], item[1]))


async def jump(shell: Shell, words: list[str]) -> str | None:
    """`z [-l] WORD …`: go to the best existing directory that matches and say which; -l lists them; refuses for none."""
    listing = words[1:2] == ["-l"]
    parts = words[2:] if listing else words[1:]
    if not listing and not parts:
        cd()
        return None
    if not listing and len(parts) == 1 and is_directory(parts[0]):
        cd(parts[0])
        return None
    found = await aside(_existing, shell, parts)
    if listing:
        return "\n".join(f"{score:8.2f}  {printable(shortened(path))}" for score, path in found)
    here = current_directory()
    target = next((path for _, path in found if path != here), None)
    if target is None:
        raise Refused(f"no directory of the history matches {' '.join(parts)}")
    cd(target)
    return printable(shortened(target))


def is_directory(word: str) -> bool:
    """Whether the word is a directory as it stands, or the `-` of `cd`."""
    return word == "-" or os.path.isdir(os.path.expanduser(word))


def _existing(shell: Shell, words: list[str]) -> list[tuple[float, str]]:
    return [item for item in ranked(shell.history.directories(), words, time.time()) if os.path.isdir(item[1])]
