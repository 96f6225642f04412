"""Bytes into text and lines, whatever the chunk boundaries: linear time, lines of any length."""

from __future__ import annotations

from xsh.command.options import is_path
from xsh.result import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BYTES: tuple[type[Any], ...] = (bytes, bytearray, memoryview)


class LineCutter:
    """Cuts chunks into lines that end at LF or CRLF; a line may be of any length.

    A chunk is cut as a whole, because a Python call for each line would cost more than the cutting.
    """

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def feed(self, chunk: bytes) -> list[str]:
        """The lines that `chunk` completes, without their ends."""
        end = chunk.rfind(b"\n")
        if end < 0:
            if chunk:
                self.held.append(chunk)
            return []
        block = chunk[:end]
        if self.held:
            self.held.append(block)
            block = b"".join(self.held)
        rest = chunk[end + 1 :]
        self.held = [rest] if rest else []
        lines = decode(block).split("\n")
        if b"\r" in block:
            lines = [line.removesuffix("\r") for line in lines]
        return lines

    def flush(self) -> list[str]:
        """The last line, when it had no end; a lone CR at the end of the stream stays."""
        if not self.held:
            return []
        block = b"".join(self.held)
        self.held = []
        return [decode(block)]


class TextCutter:
    """Decodes chunks as UTF-8 with surrogate escapes; a character split over two chunks comes whole."""

    __slots__ = ("decoder",)

    def __init__(self) -> None:
        import codecs

        self.decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def feed(self, chunk: bytes) -> list[str]:
        """The text of `chunk` in a list of at most one."""
        text = self.decoder.decode(chunk)
        return [text] if text else []

    def flush(self) -> list[str]:
        """What was held back of a broken last character."""
        text = self.decoder.decode(b"", final=True)
        return [text] if text else []


class ByteCutter:
    """Passes chunks on as they are."""

    __slots__ = ()

    def feed(self, chunk: bytes) -> list[bytes]:
        """`chunk` in a list of one."""
        return [chunk] if chunk else []

    def flush(self) -> list[bytes]:
        """Nothing is ever held."""
        return []


def cutter(mode: str) -> LineCutter | TextCutter | ByteCutter:
    """The cutter for a mode of "lines", "text" or "bytes"."""
    if mode == "lines":
        return LineCutter()
    return TextCutter() if mode == "text" else ByteCutter()


def encode_items(items: list[Any], mode: str = "lines") -> bytes:
    """What Python values are as bytes for a program: a line each; dicts and lists as one JSON line.

    In the modes "text" and "bytes" nothing is added. Raises TypeError that names a value's type.
    """
    end = "\n" if mode == "lines" else ""
    try:
        text = end.join(items)
    except TypeError:
        return b"".join(encode_item(item, end) for item in items)
    return (text + end).encode("utf-8", "surrogateescape") if items else b""


def encode_item(item: Any, end: str) -> bytes:
    """One value as bytes followed by `end`; raises TypeError that names its type."""
    if isinstance(item, str):
        return (item + end).encode("utf-8", "surrogateescape")
    if isinstance(item, BYTES):
        return bytes(item) + (end.encode() if end and bytes(item[-1:]) != b"\n" else b"")
    if type(item) is not bool and isinstance(item, (int, float)):
        return (str(item) + end).encode()
    if isinstance(item, (dict, list)):
        import json

        return (json.dumps(item, ensure_ascii=False) + "\n").encode("utf-8", "surrogateescape")
    if is_path(item):
        return (str(item) + end).encode("utf-8", "surrogateescape")
    raise TypeError(
        f"a stage gave {type(item).__name__} ({str(item)[:60]!r}); text, bytes, a number, a dict or a list can go on"
    )
