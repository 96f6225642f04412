"""Shells whose commands run elsewhere: behind a wrapper, in a container, as another user."""

from __future__ import annotations

from xsh.session.arguments import argument_words
from xsh.targets.via import presets
from xsh.targets.via.via import ViaTarget
from xsh.targets.via.wrapper import Wrapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from xsh.session.sh import Sh


def via(shell: Sh, words: tuple[Any, ...], name: str | None, exit_codes: Iterable[int]) -> Sh:
    """The shell with its commands behind `words`; raises TypeError and ValueError for what cannot be a wrapper."""
    start = argument_words(words)
    codes = tuple(exit_codes)
    for code in codes:
        if code not in range(1, 256):
            raise ValueError(f"exit_codes takes exit codes from 1 to 255, not {code!r}")
    return behind(shell, Wrapper(name or start[0].rpartition("/")[2], start, exit_codes=codes))


def behind(shell: Sh, wrapper: Wrapper) -> Sh:
    """The shell with its commands behind a wrapper, on the target it has."""
    inner: Sh = shell(target=ViaTarget(wrapper, shell.target))
    return inner


def preset(shell: Sh, kind: str, *words: Any, **named: Any) -> Sh:
    """The shell behind a wrapper known by name; raises TypeError for words that cannot be arguments."""
    first, *rest = words
    options = argument_words(rest) if rest else ()
    known = first if first is None else argument_words((first,))[0]
    return behind(shell, getattr(presets, kind)(known, *options, **named))
