"""Values that must not be shown: replaced in everything xsh prints, never in data."""

from __future__ import annotations

MASK = "***"


class Secrets:
    """The secret values of this program."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: list[str] = []

    def add(self, value: str) -> None:
        """Never show `value`; an empty one and one that is known are passed over."""
        if value and value not in self.values:
            self.values.append(value)
            # a longer secret first, so that one that contains another is hidden whole
            self.values.sort(key=len, reverse=True)

    def mask(self, text: str) -> str:
        """`text` with every secret, also as people quote it, replaced."""
        for value in self.values:
            text = text.replace(value, MASK)
            if "'" in value or "\\" in value:
                from xsh.words.quote import quote

                text = text.replace(quote(value), MASK)
        return text
