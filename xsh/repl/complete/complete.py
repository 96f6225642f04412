"""The pure core of completion: what may stand at the cursor, from a text and a view of the shell."""

from __future__ import annotations

import re

from xsh.repl.complete.python import name_candidates, python_candidates, string_candidates
from xsh.repl.complete.words import word_candidates
from xsh.repl.decide.spot import find_spot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.repl.complete.candidate import Candidate
    from xsh.repl.complete.view import View
    from xsh.repl.decide.spot import Spot

_NAME = re.compile(r"[^\W\d]\w*\Z")


def complete(text: str, cursor: int, view: View) -> list[Candidate]:
    """The candidates for the cursor at an offset of a text; reads directories, runs nothing."""
    return complete_at(find_spot(text[:cursor], view.known), cursor, view)


def complete_at(spot: Spot, cursor: int, view: View) -> list[Candidate]:
    """The candidates for a spot that was found already."""
    if spot.kind == "python":
        return python_candidates(spot.text, cursor, view)
    if spot.kind == "string":
        return string_candidates(spot.text, cursor, view)
    words = word_candidates(spot, view)
    if not spot.first:
        return words
    return _both(spot, cursor, view, words)


def _both(spot: Spot, cursor: int, view: View, words: list[Candidate]) -> list[Candidate]:
    """The candidates for a first word, which may become a command or Python."""
    typed = spot.word.value if spot.word is not None else ""
    if "." in typed and not typed.startswith((".", "/", "~")):
        return python_candidates(spot.text, cursor, view) or words
    if not _NAME.match(typed):
        return words
    names = name_candidates(typed, cursor, view)
    shown = {candidate.shown for candidate in names if candidate.shown in view.known.bound}
    # the names that match as well as the commands do, and no others
    prefix = [candidate for candidate in names if candidate.text.startswith(typed)]
    others = [candidate for candidate in words if candidate.shown not in shown]
    if any(candidate.shown.startswith(typed) for candidate in others):
        names = prefix
    elif prefix:
        others = []
    return sorted([*others, *names], key=lambda candidate: candidate.shown)
