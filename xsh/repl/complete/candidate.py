"""One completion, and which names complete what was typed: by prefix, else by a part, else by letters in order."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Candidate:
    """A text that takes the place of what stands between the offset `start` and the cursor.

    `shown` is what the menu shows of it and `description` what it says beside; `kind` names its sort. An `is_open` one
    is not the end of a word: a directory, `NAME=`.
    """

    __slots__ = ("description", "is_open", "kind", "shown", "start", "text")

    def __init__(
        self, text: str, start: int, kind: str, *, shown: str = "", description: str = "", is_open: bool = False
    ) -> None:
        self.text = text
        self.start = start
        self.kind = kind
        self.shown = shown or text
        self.description = description
        self.is_open = is_open

    def __repr__(self) -> str:
        return f"Candidate({self.text!r}, {self.start}, {self.kind!r})"


def matching(typed: str, names: Iterable[str]) -> list[str]:
    """The names that complete `typed`, sorted; of the ways to match only the best one that any name has."""
    every = sorted(set(names))
    if not typed:
        return every
    small = typed.lower()
    tests: list[Callable[[str], bool]] = [
        lambda name: name.startswith(typed),
        lambda name: name.lower().startswith(small),
        lambda name: small in name.lower(),
        lambda name: len(small) > 1 and _in_order(small, name.lower()),
    ]
    for test in tests:
        found = [name for name in every if test(name)]
        if found:
            return found
    return []


def _in_order(letters: str, name: str) -> bool:
    rest = iter(name)
    return all(letter in rest for letter in letters)
