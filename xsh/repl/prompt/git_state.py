"""What git says of the directory: the branch read from the repository's own file, the rest from `git status`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xsh.command.command import Command
from xsh.command.options import Options
from xsh.errors import XshError
from xsh.words.rendered import Argv

if TYPE_CHECKING:
    from xsh.command.pipeline import Runner

STATUS = ("git", "status", "--porcelain=v2", "--branch", "--show-stash")
LIMIT = 10.0
"""Seconds `git status` may take; then it is stopped and the state stays unknown."""
OUTPUT_LIMIT = 1 << 20
"""Bytes of its output that are looked at."""
OPERATIONS = (
    ("rebase-merge", "rebase"), ("rebase-apply", "rebase"), ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"), ("REVERT_HEAD", "revert"), ("BISECT_LOG", "bisect"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Which repository a directory is in and what is checked out there."""

    root: str
    branch: str
    """A branch's name, or the first digits of a commit."""
    operation: str = ""
    """What is under way: "rebase", "merge", …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitState:
    """How many files and commits differ; all 0 is clean."""

    ahead: int = 0
    behind: int = 0
    staged: int = 0
    changed: int = 0
    untracked: int = 0
    conflicts: int = 0
    stashed: int = 0

    @property
    def clean(self) -> bool:
        """Whether no file differs."""
        return not (self.staged or self.changed or self.untracked or self.conflicts)

    def __str__(self) -> str:
        parts = (
            ("↑", self.ahead), ("↓", self.behind), ("!", self.conflicts), ("+", self.staged),
            ("~", self.changed), ("?", self.untracked), ("*", self.stashed),
        )  # fmt: skip
        return " ".join(f"{sign}{count}" for sign, count in parts if count)


def read_head(directory: str) -> Head | None:
    """The repository that the directory lies in, by its files alone; None when it is in none. May wait for the disk."""
    place = directory
    while True:
        dot_git = os.path.join(place, ".git")
        if os.path.lexists(dot_git):
            return _head_of(place, dot_git)
        parent = os.path.dirname(place)
        if parent == place:
            return None
        place = parent


def _head_of(root: str, dot_git: str) -> Head | None:
    """What HEAD says (gitrepository-layout(5)); a `.git` file of a worktree or submodule names the real folder."""
    try:
        if os.path.isfile(dot_git):
            dot_git = os.path.join(root, _first_line(dot_git).removeprefix("gitdir: "))
        head = _first_line(os.path.join(dot_git, "HEAD"))
    except (OSError, UnicodeDecodeError):
        return None
    operation = next((name for file, name in OPERATIONS if os.path.lexists(os.path.join(dot_git, file))), "")
    branch = head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else head[:8]
    return Head(root=root, branch=branch, operation=operation)


def _first_line(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.readline().rstrip("\n")


async def read_state(directory: str, runner: Runner) -> GitState | None:
    """What `git status` says, run without locks and in the background; None when it fails or takes over 10 s."""
    env = {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    options = Options(
        cwd=directory, env=env, input=b"", output="quiet", nothrow=True, timeout=LIMIT, grace=0.2,
        limit_output=OUTPUT_LIMIT,
    )  # fmt: skip
    try:
        result = await Command(Argv(STATUS), runner, options)
    except XshError:
        # no git, or no directory any more: then there is nothing to show
        return None
    return parse_status(result.stdout) if result.ok else None


def parse_status(text: str) -> GitState:
    """The counts in the output of `git status --porcelain=v2 --branch` (git-status(1)); unknown lines are passed over."""
    counts = dict.fromkeys(("ahead", "behind", "staged", "changed", "untracked", "conflicts", "stashed"), 0)
    for line in text.split("\n"):
        kind, _, rest = line.partition(" ")
        words = rest.split(" ")
        if kind == "#" and words[0] == "branch.ab" and len(words) == 3:
            counts["ahead"], counts["behind"] = _number(words[1]), _number(words[2])
        elif kind == "#" and words[0] == "stash" and len(words) == 2:
            counts["stashed"] = _number(words[1])
        elif kind in ("1", "2") and len(words[0]) == 2:
            counts["staged"] += words[0][0] != "."
            counts["changed"] += words[0][1] != "."
        elif kind == "u":
            counts["conflicts"] += 1
        elif kind == "?":
            counts["untracked"] += 1
    return GitState(**counts)


def _number(word: str) -> int:
    digits = word.lstrip("+-")
    return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 10 else 0
