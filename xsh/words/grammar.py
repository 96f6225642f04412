"""Reads shell text at the level of commands: simple ones, compound ones, and the operators between them.

It follows bash (POSIX XCU 2.10 and its extensions) as far as the places of holes depend on it, and leaves every other
fault to the shell.
"""

from __future__ import annotations

from xsh.words.compound import Compounds
from xsh.words.declaring import Arguments
from xsh.words.plain import RESERVED
from xsh.words.shape import HOLE
from xsh.words.tokens import ENDS_WORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.words.shape import Rule

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_OPENS = frozenset(["if", "while", "until", "{"])
_CLOSES = frozenset(["fi", "done", "}", "esac"])


class Grammar(Compounds):
    """A reader of commands; after `commands("")` it knows whether they were one pipeline, and where its `|` stand."""

    def __init__(self, text: str, shell: str, first_hole: int = 0) -> None:
        super().__init__(text, shell, first_hole)
        self.pipes: list[int] = []  # the single `|` of the top level
        self.merges = False  # one of them is `|&`
        self.pipelines = 0  # at the top level
        self.separated = True  # the next command starts another pipeline
        self.first_word: str | None = None  # empty if the text starts with syntax

    @property
    def is_top(self) -> bool:
        """Whether this is the top level: in no substitution, subshell or compound command."""
        return self.depth == 0 and self.compounds == 0

    def commands(self, closing: str) -> bool:
        """Reads commands up to `)`, `;;` or the end of the text; False if the text ends before `closing`."""
        while True:
            self.gap()
            char = self.peek()
            if not char:
                self.here_documents()
                return not closing
            if char == ")" and closing == ")":
                self.at += 1
                return True
            if closing == ";;" and (self.is_word("esac") or (char == ";" and self.peek(1) in (";", "&", "|"))):
                return True
            if char in ";&|" and not self.text.startswith("&>", self.at):
                self.operator(char)
            elif char == ")":
                self.fail("nothing opens this `)`", self.at)
            else:
                self.command(char)

    def operator(self, char: str) -> None:
        """An operator between two commands."""
        following = self.peek(1)
        is_pipe = char == "|" and following != "|"
        if is_pipe and self.is_top:
            self.pipes.append(self.at)
            self.merges = self.merges or following == "&"
        elif self.is_top:
            self.separated = True
            self.pipelines += char != ";"
        self.at += 2 if following == char or (is_pipe and following == "&") else 1
        if is_pipe:
            self.gap()
            self.separated = False

    def newline(self) -> None:
        """A newline between words; at the top level it ends a pipeline."""
        super().newline()
        if self.is_top:
            self.separated = True

    def command(self, char: str) -> None:
        """One command, or one reserved word and what belongs to it."""
        if self.is_top and self.separated:
            self.pipelines += 1
            self.separated = False
        if char == "(":
            self.first_word = self.first_word or ""
            self.parenthesis()
            return
        prefixed = False
        while self.redirect() or self.assignment():
            prefixed = True
            self.blanks()
        if not self.peek() or self.peek() in "\n;&|)#":
            return
        start = self.at
        word = self.word()
        if word in RESERVED and not prefixed:
            self.first_word = self.first_word or ""
            self.reserved(word)
            return
        if self.first_word is None:
            self.first_word = word
        self.blanks()
        if self.peek() == "(":
            self.function_definition(start, word)
        else:
            arguments = Arguments(word)
            self.seen.append(arguments.words)
            self.note(start, arguments)
            self.arguments(arguments)

    def note(self, start: int, arguments: Arguments) -> None:
        """Notes the word that began at `start`."""
        text = self.text[start : self.at]
        numbers = [self.holes[at] for at in range(start, self.at) if at in self.holes] if HOLE in text else []
        arguments.words.append((text, tuple(numbers)))

    def parenthesis(self) -> None:
        """An arithmetic command or a subshell, and its redirects."""
        if not (self.peek(1) == "(" and self.try_arithmetic(2, "))")):
            self.substitution(1)
        self.arguments()

    def function_definition(self, start: int, word: str) -> None:
        """The `()` after the name of a function."""
        opening = self.at
        self.at += 1
        self.blanks()
        if self.peek() != ")":
            self.fail("no `(` can stand here", opening)
        if HOLE in word:
            self.refuse("as the name of a function", self.text.index(HOLE, start))
        self.at += 1

    def arguments(self, arguments: Arguments | None = None) -> None:
        """The words and redirects up to the next operator or newline."""
        while True:
            self.blanks()
            char = self.peek()
            if char == "#":
                self.comment()
            elif char == "&" and self.peek(1) == ">":
                self.redirect()
            elif not char or char in "\n;&|)":
                return
            elif not self.redirect():
                self.argument(arguments)

    def argument(self, arguments: Arguments | None) -> None:
        """One word after the first, by the rule of the builtin that reads it."""
        if self.peek() == "(":
            self.fail("no `(` can stand here", self.at)
        if arguments is None:
            self.word()
            return
        start = self.at
        name = self.assigned_name(start) if arguments.declares else 0
        self.at += name
        if name and self.peek() == "(":
            self.array()
        elif not name:
            hole = self.text.find(HOLE, start, self.end)
            self.ruled_word(arguments.rule(self.text[start:hole]) if hole >= 0 else "words")
        elif self.peek() and self.peek() not in ENDS_WORD:
            self.ruled_word("int" if arguments.integers else "joined")
        arguments.take(self.text[start : self.at])
        self.note(start, arguments)
        self.integers = self.integers or arguments.integers
        if self.peek() == "(" and self.text[self.at - 1] == "=":
            self.array()

    def ruled_word(self, rule: Rule) -> None:
        """One word in which holes follow `rule` inside quotes too, but not inside a command of its own."""
        before = self.forced
        if rule not in ("words", "joined"):
            self.forced = rule
        self.word(rule)
        self.forced = before

    def assigned_name(self, at: int) -> int:
        """How many characters `name=`, `name+=` take here; 0 if no assignment starts so."""
        start = at
        while at < self.end and (self.text[at] in _NAME or self.text[at] == HOLE):
            at += 1
        if at == start or self.text[start].isdigit():
            return 0
        if self.text.startswith("+=", at):
            at += 1
        if not self.text.startswith("=", at):
            return 0
        return 0 if HOLE in self.text[start:at] else at + 1 - start

    def assignment(self) -> bool:
        """Reads `name=value`, `name[subscript]=value` or `name=(…)`, if one stands here."""
        start = at = self.at
        while at < self.end and (self.text[at] in _NAME or self.text[at] == HOLE):
            at += 1
        if at == start or self.text[start].isdigit():
            return False
        hole = self.text.find(HOLE, start, at)
        subscript = self.text.startswith("[", at) and hole < 0
        mark, count = self.mark, len(self.pieces)
        self.at = at
        if (subscript and not self.try_arithmetic(1, "]")) or not self.text.startswith(("=", "+="), self.at):
            self.at, self.mark = start, mark
            del self.pieces[count:]
            return False
        if hole >= 0:
            self.refuse("as the name of a variable", hole)
        self.at += 2 if self.peek() == "+" else 1
        if self.peek() == "(":
            self.array()
        elif self.peek() and self.peek() not in ENDS_WORD:
            self.ruled_word("int" if self.integers else "joined")
        return True

    def reserved(self, word: str) -> None:
        """A reserved word and what belongs to it; what it opens is only counted."""
        if word in _OPENS:
            self.compounds += 1
        elif word in _CLOSES:
            self.compounds -= self.compounds > 0
            self.arguments()
        elif word in ("for", "select", "foreach"):
            self.loop()
        elif word == "case":
            self.case()
        elif word == "function":
            self.blanks()
            self.refused_word("as the name of a function")
            self.blanks()
            if self.peek() == "(":
                self.function_definition(self.at, "")
        elif word == "[[":
            self.condition()
        elif word in ("!", "coproc"):
            self.pipelines += self.is_top
