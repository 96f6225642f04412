"""Literals without shell syntax: simple words, quotes and holes, and such commands joined by `|`."""

from __future__ import annotations

from xsh.errors import TemplateError
from xsh.words.shape import HOLE, Hole, Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.words.shape import Kind

    Pieces = list[str | Hole]

# fmt: off
RESERVED = frozenset([
    "!", "[[", "]]", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in",
    "select", "then", "time", "until", "while", "{", "}", "foreach", "repeat", "end", "nocorrect", "noglob",
])
"""Words that a shell reads as syntax where a command starts (POSIX XCU 2.4; the last ones are those of zsh)."""
# fmt: on

# fmt: off
BUILTINS = frozenset([
    ".", ":", "-", "[", "alias", "autoload", "bg", "bind", "bindkey", "break", "builtin", "bye", "caller", "cd",
    "chdir", "command", "compadd", "comparguments", "compcall", "compctl", "compdescribe", "compfiles", "compgen",
    "compgroups", "complete", "compopt", "compquote", "compset", "comptags", "comptry", "compvalues", "continue",
    "declare", "dirs", "disable", "disown", "echotc", "echoti", "emulate", "enable", "eval", "exec", "exit",
    "export", "fc", "fg", "float", "getln", "getopts", "hash", "help", "history", "integer", "jobs", "kill", "let",
    "limit", "local", "logout", "mapfile", "popd", "print", "printf", "private", "pushd", "pushln", "pwd", "read",
    "readarray", "readonly", "rehash", "return", "sched", "set", "setopt", "shift", "shopt", "source", "suspend",
    "test", "times", "trap", "ttyctl", "type", "typeset", "ulimit", "umask", "unalias", "unfunction", "unhash",
    "unlimit", "unset", "unsetopt", "vared", "wait", "whence", "zcompile", "zformat", "zle", "zmodload",
    "zparseopts", "zregexparse", "zstyle",
])
"""Builtins of some shell without an equal program; `echo`, `true` and `false` have one. A name too many costs time only."""
# fmt: on

_OF_ZSH = frozenset(["functions", "log", "login", "r", "where", "which"])  # elsewhere names of programs

_TO_SHELL = frozenset("&;<>()`$*?[")
_SPECIAL = _TO_SHELL | frozenset(" \t\n|'\"\\{},.~#=") | {HOLE}
_BLANK = " \t"
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def parse_plain(text: str, shell: str, first_hole: int = 0) -> Shape | None:
    """The `argv` or `pipeline` shape of `text` (holes are `HOLE`), None when it needs the shell.

    A shape whose `kind` is `shell` needs it only because its first word is a builtin. Raises TemplateError for a
    pipeline with an empty stage.
    """
    return _Plain(text, shell, first_hole).parse()


def is_builtin(word: str, shell: str) -> bool:
    """Whether `shell` runs `word` itself and no program does the same."""
    if word == "echo":
        return shell != "bash"
    return word in BUILTINS or (shell == "zsh" and word in _OF_ZSH)


class _Plain:
    """One pass over a literal; gives up with `shell_needed` at the first character that means something to a shell."""

    __slots__ = (
        "at", "begin", "brace", "end", "first_hole", "index", "is_builtin", "pieces", "shell", "shell_needed", "stage_begin",
        "stage_hole", "stages", "start", "text", "words",
    )  # fmt: skip

    def __init__(self, text: str, shell: str, first_hole: int) -> None:
        self.text = text
        self.shell = shell
        self.first_hole = first_hole
        self.stage_hole = first_hole
        self.index = first_hole
        self.at = 0
        self.end = len(text)
        self.begin = -1  # where the current word began, -1 between words
        self.start = 0  # where its pending static text began
        self.brace = False
        self.pieces: Pieces = []
        self.words: list[tuple[str | Hole, ...]] = []
        self.stage_begin = 0
        self.stages: list[Shape] = []
        self.is_builtin = False
        self.shell_needed = False

    def parse(self) -> Shape | None:
        text, end = self.text, self.end
        while self.at < end and not self.shell_needed:
            char = text[self.at]
            if char in _SPECIAL:
                self.special(char)
            else:
                if self.begin < 0:
                    self.begin = self.start = self.at
                self.at += 1
        if not self.shell_needed:
            self.close_word()
        if self.shell_needed:
            return None
        if not self.stages:
            return self.stage() if self.words else None
        self.close_stage(end)
        if self.is_builtin:
            return None
        return Shape(
            "pipeline",
            text,
            self.first_hole,
            stages=tuple(self.stages),
            single_pipeline=True,
            first_word=self.stages[0].first_word,
        )

    def special(self, char: str) -> None:
        """Takes one character that may end, quote or extend a word, or that only a shell understands."""
        if char in _BLANK:
            self.close_word()
            self.at += 1
        elif char == "\n":
            if self.words or self.begin >= 0 or self.stages:
                self.shell_needed = bool(self.text[self.at :].strip(" \t\n"))
            self.close_word()
            self.at += 1
        elif char == "|":
            self.pipe()
        elif char in _TO_SHELL or self.means_more(char):
            self.shell_needed = True
        else:
            if self.begin < 0:
                self.begin = self.start = self.at
            if char == HOLE:
                self.cut(self.at + 1)
                self.pieces.append(Hole(self.index))
                self.index += 1
                self.at += 1
            elif char in "'\"":
                self.quoted(char)
            elif char == "\\":
                self.escaped()
            else:
                self.brace = self.brace or char == "{"
                self.at += 1

    def means_more(self, char: str) -> bool:
        """Whether `char` means an expansion, a brace expansion or a comment where it stands."""
        at, text = self.at, self.text
        if char == "~":
            # zsh expands it after quotes that turn out to be empty too
            return self.begin < 0 or text[at - 1] in "=:" or self.shell == "zsh"
        if char == "#":
            return self.begin < 0
        if char == "=":
            return self.shell == "zsh" and (self.begin < 0 or not text[self.begin : at].strip("'\"" + HOLE))
        return self.brace and (char == "," or (char == "." and text.startswith("..", at)))

    def cut(self, start: int) -> None:
        """Ends the pending static text here; the next one begins at `start`."""
        if self.start < self.at:
            self.pieces.append(self.text[self.start : self.at])
        self.start = start

    def escaped(self) -> None:
        """A backslash and the character it quotes."""
        following = self.text[self.at + 1 : self.at + 2]
        if following in ("", HOLE):
            self.shell_needed = True
        elif following == "\n":
            self.cut(self.at + 2)
            if self.begin == self.at:
                self.begin = -1
        else:
            self.cut(self.at + 1)
        self.at += 2

    def quoted(self, quote: str) -> None:
        """The text from one quote to the next."""
        text, end = self.text, self.end
        where = "in double quotes" if quote == '"' else "in single quotes"
        self.cut(self.at + 1)
        self.pieces.append("")
        self.at += 1
        while self.at < end:
            char = text[self.at]
            if char == quote:
                self.cut(self.at + 1)
                self.at += 1
                return
            if char == HOLE:
                self.cut(self.at + 1)
                self.pieces.append(Hole(self.index, where))
                self.index += 1
            elif quote == '"' and char in "$`\\":
                following = text[self.at + 1 : self.at + 2]
                if char != "\\" or following in ("", HOLE):
                    break
                if following in '"\\$`\n':
                    self.cut(self.at + (2 if following == "\n" else 1))
                    self.at += 1
            self.at += 1
        self.shell_needed = True

    def close_word(self) -> None:
        """Ends the current word, if there is one."""
        if self.begin < 0:
            return
        self.cut(self.at)
        if not self.words:
            self.check_first()
        self.words.append(_merged(self.pieces))
        self.pieces = []
        self.begin = -1
        self.brace = False

    def check_first(self) -> None:
        """Decides whether a first word is syntax, an assignment or a builtin."""
        raw = self.text[self.begin : self.at]
        if raw in RESERVED:
            self.shell_needed = True
        elif "=" in raw:
            name = raw[: raw.index("=")].removesuffix("+").replace(HOLE, "_")
            if name and _NAME.issuperset(name) and not name[0].isdigit():
                self.shell_needed = True
        static = "".join([piece for piece in self.pieces if isinstance(piece, str)])
        if is_builtin(static, self.shell) and all(isinstance(piece, str) for piece in self.pieces):
            self.is_builtin = True

    def pipe(self) -> None:
        """A single `|` between two commands."""
        self.close_word()
        if self.text[self.at + 1 : self.at + 2] in ("|", "&"):
            self.shell_needed = True
            return
        self.close_stage(self.at)
        self.at += 1
        self.stage_begin = self.at
        if not self.text[self.at :].strip(" \t\n"):
            raise TemplateError("no command stands after the last `|`")

    def close_stage(self, end: int) -> None:
        """Ends a stage of a pipeline at `end`."""
        if not self.words:
            raise TemplateError("no command stands before a `|`")
        self.stages.append(self.stage(end))
        self.words = []
        self.stage_hole = self.index

    def stage(self, end: int | None = None) -> Shape:
        """The words since the last `|` as a shape."""
        word = self.words[0]
        text = self.text[self.stage_begin : end]
        if end is not None and len(self.words) == 1 and len(word) == 1 and word[0] == Hole(self.stage_hole):
            return Shape("hole", text, self.stage_hole)
        first = word[0] if len(word) == 1 and isinstance(word[0], str) else None
        kind: Kind = "shell" if self.is_builtin and end is None else "argv"
        return Shape(kind, text, self.stage_hole, words=tuple(self.words), first_word=first)


def _merged(pieces: Pieces) -> tuple[str | Hole, ...]:
    """The pieces of a word with neighbouring static texts joined and empty ones dropped."""
    if len(pieces) == 1:
        return (pieces[0],)
    merged: Pieces = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        elif piece != "":
            merged.append(piece)
    return tuple(merged) if merged else ("",)
