"""Shell text that goes into a literal unquoted: the only value that a shell parses."""

from __future__ import annotations

from xsh.words.frozen import Frozen, set_field


class Raw(Frozen):
    """`text` is inserted as if it had been written in the literal; raises TypeError unless it is a `str`."""

    __slots__ = ("text",)

    text: str

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - users' code is not typed
            raise TypeError(f"raw() takes shell text as a str, not {type(text).__name__}")
        set_field(self, "text", text)

    def __str__(self) -> str:
        return self.text
