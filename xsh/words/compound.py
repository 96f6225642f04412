"""Reads the compound commands of shell text whose holes have places of their own: loops, `case` and `[[ … ]]`."""

from __future__ import annotations

from xsh.words.shape import Place
from xsh.words.tokens import Tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.words.declaring import Arguments
    from xsh.words.shape import Rule

_NUMERIC = frozenset(["-eq", "-ne", "-lt", "-le", "-gt", "-ge"])
_OPERAND: dict[str, Rule | None] = {**dict.fromkeys(_NUMERIC, "int"), "-v": "name", "-R": "name", "=~": None}
"""What may stand after an operator of `[[`: None is a regular expression; all else is one word."""


class Compounds(Tokens):
    """A reader of compound commands; the commands in them are read by the level above."""

    def __init__(self, text: str, shell: str, first_hole: int = 0) -> None:
        super().__init__(text, shell, first_hole)
        self.compounds = 0  # compound commands that reserved words have opened and not yet closed

    def arguments(self, arguments: Arguments | None = None) -> None:
        """Reads the words and redirects up to the next operator or newline."""
        raise NotImplementedError(arguments)

    def refused_word(self, reason: str) -> None:
        """One word that can hold no hole."""
        self.refusal = reason
        self.word()
        self.refusal = None

    def loop(self) -> None:
        """The head of a `for` or `select`; its body is counted by `do` and `done`."""
        self.compounds += 1
        self.blanks()
        if self.text.startswith("((", self.at):
            if not self.try_arithmetic(2, "))"):
                self.fail("`((` is not closed", self.at)
            return
        self.refused_word("as the variable of a loop")
        self.gap()
        if self.is_word("in"):
            self.at += 2
            self.arguments()

    def case(self) -> None:
        """The patterns and branches of a `case`."""
        opening = self.at
        self.blanks()
        self.word("one")
        self.gap()
        if not self.is_word("in"):
            return
        self.at += 2
        self.depth += 1
        while True:
            self.gap()
            if self.is_word("esac"):
                break
            self.at += self.peek() == "("
            self.patterns(opening)
            if not self.commands(";;"):
                self.fail("the `case` is not closed", opening)
            if not self.is_word("esac"):
                self.at += 3 if self.text.startswith(";;&", self.at) else 2
        self.depth -= 1
        self.at += 4
        self.arguments()

    def patterns(self, opening: int) -> None:
        """The patterns of one branch, up to and with the `)`."""
        while True:
            self.blanks()
            if not self.peek():
                self.fail("the `case` is not closed", opening)
            self.word("one")
            self.blanks()
            if self.peek() not in ("|", ")"):
                self.fail("a pattern of a `case` ends with `)`", self.at)
            self.at += 1
            if self.text[self.at - 1] == ")":
                return

    def condition(self) -> None:
        """The words of `[[ … ]]`; the operands of `-eq` and its like are arithmetic, the one of `-v` is a name."""
        opening, before = self.at, -1
        rule: Rule | None = "one"
        while not self.is_word("]]"):
            char = self.peek()
            if not char:
                self.fail("the `[[` is not closed", opening)
            if char in "()&|<>\n \t":
                self.gap()
                self.at += char in "()&|<>"
                continue
            self.flush()
            count = len(self.pieces)
            word = self.word("one", is_regex=rule is None)
            self.flush()
            if rule in ("int", "name"):
                self.narrow(count, len(self.pieces), "int" if "[" in word else rule)
            if word in _NUMERIC:
                self.narrow(before, count, "int")
            rule = _OPERAND.get(word, "one")
            before = count
        self.at += 2
        self.arguments()

    def narrow(self, start: int, end: int, rule: Rule) -> None:
        """Makes `rule` that of the holes in the pieces from `start` to `end`."""
        for at in range(max(start, 0), end):
            piece = self.pieces[at]
            if isinstance(piece, Place):
                self.pieces[at] = Place(piece.index, rule, piece.writing)
