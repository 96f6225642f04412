"""Names of hosts: `web[01-20].example.com` written out, and many names folded into such patterns again."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RANGE = r"\d+(?:-\d+(?:/\d+)?)?"
RANGES = re.compile(rf"\[({RANGE}(?:,{RANGE})*)\]")
NUMBER = re.compile(r"\d+")
ADDRESS_END = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}(\d{1,3})(?![\w.])")
"""The last number of an IPv4 address, which is the one that tells the machines of a network apart."""
MOST = 100_000
"""Names that one pattern may stand for; more is taken for a slip of the pen."""


def expand(pattern: str) -> list[str]:
    """The names that a pattern stands for: `web[01-03,7]`, `rack[1-2]-node[1-9/2]`, several separated by commas.

    Leading zeros give the width, `/2` is every second one. Raises ValueError for ranges that run backwards, for a
    pattern without any name, and for more than 100,000 names.
    """
    names: dict[str, None] = {}
    for part in split_pattern(pattern):
        for name in expanded(part):
            names[name] = None
            if len(names) > MOST:
                raise ValueError(f"{pattern!r} stands for more than {MOST:,} hosts")
    if not names:
        raise ValueError(f"{pattern!r} names no host")
    return list(names)


def split_pattern(pattern: str) -> list[str]:
    """The parts of a pattern, which commas and blanks outside of brackets separate."""
    return [part for part in re.split(r"[,\s]+(?![^\[]*\])", pattern.strip()) if part]


def expanded(part: str) -> Iterator[str]:
    """The names of one part without commas outside of brackets; raises ValueError."""
    found = RANGES.search(part)
    if found is None:
        yield part
        return
    before, after = part[: found.start()], part[found.end() :]
    for piece in found[1].split(","):
        for number in numbers(piece, part):
            for rest in expanded(after) if after else ("",):
                yield before + number + rest


def numbers(piece: str, part: str) -> Iterator[str]:
    """The numbers of one range such as `01-20/2`; raises ValueError when it runs backwards."""
    ends, _, step = piece.partition("/")
    first, _, last = ends.partition("-")
    last = last or first
    if int(last) < int(first) or step == "0":
        raise ValueError(f"{part!r}: the range [{piece}] is empty")
    width = padding(first)
    for number in range(int(first), int(last) + 1, int(step or 1)):
        yield str(number).zfill(width)


def from_file(path: str | os.PathLike[str]) -> list[str]:
    """The hosts of a file: a name or pattern on each line, `#` begins a comment. Raises OSError, ValueError."""
    with open(path, encoding="utf-8") as file:
        parts = [line.partition("#")[0].strip() for line in file]
    return list(dict.fromkeys(name for part in parts if part for name in expand(part)))


def from_config(pattern: str, path: str | os.PathLike[str] | None = None) -> list[str]:
    """The names of `Host` lines in an OpenSSH configuration (~/.ssh/config) that a pattern with `*` or `?` matches.

    Raises OSError when it cannot be read.
    """
    names: dict[str, None] = {}
    with open(os.path.expanduser(path or "~/.ssh/config"), encoding="utf-8") as file:
        for line in file:
            words = line.strip().replace("=", " ", 1).split()
            if words and words[0].lower() == "host":
                plain = [word for word in words[1:] if not set(word) & set("*?!")]
                names.update(dict.fromkeys(word for word in plain if fnmatchcase(word, pattern)))
    return list(names)


def fold(names: Iterable[str]) -> str:
    """Names as few patterns, separated by commas: `web[01-03,07],db1`; `expand` gives the same names again."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in names:
        address = ADDRESS_END.search(name)
        # the first number counts: of web01.rack2 that is the machine's
        found = NUMBER.search(name) if address is None else NUMBER.match(name, address.start(1))
        if found is None:
            groups.setdefault((name, ""), [])
        else:
            groups.setdefault((name[: found.start()], name[found.end() :]), []).append(found[0])
    return ",".join(before + folded(found) + after for (before, after), found in groups.items())


def folded(found: list[str]) -> str:
    """Numbers as one list of ranges in brackets; a single one as it is, none as nothing."""
    if len(found) < 2:
        return "".join(found)
    ranges: list[list[str]] = []
    for number in sorted(dict.fromkeys(found), key=lambda text: (int(text), len(text))):
        if ranges and follows(ranges[-1][-1], number):
            ranges[-1].append(number)
        else:
            ranges.append([number])
    if len(ranges) == 1 and len(ranges[0]) == 1:
        return ranges[0][0]
    return "[" + ",".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in ranges) + "]"


def follows(before: str, number: str) -> bool:
    """Whether a number is the next one and a range would write it the same way."""
    width = padding(before)
    return int(number) == int(before) + 1 and number == str(int(number)).zfill(width)


def padding(number: str) -> int:
    """The width to which a number is filled with zeros, 0 for one that is not."""
    return len(number) if len(number) > 1 and number.startswith("0") else 0
