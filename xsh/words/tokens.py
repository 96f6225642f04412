"""Reads the words of shell text, and what stands between them: blanks, comments, redirects and here-documents."""

from __future__ import annotations

from xsh.words.expansion import Expansions
from xsh.words.shape import HOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.words.shape import Rule

ENDS_WORD = frozenset(" \t\n;&|<>()")
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_REDIRECTS = ("<<<", "<<-", "&>>", "<<", "<&", "<>", ">>", ">&", ">|", "&>", "<", ">")


class Document:
    """A here-document that waits for the end of its line: its delimiter, and how it was written."""

    __slots__ = ("at", "delimiter", "quoted", "tabs")

    def __init__(self, delimiter: str, at: int, *, quoted: bool, tabs: bool) -> None:
        self.delimiter = delimiter
        self.at = at
        self.quoted = quoted
        self.tabs = tabs


class Tokens(Expansions):
    """A reader of words and of what stands between them."""

    def __init__(self, text: str, shell: str, first_hole: int = 0) -> None:
        super().__init__(text, shell, first_hole)
        self.documents: list[Document] = []
        self.has_documents = False
        self.integers = False  # `declare -i` was seen: what is assigned may be evaluated

    def substitution(self, opening: int) -> None:
        """The commands of a nested command, whose here-documents end inside it."""
        start, outer = self.at, self.documents
        self.documents = []
        super().substitution(opening)
        if self.documents:
            self.fail("a here-document is not closed in here", start)
        self.documents = outer

    def newline(self) -> None:
        """A newline between words, and the here-documents that wait for it."""
        self.at += 1
        self.here_documents()

    def gap(self) -> None:
        """Blanks, comments and newlines."""
        while True:
            self.blanks()
            char = self.peek()
            if char == "#":
                self.comment()
            elif char == "\n":
                self.newline()
            else:
                return

    def blanks(self) -> None:
        """Spaces, tabs and continued lines."""
        while self.at < self.end:
            if self.text[self.at] in " \t":
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            else:
                return

    def comment(self) -> None:
        """The rest of the line."""
        end = self.text.find("\n", self.at, self.end)
        end = self.end if end < 0 else end
        hole = self.text.find(HOLE, self.at, end)
        if hole >= 0:
            self.refuse("in a shell comment", hole)
        self.at = end

    def is_word(self, word: str) -> bool:
        """Whether exactly this word stands here."""
        after = self.at + len(word)
        return self.text.startswith(word, self.at) and (after >= self.end or self.text[after] in ENDS_WORD)

    def word(self, rule: Rule = "words", *, is_regex: bool = False) -> str:
        """Reads one word and gives its text; `rule` is that of a bare hole in it."""
        start = self.at
        outer = self.open_span()
        nested = 0
        while self.at < self.end:
            char = self.text[self.at]
            if char == HOLE:
                self.hole("bare", rule)
            elif char == "'":
                self.single()
            elif char == '"':
                self.double()
            elif char == "$":
                self.dollar(quoted=False)
            elif char not in ENDS_WORD:
                self.quoted_character(char)
            elif char in "<>" and self.peek(1) == "(" and not is_regex:
                self.substitution(2)
            elif self.in_pattern(char, nested, is_regex=is_regex):
                nested += (char == "(") - (char == ")")
                self.at += 1
            else:
                break
        if self.at == start:
            self.fail("a word is missing", self.at)
        self.close_span(outer, is_word=True)
        return self.text[start : self.at]

    def in_pattern(self, char: str, nested: int, *, is_regex: bool) -> bool:
        """Whether `char`, which would end a word, belongs to a pattern such as `@(a|b)` or to a regular expression."""
        if nested:
            return char != "\n"
        if char == "(":
            return is_regex or (self.at > 0 and self.text[self.at - 1] in "?*+@!")
        return is_regex and char == "|"

    def array(self) -> None:
        """The words of `(…)` after `name=`; in `[subscript]=value` a hole in the subscript is a number."""
        opening = self.at
        self.at += 1
        while True:
            self.gap()
            if not self.peek():
                self.fail("the array is not closed", opening)
            if self.peek() == ")":
                self.at += 1
                return
            if self.peek() == "[" and self.try_arithmetic(1, "]") and (not self.peek() or self.peek() in ENDS_WORD):
                continue
            self.word()

    def redirect(self) -> bool:
        """Reads a redirect and its target, if one stands here."""
        at = self.at
        if self.peek() == "{":
            while self.text[at + 1 : at + 2] and self.text[at + 1] in _NAME:
                at += 1
            if self.text[at + 1 : at + 2] != "}" or at + 2 >= self.end or self.text[at + 2] not in "<>":
                return False
            at += 2
        while at < self.end and self.text[at].isdigit():
            at += 1
        operator = next((sign for sign in _REDIRECTS if self.text.startswith(sign, at)), None)
        if operator is None or (at > self.at and operator[0] == "&"):
            return False
        if self.text.startswith(("<(", ">("), at):
            return False
        opening = self.at
        self.at = at + len(operator)
        self.blanks()
        if not self.peek() or (self.peek() in ENDS_WORD and not self.text.startswith(("<(", ">("), self.at)):
            self.fail("the redirect has no target", opening)
        if operator in ("<<", "<<-"):
            self.delimiter(opening, tabs=operator == "<<-")
        else:
            self.word("joined" if operator == "<<<" else "one")
        return True

    def delimiter(self, opening: int, *, tabs: bool) -> None:
        """The delimiter of a here-document, which is quoted if any part of it is."""
        start = self.at
        quoted = False
        plain: list[str] = []
        while self.at < self.end and self.text[self.at] not in ENDS_WORD:
            char = self.text[self.at]
            begin = self.at
            if char == HOLE:
                self.refuse("as the delimiter of a here-document", self.at)
            if char in "'\"":
                end = self.text.find(char, self.at + 1, self.end)
                if end < 0:
                    self.fail("the quote is not closed", self.at)
                self.at = end + 1
                plain.append(self.text[begin + 1 : end])
            else:
                self.backslash() if char == "\\" else self.quoted_character("")
                plain.append(self.text[self.at - 1])
            quoted = quoted or char in "'\"\\"
        hole = self.text.find(HOLE, start, self.at)
        if hole >= 0:
            self.refuse("as the delimiter of a here-document", hole)
        self.documents.append(Document("".join(plain), opening, quoted=quoted, tabs=tabs))
        self.has_documents = True

    def here_documents(self) -> None:
        """The bodies of the here-documents of the line that ended here."""
        waiting, self.documents = self.documents, []
        for document in waiting:
            self.here_document(document)

    def here_document(self, document: Document) -> None:
        """One body, up to and with the line that is its delimiter."""
        start = at = self.at
        while True:
            if at >= self.end:
                self.fail(f"the here-document is not closed by a line `{document.delimiter}`", document.at)
            end = self.text.find("\n", at, self.end)
            end = self.end if end < 0 else end
            line = self.text[at:end]
            if (line.lstrip("\t") if document.tabs else line) == document.delimiter:
                break
            while not document.quoted and end < self.end and _continues(self.text[at:end]):
                following = self.text.find("\n", end + 1, self.end)
                end = self.end if following < 0 else following
            at = end + 1
        body_end, outer_end = at, self.end
        hole = self.text.find(HOLE, start, body_end)
        if document.quoted and hole >= 0:
            self.refuse("in a here-document whose delimiter is quoted", hole)
        if not document.quoted:
            self.end = body_end
            while self.at < self.end:
                self.quoted_character(self.text[self.at], "text")
            self.end = outer_end
        self.at = min(end + 1, self.end)


def _continues(line: str) -> bool:
    """Whether `line` ends with a backslash that is not itself quoted."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1
