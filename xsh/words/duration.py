"""Spans of time as people write them, in seconds."""

from __future__ import annotations

EXAMPLES = '"200ms", "1.5s", "1m30s", "2h" or a number of seconds'
_UNITS = (("d", 86400.0), ("h", 3600.0), ("m", 60.0), ("s", 1.0), ("ms", 0.001))


def parse_duration(value: float | str) -> float:
    """Seconds in `value`: a number of seconds, or text of numbers with the units d, h, m, s, ms, the largest first.

    Raises TypeError for another type (a bool too), ValueError for text it does not understand, for what is negative
    and for what is not finite.
    """
    if isinstance(value, str):
        return _parse_text(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):  # pyright: ignore[reportUnnecessaryIsInstance] - said kindly
        raise TypeError(f"a duration is {EXAMPLES}, not {type(value).__name__} ({value!r})")
    try:
        seconds = float(value)
    except OverflowError:
        seconds = float("inf")
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"a duration is zero or more and finite, not {value!r}: write {EXAMPLES}")
    return seconds


def _parse_text(text: str) -> float:
    """Seconds in `text`, such as `1m30s`; a bare number counts as seconds."""
    rest = text.strip()
    seconds, units = 0.0, list(_UNITS)
    if _is_number(rest):
        return parse_duration(float(rest))
    while rest:
        digits = len(rest) - len(rest.lstrip("0123456789."))
        letters = digits + len(rest[digits:]) - len(rest[digits:].lstrip("abcdefghijklmnopqrstuvwxyz"))
        names = [name for name, _ in units]
        if not _is_number(rest[:digits]) or rest[digits:letters] not in names:
            raise ValueError(f"{text!r} is no duration: write {EXAMPLES}")
        place = names.index(rest[digits:letters])
        seconds += float(rest[:digits]) * units[place][1]
        units = units[place + 1 :]
        rest = rest[letters:].lstrip(" ")
    if not text.strip():
        raise ValueError(f"{text!r} is no duration: write {EXAMPLES}")
    return parse_duration(seconds)


def _is_number(text: str) -> bool:
    """Whether `text` is digits with at most one point, such as `1`, `1.5` or `.5`."""
    return text.isascii() and text.replace(".", "", 1).isdigit()


def format_duration(seconds: float) -> str:
    """Seconds as people read them: `12 ms`, `2.4 s`, `1 m 30 s`, `2 h 5 m`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        text = f"{seconds:.1f}".removesuffix(".0")
        return f"{text} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest} s" if rest else f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} m" if minutes else f"{hours} h"
