"""Text to words by the quoting rules of a POSIX shell (XCU 2.2), without any expansion."""

from __future__ import annotations

from xsh.errors import TemplateError

_BLANKS = " \t\n\r"


def split(text: str) -> list[str]:
    """The words of `text`: blanks separate, `'…'`, `"…"` and backslashes quote, nothing is expanded.

    Raises TemplateError, with the character's number, for an open quote, a backslash at the end and a NUL.
    """
    if "\0" in text:
        raise TemplateError(f"no argument can hold a NUL character (character {text.index(chr(0)) + 1})")
    words: list[str] = []
    word: list[str] | None = None
    at, end = 0, len(text)
    while at < end:
        char = text[at]
        if char in _BLANKS:
            if word is not None:
                words.append("".join(word))
            word = None
            at += 1
            continue
        if text.startswith("\\\n", at):
            at += 2
            continue
        word = [] if word is None else word
        piece, at = _piece(text, at)
        word.append(piece)
    if word is not None:
        words.append("".join(word))
    return words


def _piece(text: str, at: int) -> tuple[str, int]:
    """The unquoted piece of a word that starts at `at`, and where the next one starts."""
    char = text[at]
    if char == "'":
        end = text.find("'", at + 1)
        if end < 0:
            raise TemplateError(f"the single quote at character {at + 1} is not closed")
        return text[at + 1 : end], end + 1
    if char == '"':
        return _double_quoted(text, at)
    if char == "\\":
        if at + 1 == len(text):
            raise TemplateError(f"the backslash at character {at + 1} quotes nothing")
        return text[at + 1], at + 2
    end = at + 1
    while end < len(text) and text[end] not in " \t\n\r'\"\\":
        end += 1
    return text[at:end], end


def _double_quoted(text: str, opening: int) -> tuple[str, int]:
    """The text of the double quotes that open at `opening`, and where the next piece starts."""
    pieces: list[str] = []
    start = at = opening + 1
    while at < len(text):
        char = text[at]
        if char == '"':
            pieces.append(text[start:at])
            return "".join(pieces), at + 1
        if char == "\\" and text[at + 1 : at + 2] in ("$", "`", '"', "\\", "\n"):
            pieces.append(text[start:at])
            start = at + 2 if text[at + 1] == "\n" else at + 1
            at += 1
        at += 1
    raise TemplateError(f"the double quote at character {opening + 1} is not closed")
