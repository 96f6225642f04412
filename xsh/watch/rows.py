"""Whether stderr can show rows that change, and those that are shown."""

from __future__ import annotations

import os

from xsh.watch.notices import Bottom

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_plain() -> bool:
    """Whether stderr cannot show rows that change."""
    return not os.isatty(2) or os.environ.get("TERM", "dumb") == "dumb"


def live_rows() -> Any:
    """The rows at the bottom of the terminal; what draws them is loaded with the first."""
    if Bottom.rows is not None:
        return Bottom.rows
    from xsh.watch.screen import Screen

    return Screen()
