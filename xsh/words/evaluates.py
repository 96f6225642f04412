"""Holes in arguments that some program evaluates again as code, where a value is not data any more."""

from __future__ import annotations

from xsh.errors import TemplateError
from xsh.words.grammar import Grammar
from xsh.words.shape import Refusal
from xsh.words.split import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.words.reader import SeenWord
    from xsh.words.shape import Shape

_SHELLS = frozenset(["ash", "bash", "dash", "fish", "ksh", "mksh", "sh", "su", "zsh"])
_INTERPRETERS = {
    "bun": "ep",
    "lua": "e",
    "node": "ep",
    "osascript": "e",
    "perl": "eE",
    "php": "r",
    "python": "c",
    "python3": "c",
    "ruby": "e",
}
"""Programs and the letters of their options whose value is code."""

_LONG = frozenset(["--eval", "--print"])
_PREFIXES = frozenset(["builtin", "command", "doas", "env", "exec", "nice", "nohup", "sudo", "time", "timeout"])
_AWKS = frozenset(["awk", "gawk", "mawk", "nawk"])
_REST = {"eval": "", "ssh": "BbcDEeFIiJLlmOopQRSWw", "watch": "n", "parallel": "jIN"}
"""Programs that evaluate everything after their options; the letters are those of options that take a value."""


def evaluated_holes(shape: Shape) -> list[tuple[int, str]]:
    """The numbers of the holes that a program evaluates, each with the program's name, in order; for a warning."""
    reader = Grammar(shape.text, "bash", shape.first_hole)
    try:
        reader.commands("")
    except (Refusal, TemplateError):
        return []
    found: dict[int, str] = {}
    for words in reader.seen:
        names = [_static(word) for word, _ in words]
        for at, name in enumerate(names):
            program = name.rpartition("/")[2]
            for hole in _evaluated(program, at, names, words):
                found.setdefault(hole, program)
    return sorted(found.items())


def _static(word: str) -> str:
    """A word without its quotes, as it is if they do not match."""
    try:
        return "".join(split(word.replace("\0", "\ufffd")))
    except TemplateError:
        return word


def _evaluated(program: str, at: int, names: list[str], words: list[SeenWord]) -> list[int]:
    """The holes in the words after number `at` that `program`, which stands there, evaluates."""
    leads = at == 0 or names[0] in _PREFIXES
    if program in _SHELLS:
        code = _code_of_shell(at, names, is_su=program == "su")
    elif program in _INTERPRETERS:
        code = _code_of_options(at, names, _INTERPRETERS[program])
    elif program in _AWKS and not any(name.startswith(("-f", "--file")) for name in names[at + 1 :]):
        code = _operands(at, names, "Fv")[:1]
    elif program in _REST and (leads or program == "ssh"):
        code = _operands(at, names, _REST[program])[program == "ssh" :]
    elif program == "trap" and leads:
        code = _operands(at, names, "")[:1]
    else:
        return []
    return [hole for number in code if number < len(words) for hole in words[number][1]]


def _code_of_shell(at: int, names: list[str], *, is_su: bool) -> list[int]:
    """The number of the word that a shell's `-c`, `-lc`, `-euo pipefail -c` names; operands come first for `su` only."""
    number = at + 1
    while number < len(names):
        name = names[number]
        if name[:1] in ("-", "+") and name[1:2] != "-" and "c" in name:
            return [number + 1]
        if name[:1] not in ("-", "+") and not is_su:
            return []
        number += 2 if name.endswith(("o", "O")) and name[1:2] != "-" else 1
    return []


def _code_of_options(at: int, names: list[str], letters: str) -> list[int]:
    """The numbers of the words that are code by an option: after `-e` or `-ne`, after or in `--eval`, in `-cCODE`."""
    found: list[int] = []
    for number in range(at + 1, len(names)):
        name = names[number]
        if name[:1] != "-":
            return found
        if name in _LONG or (name[1:2] != "-" and name[-1] in letters):
            return [*found, number + 1]
        if name.partition("=")[0] in _LONG or name[1:2] in letters:
            found.append(number)
    return found


def _operands(at: int, names: list[str], with_value: str) -> list[int]:
    """The numbers of the words after the options of the program at `at`."""
    number = at + 1
    while number < len(names) and len(names[number]) > 1 and names[number][0] == "-":
        if names[number] == "--":
            number += 1
            break
        takes_value = len(names[number]) == 2 and names[number][1] in with_value
        number += 2 if takes_value else 1
    return list(range(number, len(names)))
