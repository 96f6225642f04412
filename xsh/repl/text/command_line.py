"""Cuts the text of a command line into words and what stands between them, however unfinished it is.

It is for colour, completion and for asking whether more must follow; what runs is read by `xsh/words/place.py`.
"""

from __future__ import annotations

import re

from xsh.repl.text.command_words import Word, WordReader

_OPERATOR = re.compile(r"\|\||\|&|\||&&|&>>|&>|&|;;|;|\(|\)|\n")
_REDIRECT = re.compile(r"\d*(?:<<<|<<-|<<|<>|<&|>>|>&|>\||<(?!\()|>(?!\())|&>>|&>")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_STAYS_FIRST = frozenset(("!", "if", "then", "elif", "else", "while", "until", "do", "time", "{"))
_RESERVED = _STAYS_FIRST | {"for", "case", "select", "function", "in", "done", "fi", "esac", "}", "[["}
_JOINS = frozenset(("|", "|&", "||", "&&"))


class CommandLine(WordReader):
    """The words and coloured spans of a command line; `open` says what is unfinished at its end, `open_at` since where.

    A word's `first` is the index in `words` of the word that its command starts with. With `one_item` it ends at the
    first newline that no quote, backslash or `|` takes in: at the offset `at`.
    """

    def __init__(self, text: str, *, one_item: bool = False) -> None:
        super().__init__(text)
        self.commands("\n" if one_item else "")
        if not self.open and self.joined >= 0:
            self.open, self.open_at = "operator", self.joined

    def commands(self, until: str) -> None:
        """Reads commands up to the closing character `until` or the end."""
        text, end = self.text, len(self.text)
        self.role, self.first, self.started = "command", len(self.words), False
        while self.at < end:
            char = text[self.at]
            if char == until and (char != "\n" or self.joined < 0):
                return
            if char in " \t":
                self.at += 1
            elif text.startswith("\\\n", self.at):
                self.at += 2
                if self.at == end:
                    self.leave_open("backslash", self.at - 2)
            elif char == "#":
                start, newline = self.at, text.find("\n", self.at)
                self.at = end if newline < 0 else newline
                self.span(start, "comment")
            elif not self._operator():
                self._word(until)

    def _operator(self) -> bool:
        """Reads a redirect or what separates commands, if one stands here."""
        start = self.at
        found = _REDIRECT.match(self.text, start)
        if found:
            self.at = found.end()
            self.span(start, "operator")
            self.role, self.joined = "target", -1
            return True
        found = _OPERATOR.match(self.text, start)
        if not found:
            return False
        self.at = found.end()
        if found.group() == "\n":
            if self.joined >= 0:
                return True
        else:
            self.span(start, "operator")
            self.joined = start if found.group() in _JOINS else -1
        self.role, self.first, self.started = "command", len(self.words), False
        return True

    def _word(self, until: str) -> None:
        word = Word(self.at, self.role, self.first)
        self.joined = -1
        self.words.append(word)
        while self.at < len(self.text) and self.piece(word, until):
            pass
        if not word.quote:
            word.end = max(word.start, min(self.at, len(self.text)))
        raw = self.text[word.start : word.end]
        if word.role == "command":
            self._settle_first(word, raw)
        elif word.role == "target":
            self.role = "argument" if self.started else "command"

    def _settle_first(self, word: Word, raw: str) -> None:
        """Says what a word in a command's first place is, and what the next one will be."""
        if _ASSIGNMENT.match(raw):
            word.role = "assignment"
        elif raw in _RESERVED:
            word.role = "reserved"
            if raw not in _STAYS_FIRST:
                self.role, self.started = "argument", True
        else:
            self.role, self.started = "argument", True
            first = len(self.words) - 1
            word.first = self.first = first
