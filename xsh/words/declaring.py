"""Which arguments a shell's builtins read as names or numbers, and might evaluate: `unset "a[$(…)]"` runs a command."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.words.shape import Rule

_DECLARE = frozenset(["declare", "export", "float", "integer", "local", "readonly", "typeset"])
_NAMES = {
    "getopts": (),
    "mapfile": ("-C", "-c", "-d", "-n", "-O", "-s", "-u"),
    "read": ("-d", "-i", "-N", "-n", "-p", "-t", "-u"),
    "readarray": ("-C", "-c", "-d", "-n", "-O", "-s", "-u"),
    "unset": (),
}  # and the options whose value is not a name
_AFTER = {"[": ("-v", "-R"), "printf": ("-v",), "test": ("-v", "-R"), "wait": ("-p",)}


class Arguments:
    """The words after a command's first one, as they are read."""

    def __init__(self, program: str) -> None:
        self.words: list[tuple[str, tuple[int, ...]]] = []
        self.start(program)

    def start(self, program: str) -> None:
        """Begins the arguments of `program`."""
        self.program = program = without_quotes(program)
        self.declares = program in _DECLARE
        self.integers = program == "integer"
        self.last: str | None = None

    def take(self, word: str) -> None:
        """Notes the word that was just read."""
        word = without_quotes(word)
        if self.program in ("builtin", "command") and not word.startswith("-"):
            self.start(word)
            return
        self.last = word
        if self.declares and word[:1] in ("-", "+") and "i" in word:
            self.integers = True

    def rule(self, before: str) -> Rule:
        """What a hole in the next word may hold; `before` is the text from the word's start to the hole."""
        head = before.split(maxsplit=1)[0] if before.split() else ""
        if self.declares:
            if "=" in head:
                return "int" if self.integers else "joined"
            return "int" if "[" in head else "declare"
        if self.program == "let":
            return "int"
        if self.program in _NAMES:
            is_name = self.last not in _NAMES[self.program] and not (self.program == "getopts" and self.last is None)
        else:
            is_name = self.last in _AFTER.get(self.program, ())
        if not is_name:
            return "words"
        return "int" if "[" in head else "name"


def without_quotes(word: str) -> str:
    r"""A word as the builtin sees it: `\declare`, `'declare'` and `$'\x64eclare'` are all `declare` (POSIX XCU 2.2, 2.9.1)."""
    if "\\" not in word and "'" not in word and '"' not in word:
        return word
    if "$'" in word and "\\" in word:
        head, *rest = word.split("\\")
        word = head + "".join(map(_numbered, rest))
    for sign in ("\\\n", "$'", '$"', "'", '"', "\\"):
        word = word.replace(sign, "")
    return word


def _numbered(part: str) -> str:
    """What stands after a backslash in `$'…'`, with a character that is given by its number in its place."""
    for sign, base, most in (("x", 16, 2), ("u", 16, 4), ("U", 16, 8), ("", 8, 3)):
        digits = part[len(sign) : len(sign) + most]
        while digits and part.startswith(sign):
            try:
                return chr(int(digits, base)) + part[len(sign) + len(digits) :]
            except (ValueError, OverflowError):
                digits = digits[:-1]
    return part
