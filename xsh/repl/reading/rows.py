"""Draws as few rows as the prompt needs: every row below it costs time at each key, and most of them stay empty."""

from __future__ import annotations

from prompt_toolkit.application import get_app_or_none
from prompt_toolkit.renderer import Renderer

ROWS = 9
"""Rows that the prompt has at least, where the terminal has them below it; a menu may take all that are free."""


class FewRows(Renderer):
    """A renderer that fills the screen below the prompt only while a menu of completions may want it."""

    _rows_below = 0

    @property
    def _min_available_height(self) -> int:
        app = get_app_or_none()
        if app is not None and app.current_buffer.complete_state is not None:
            return self._rows_below
        return min(self._rows_below, ROWS)

    @_min_available_height.setter
    def _min_available_height(self, rows: int) -> None:
        self._rows_below = rows


def draw_few_rows(renderer: Renderer) -> None:
    """Let an application's own renderer, with all that it was given, draw few rows."""
    renderer.__class__ = FewRows
