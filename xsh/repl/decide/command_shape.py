"""Which way a line goes by its first word and its shape: a command for the shell, or Python."""

from __future__ import annotations

import re

from xsh.repl.decide.known import KEYWORDS, is_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from xsh.repl.decide.known import Known

    Mode = Literal["command", "python"]

_WORD = re.compile(r"(?:\\.|[^\s|&;<>()'\"`\\])+")
_HEAD = re.compile(r"[^\W\d]\w*")
_VALUE = r"(?:'[^']*'|\"(?:\\.|[^\"\\])*\"|\\.|[^\s'\"\\;&|<>()`])*"
_ASSIGNMENTS = re.compile(rf"(?:[A-Za-z_]\w*\+?=(?P<value>{_VALUE})[ \t]+)+")
_NO_VALUE = re.compile(r"(?:not|await|lambda|yield|[-+*/%@~,]+)\Z")
_BINDS = re.compile(r"[ \t]+(?:(?:[-+*/%@&|^]|\*\*|//|<<|>>)?=(?![=~])|[=!<>]=|,|:[ \t]+\w)")
_OPERATES = re.compile(r"[ \t]+(?:(?:[-+/%@^]|\*\*?|//)[ \t]+\S|(?:is|in|and|or|not[ \t]+in)[ \t]+\S|if\b.*\selse\b)")
_COMPARES = re.compile(r"[=!<>]=(?!=)")
_TYPE_ALIAS = re.compile(r"type[ \t]+\w+[ \t]*(?:\[.*\][ \t]*)?=")
_SOFT_BLOCK = re.compile(r"(?:match|case)\b.*:[ \t]*(?:#.*)?\Z")
_TEST = re.compile(r"\[\[?[ \t]+(?:![ \t]+)?-[a-zA-Z][ \t]+[^\s\],|&]")
_PATH = re.compile(r"(?:/|\.\.?/|~[\w.+-]*/)")


class Choice:
    """A mode with its reason in one line, and how many characters of the line are a marker."""

    __slots__ = ("marker", "mode", "reason")

    def __init__(self, mode: Mode, reason: str, marker: int = 0) -> None:
        self.mode = mode
        self.reason = reason
        self.marker = marker


def choose(line: str, known: Known) -> Choice:
    """The mode of a line that starts without blanks, by rules 1 to 4 (docs/prompt.md, What a line is)."""
    if line.startswith(("$ ", "$\t")):
        return Choice("command", "it starts with `$ `", 2)
    if line.startswith("!"):
        return Choice("command", "it starts with `!`", 1)
    word = first_word(line)
    head = _HEAD.match(line)
    name = head.group() if head else ""
    if not word:
        return Choice("python", "it starts with no word")
    if word in KEYWORDS:
        return Choice("python", f"`{word}` is a Python keyword")
    if "=" in word and _is_prefixed(line, known):
        return Choice("command", "variables stand before a command")
    if name and name in known.bound:
        return Choice("python", f"`{name}` is a name of yours")
    return _by_word(line, word, name, known)


def first_word(line: str) -> str:
    """The first word of a line as it is written; empty where it starts with a quote or an operator."""
    found = _WORD.match(line)
    return found.group() if found else ""


def plain(word: str) -> str:
    """A word without its backslashes."""
    return re.sub(r"\\(.)", r"\1", word) if "\\" in word else word


def _by_word(line: str, word: str, name: str, known: Known) -> Choice:
    if word[0] == "[":
        is_test = _TEST.match(line) and known.is_command(word)
        return Choice("command", "it is a test") if is_test else Choice("python", "it starts with a bracket")
    after = line[len(word) :]
    what = _what(word, name, after, known)
    if not what:
        return Choice("python", f"`{word}` is no command")
    if _PATH.match(word):
        return Choice("command", f"`{word}` is a path")
    if _TYPE_ALIAS.match(line) or _SOFT_BLOCK.match(line):
        return Choice("python", "it is a Python statement")
    shaped = _python_shape(after, given=word == name and is_given(name))
    return Choice("python", shaped) if shaped else Choice("command", f"`{word}` is {what}")


def _what(word: str, name: str, after: str, known: Known) -> str:
    """What there is to run under the name `word`; empty if nothing."""
    text = plain(word)
    if text in ("..", "~") or _PATH.match(word):
        return "a path"
    if text == ".":
        return "`source`" if after.strip() else ""
    if "/" in text:
        return "a path" if known.is_path(text) else ""
    if text.isdigit() or (word != name and name and "." in word and is_given(name)):
        return ""
    if text in known.aliases:
        return "an alias"
    if text in known.commands:
        return "a command of the session"
    return "a program" if known.is_command(text) else ""


def _python_shape(after: str, *, given: bool) -> str:
    """Why what follows the first word makes the line Python; empty if it has the shape of a command.

    `given` tells that the first word is also a name which Python or xsh gives, so that an operator may follow it.
    """
    following = after[:1]
    if following == "(":
        return "it is a call"
    if following in ("'", '"', "`"):
        return "a string or literal touches its first word"
    if following in ("<", ">", "=", "!") and _COMPARES.match(after):
        return "it compares"
    if after.lstrip(" \t").startswith("(") and following:
        return "it is a call"
    if _BINDS.match(after):
        return "it is an assignment or a comparison"
    if given and _OPERATES.match(after):
        return "an operator follows a Python name"
    return ""


def _is_prefixed(line: str, known: Known) -> bool:
    """Whether `NAME=value` words stand before a command to run."""
    found = _ASSIGNMENTS.match(line)
    if not found or _NO_VALUE.match(found["value"]):
        return False
    rest = line[found.end() :]
    word = first_word(rest)
    if not word or word in KEYWORDS:
        return False
    if not found["value"] and rest == word:
        return False
    after = rest[len(word) :]
    return bool(_what(word, "", after, known)) and not _python_shape(after, given=False)
