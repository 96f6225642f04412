"""What to say when a line went to Python though a command may have been meant."""

from __future__ import annotations

import ast
import re

from xsh.repl.decide.command_shape import first_word, plain
from xsh.repl.decide.known import KEYWORDS, is_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.repl.decide.incomplete import Judged
    from xsh.repl.decide.known import Known
    from xsh.repl.decide.verdict import Verdict

_SHELL_BLOCK = re.compile(
    r"(?:for|while|until|if|case|function)\b.*(?:;|\bdo\b|\bthen\b|\$|\bin\s*$|\[)|(?:\[\[?\s|\(|\{\s)"
)
_ASSIGNED = re.compile(r"(?:[-+*/%|&^@:]|//|\*\*|<<|>>)?=")
_ADDRESSED = re.compile(r"[.(\[]")


def advise(verdict: Verdict, judged: Judged, known: Known) -> None:
    """Gives a Python verdict its `hint`, and an error to a command that a variable of the user hides."""
    line = verdict.text.split("\n", 1)[0]
    word = first_word(line)
    if verdict.kind == "incomplete":
        return
    name = re.match(r"\w*", line)
    head = name.group() if name else ""
    if head in known.bound and (known.is_command(plain(word)) or known.is_command(head)):
        if verdict.error is not None or _names_nothing(line, head, judged, known):
            _say_hidden(verdict, line, head)
    elif verdict.error is None:
        return
    elif _SHELL_BLOCK.match(line) and "\n" not in verdict.text.rstrip():
        _note(verdict, f"to give the line to the shell: $ {line}")
    elif _looks_like_command(line, word):
        _note(verdict, f"there is no command `{word}`; to run it anyway: $ {line}")


def _say_hidden(verdict: Verdict, line: str, head: str) -> None:
    message = f"`{head}` is a variable here: to run the program, write $ {line}"
    verdict.error = SyntaxError(message, ("<prompt>", 1, 1, line, 1, len(head) + 1))


def _note(verdict: Verdict, hint: str) -> None:
    verdict.hint = hint
    if verdict.error is not None:
        verdict.error.add_note(hint)


def _names_nothing(line: str, head: str, judged: Judged, known: Known) -> bool:
    """Whether a line is an operator expression of which some name is bound by nobody, as in `ls -la`."""
    if _ADDRESSED.match(line, len(head)) or judged.parsed is None:
        return False
    body = judged.parsed.tree.body
    if len(body) != 1 or not isinstance(body[0], ast.Expr):
        return False
    names = {node.id for node in ast.walk(body[0]) if isinstance(node, ast.Name)}
    return any(name not in known.bound and not is_given(name) for name in names)


def _looks_like_command(line: str, word: str) -> bool:
    rest = line[len(word) :].strip()
    named = bool(re.fullmatch(r"[\w.+-]+", word)) and not is_given(word) and word not in KEYWORDS
    return named and bool(rest) and not _ASSIGNED.match(rest)
