"""Values as the words of a command, outside of any literal."""

from __future__ import annotations

from xsh.errors import TemplateError
from xsh.words.template import build
from xsh.words.value import Values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def argument_words(values: Sequence[Any]) -> tuple[str, ...]:
    """One word for each value, several for a list; raises TypeError and TemplateError as a hole does."""
    holes = tuple((value, f"argument {index}", None, "") for index, value in enumerate(values, 1))
    known = Values(build(("",) * (len(holes) + 1), holes))
    words: list[str] = []
    for index in range(len(holes)):
        found = known.words(index)
        words.extend((found,) if isinstance(found, str) else (str(word) for word in found))
    if not words:
        raise TemplateError("empty command: there is no word that names a program")
    return tuple(words)
