"""A command line as the shell acts on it: its parts between `&&`, `||` and `;`, its aliases, its `&`."""

from __future__ import annotations

from xsh.repl.text.command_line import CommandLine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from xsh.repl.text.command_words import Word

MOST_ALIASES = 200
"""Aliases that are replaced in one line."""


class Part:
    """One part of a list: what joins it to the one before ("", "&&", "||" or ";") and its text."""

    __slots__ = ("joined", "text")

    def __init__(self, joined: str, text: str) -> None:
        self.joined = joined
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Part) and (self.joined, self.text) == (other.joined, other.text)

    def __hash__(self) -> int:
        return hash((self.joined, self.text))

    def __repr__(self) -> str:
        return f"Part({self.joined!r}, {self.text!r})"


class Parsed:
    """The words of a text outside of substitutions, and the operators between them, each with its place."""

    __slots__ = ("compound", "operators", "text", "words")

    def __init__(self, text: str) -> None:
        line = CommandLine(text)
        self.text = text
        self.words: list[Word] = []
        for word in line.words:
            if not self.words or word.start >= self.words[-1].end:
                self.words.append(word)
        self.operators: list[tuple[int, str]] = []
        for start, end, kind in line.spans:
            inside = any(word.start <= start < word.end for word in self.words)
            if kind == "operator" and not inside:
                self.operators.append((start, text[start:end]))
        reserved = any(word.role == "reserved" for word in self.words)
        self.compound = (
            reserved or any(operator in ("(", ")", ";;") for _, operator in self.operators) or bool(line.open)
        )

    @property
    def first(self) -> Word | None:
        """The first word, if a command stands there."""
        return self.words[0] if self.words and self.words[0].role == "command" else None

    @property
    def is_simple(self) -> bool:
        """Whether it is one command without pipes and redirects."""
        return not self.operators and not self.compound and self.first is not None


def split_background(text: str) -> tuple[str, bool]:
    """A text without the `&` at its end, and whether there was one."""
    parsed = Parsed(text)
    if parsed.operators:
        start, operator = parsed.operators[-1]
        if operator == "&" and not text[start + 1 :].strip():
            return text[:start].rstrip(), True
    return text, False


def split_list(text: str) -> list[Part]:
    """The parts of an AND-OR list; one part for a text that only a shell can take apart."""
    parsed = Parsed(text)
    if parsed.compound or any(operator in ("&", "\n") for _, operator in parsed.operators):
        return [Part("", text)]
    parts: list[Part] = []
    joined, begin = "", 0
    for start, operator in parsed.operators:
        if operator in ("&&", "||", ";"):
            parts.append(Part(joined, text[begin:start].strip()))
            joined, begin = operator, start + len(operator)
    last = text[begin:].strip()
    if last or joined != ";":
        parts.append(Part(joined, last))
    return parts if all(part.text for part in parts) else [Part("", text)]


def first_word(text: str) -> str:
    """The first word of a text, "" where no command stands first."""
    word = Parsed(text).first
    return word.value if word is not None else ""


def static_words(text: str) -> list[str] | None:
    """The words of a simple command that no shell would change; None for any other text."""
    parsed = Parsed(text)
    if not parsed.is_simple or not all(word.static for word in parsed.words):
        return None
    return [word.value for word in parsed.words]


def expand_aliases(text: str, aliases: Mapping[str, str | Callable[..., Any]], call: str) -> str:
    """The text with the aliases at the start of its commands in place.

    An alias that is a function becomes a hole that calls `call` with its name and the words behind it.
    """
    seen: set[str] = set()
    limit = 0
    for _ in range(MOST_ALIASES if aliases else 0):
        parsed = Parsed(text)
        words = [word for word in parsed.words if _is_alias(word, text, aliases)]
        # an alias is not looked for again in its own text
        found = next((word for word in words if word.start >= limit or word.value not in seen), None)
        if found is None:
            break
        if found.start >= limit:
            seen.clear()
        seen.add(found.value)
        value = aliases[found.value]
        if isinstance(value, str):
            limit = max(found.start + len(value), limit + len(value) - (found.end - found.start))
            text = text[: found.start] + value + text[found.end :]
        else:
            text = _called(parsed, found, call)
            limit = text.index("}", found.start) + 1
    return text


def _is_alias(word: Word, text: str, aliases: Mapping[str, Any]) -> bool:
    # a quoted word is none, which is the way to the program behind an alias
    plain = text[word.start : word.end] == word.value
    return word.role == "command" and plain and word.value in aliases


def _called(parsed: Parsed, word: Word, call: str) -> str:
    text = parsed.text
    end = min((start for start, _ in parsed.operators if start >= word.end), default=len(text))
    given = [other.value for other in parsed.words if word.end <= other.start < end]
    arguments = ", ".join(repr(part) for part in [word.value, *given])
    return f"{text[: word.start]}${{{call}({arguments})}}{' ' if end < len(text) else ''}{text[end:]}"
