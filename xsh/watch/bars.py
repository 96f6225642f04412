"""Rows of meters as text for a terminal, made with prompt-toolkit's progress bars; imported only when one is drawn."""

from __future__ import annotations

import io
import os
import time

from prompt_toolkit.data_structures import Size
from prompt_toolkit.formatted_text import fragment_list_width, to_formatted_text
from prompt_toolkit.input import DummyInput
from prompt_toolkit.output import ColorDepth, DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.shortcuts.progress_bar import ProgressBar, formatters
from prompt_toolkit.styles import default_ui_style
from prompt_toolkit.utils import get_cwidth

from xsh.watch.meter import short
from xsh.watch.prefix import coloured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.shortcuts.progress_bar.base import ProgressBarCounter

    from xsh.watch.meter import Meter

BAR = 30
"""Columns of a bar at the most."""


class Painter:
    """Turns meters into rows that fit the terminal as it is now."""

    def __init__(self) -> None:
        self.bars = ProgressBar(formatters=[], input=DummyInput(), output=DummyOutput())
        self.counters: dict[int, ProgressBarCounter[object]] = {}
        self.bar = formatters.Bar()
        self.percentage = formatters.Percentage()
        self.wheel = formatters.SpinningWheel()
        self.style = default_ui_style()
        self.depth = ColorDepth.DEPTH_4_BIT if coloured(2) else ColorDepth.DEPTH_1_BIT

    def paint(self, meters: list[Meter]) -> bytes:
        """All rows, each with its newline; those that do not fit are counted in the last one."""
        size = terminal_size()
        rows = [row for meter in meters for row in self._rows(meter, size.columns - 1)]
        room = max(size.rows - 2, 1)
        if len(rows) > room:
            hidden = len(rows) - room + 1
            rows = [*rows[: room - 1], to_formatted_text(f"  … and {hidden} more")]
        return b"".join(self._encoded(row, size) for row in rows)

    def fresh_line(self) -> bytes:
        """Moves the cursor to the start of an empty line: it stays where it is at one, else the line is ended.

        As zsh does before its prompt: as many blanks as the terminal has columns go over to the next line, unless they
        began in the first column.
        """
        return b" " * terminal_size().columns + b"\r\x1b[J"

    def _rows(self, meter: Meter, width: int) -> Iterator[StyleAndTextTuples]:
        counter = self._counter(meter)
        wheel = to_formatted_text(self.wheel.format(self.bars, counter, 1))
        label = to_formatted_text(f"{meter.label} ", style="class:label")
        tail = to_formatted_text(f" {meter.facts}")
        if meter.total and meter.counts:
            percentage = to_formatted_text(self.percentage.format(self.bars, counter, 6))
            space = min(width - fragment_list_width([*label, *percentage, *tail]) - 1, BAR)
            bar = [("", " "), *to_formatted_text(self.bar.format(self.bars, counter, space))] if space >= 5 else []
            yield cut([*label, *percentage, *bar, *tail], width)
        else:
            yield cut([*wheel, ("", " "), *label, ("", meter.facts)], width)
        now = time.monotonic()
        for name, start in meter.running.values():
            yield cut([("", "  "), *wheel, ("", f" {name}  {short(now - start)}")], width)

    def _counter(self, meter: Meter) -> Any:
        counter = self.counters.get(id(meter))
        if counter is None:
            counter = self.counters[id(meter)] = self.bars(label=meter.label, total=meter.total)
        counter.items_completed = min(meter.count, meter.total or meter.count)
        return counter

    def _encoded(self, row: StyleAndTextTuples, size: Size) -> bytes:
        text = io.StringIO()
        output = Vt100_Output(text, lambda: size, term=os.environ.get("TERM"), enable_bell=False)
        print_formatted_text(output, row, self.style, color_depth=self.depth)
        return text.getvalue().replace("\r", "").encode("utf-8", "backslashreplace") + b"\n"


def terminal_size() -> Size:
    """The rows and columns of the terminal that stderr is; 24 by 80 where it does not say."""
    try:
        found = os.get_terminal_size(2)
    except OSError:
        return Size(rows=24, columns=80)
    return Size(rows=found.lines or 24, columns=found.columns or 80)


def cut(row: Any, width: int) -> StyleAndTextTuples:
    """A row that is no wider than the terminal, or it would be two."""
    kept: StyleAndTextTuples = []
    room = width
    for style, text, *_ in row:
        shown = text
        while get_cwidth(shown) > room:
            shown = shown[:-1]
        kept.append((style, shown))
        room -= get_cwidth(shown)
    return kept
