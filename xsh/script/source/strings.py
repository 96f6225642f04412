"""The shapes of Python's own strings, as far as finding where they end needs them."""

from __future__ import annotations

import re

_PREFIX = re.compile(rb"(?<![A-Za-z0-9_\x80-\xff])[rRbBuUfFtT]{1,2}\Z")
_QUOTES = (b"'", b'"', b"'''", b'"""')
_PLAIN = {quote: re.compile(rb"\\.|" + quote + (rb"|\n" if len(quote) == 1 else rb""), re.DOTALL) for quote in _QUOTES}
_FORMATTED = {
    quote: re.compile(
        rb"\\N\{[^}\n]*\}|\\[^{}]|\\|\{\{|\{|" + quote + (rb"|\n" if len(quote) == 1 else rb""), re.DOTALL
    )
    for quote in _QUOTES
}
_FORMATTED_RAW = {
    quote: re.compile(rb"\\[^{}]|\\|\{\{|\{|" + quote + (rb"|\n" if len(quote) == 1 else rb""), re.DOTALL)
    for quote in _QUOTES
}
_SPEC = {
    quote: re.compile(rb"\\[^{}]|[{}]|" + quote + (rb"|\n" if len(quote) == 1 else rb""), re.DOTALL)
    for quote in _QUOTES
}


class Opening:
    """How a string opens: its quotes, and whether its prefix makes it formatted or raw."""

    __slots__ = ("formatted", "quote", "raw")

    def __init__(self, data: bytes, at: int) -> None:
        quote = data[at : at + 3]
        self.quote = quote if quote in _QUOTES else quote[:1]
        found = _PREFIX.search(data[max(0, at - 3) : at])
        prefix = found.group().lower() if found else b""
        self.raw = b"r" in prefix
        self.formatted = b"f" in prefix or b"t" in prefix

    @property
    def text_pattern(self) -> re.Pattern[bytes]:
        """Finds what matters in an f-string's text: escapes, braces, the closing quote."""
        return (_FORMATTED_RAW if self.raw else _FORMATTED)[self.quote]

    @property
    def spec_pattern(self) -> re.Pattern[bytes]:
        """Finds what matters in an f-string's format spec."""
        return _SPEC[self.quote]


def skip_string(data: bytes, at: int, quote: bytes, end: int) -> int:
    """The offset behind a plain string whose quote opens at `at`, or -1 if it does not end before `end`."""
    position = at + len(quote)
    pattern = _PLAIN[quote]
    while found := pattern.search(data, position, end):
        if found.group() == quote:
            return found.end()
        if found.group() == b"\n":
            return -1
        position = found.end()
    return -1
