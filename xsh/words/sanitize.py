"""Text that cannot move the cursor, recolour or reorder what a person reads."""

from __future__ import annotations


class _Escapes(dict[int, str]):
    """What `str.translate` asks for each character: an escape, or the character itself; filled as it is asked."""

    def __missing__(self, code: int) -> str:
        if 0xDC80 <= code < 0xDD00:
            shown = f"\\x{code - 0xDC00:02x}"
        elif code not in (0x09, 0x0A) and (code < 0x20 or 0x7F <= code < 0xA0):
            shown = f"\\x{code:02x}"
        elif _reorders(code) or 0xD800 <= code < 0xE000:
            shown = f"\\u{code:04x}"
        else:
            shown = chr(code)
        self[code] = shown
        return shown


def _reorders(code: int) -> bool:
    """Whether the character is a bidirectional control, a line or paragraph separator or a byte order mark."""
    return code in (0x061C, 0x200E, 0x200F, 0xFEFF) or 0x2028 <= code <= 0x202E or 0x2066 <= code <= 0x2069


def printable(text: str) -> str:
    r"""`text` with control, bidirectional and undecodable characters as escapes such as `\x1b` and `\u202e`.

    Newlines and tabs stay. The result can be encoded and is safe to write to a terminal.
    """
    return text if text.isprintable() else text.translate(_Escapes())
