"""Values that must not be shown: replaced in everything xsh prints, never in data."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from re import Pattern

MASK = "***"
CUT = "…"
"""What stands where a message leaves something out."""
TELLING = 4
"""Characters of a secret that tell something of it: fewer are not masked where a line or a cut leaves no more."""
LONG_ENOUGH = 8
"""Characters from which on a secret is also looked for encoded: what three letters become occurs by chance."""


class Secrets:
    """The secret values of this program."""

    __slots__ = ("_patterns", "encoded", "forms", "values")

    def __init__(self) -> None:
        self.values: list[str] = []
        self.forms: list[str] = []
        """All that a value can look like, longer ones first, so that one that contains another is hidden whole."""
        self.encoded: list[bytes] = []
        self._patterns: tuple[Pattern[str], Pattern[bytes]] | None = None

    def add(self, value: str) -> None:
        """Never show `value`; an empty one and one that is known are passed over."""
        if value and value not in self.values:
            self.values.append(value)
            self.forms = sorted({*self.forms, *forms_of(value)}, key=lambda form: (-len(form), form))
            self.encoded = [form.encode("utf-8", "surrogateescape") for form in self.forms]
            self._patterns = None

    def mask(self, text: str) -> str:
        """`text` with every secret, also as people quote and encode it, replaced, and what a cut has left of one."""
        if not self.forms:
            return text
        text = self.patterns[0].sub(MASK, text)
        return self._mask_cuts(text) if CUT in text else text

    @property
    def patterns(self) -> tuple[Pattern[str], Pattern[bytes]]:
        """What finds the leftmost of the forms, the longest first, in text and in bytes."""
        if self._patterns is None:
            import re

            longest_first = sorted(self.encoded, key=len, reverse=True)
            self._patterns = (
                re.compile("|".join(map(re.escape, self.forms))),
                re.compile(b"|".join(map(re.escape, longest_first))),
            )
        return self._patterns

    def _mask_cuts(self, text: str) -> str:
        parts = text.split(CUT)
        for index in range(len(parts) - 1):
            left = max((overlap(parts[index], form) for form in self.forms), default=0)
            if left >= TELLING:
                parts[index] = parts[index][:-left] + MASK
            right = parts[index + 1].lstrip()
            # what ends the secret stands at the beginning of the rest: the same, seen in a mirror
            kept = max((overlap(right[::-1], form[::-1]) for form in self.forms), default=0)
            if kept >= TELLING:
                white = parts[index + 1][: len(parts[index + 1]) - len(right)]
                parts[index + 1] = white + MASK + right[kept:]
        return CUT.join(parts)


def overlap(text: str, form: str) -> int:
    """How many characters at the end of `text` begin `form`, which does not stand there whole."""
    start = max(0, len(text) - len(form) + 1)
    while (start := text.find(form[0], start)) >= 0:
        if form.startswith(text[start:]):
            return len(text) - start
        start += 1
    return 0


def forms_of(value: str) -> Iterator[str]:
    """A value as it may be met: as it is, quoted, escaped, in lines, encoded for addresses and headers."""
    from xsh.words.quote import quote
    from xsh.words.sanitize import printable

    yield value
    yield quote(value)
    yield value.replace("'", "'\"'\"'")
    yield value.replace("'", "'\\''")
    yield printable(value)
    yield repr(value)[1:-1]
    yield value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    lines = value.split("\n")
    if len(lines) > 1:
        # labels and indentation come between the lines
        yield from (line.strip() for line in lines if len(line.strip()) >= TELLING)
    if len(value) >= LONG_ENOUGH:
        yield percent_encoded(value)
        yield from base64_encoded(value.encode("utf-8", "surrogateescape"))


def percent_encoded(value: str) -> str:
    """A value as a part of an address (RFC 3986 2.1)."""
    data = value.encode("utf-8", "surrogateescape")
    return "".join(
        chr(byte) if chr(byte).isascii() and (chr(byte).isalnum() or byte in b"-._~") else f"%{byte:02X}"
        for byte in data
    )


def base64_encoded(data: bytes) -> Iterator[str]:
    """What is sure to occur in the base64 of anything that contains the bytes, wherever they stand (RFC 4648)."""
    import binascii

    for shift in range(3):
        whole = binascii.b2a_base64(b"\0" * shift + data, newline=False).decode()
        # the characters at either end depend on the neighbours as well
        first = (shift * 8 + 5) // 6
        last = (shift + len(data)) * 8 // 6
        yield whole[first:last]
        yield whole[first:last].replace("+", "-").replace("/", "_")
