"""Completes a word of a command line: programs, the session's commands and their arguments, variables, paths."""

from __future__ import annotations

import os
import re

from xsh.repl.complete.candidate import Candidate, matching
from xsh.repl.complete.paths import is_directory_entry, is_runnable_entry, path_candidates
from xsh.repl.complete.quoting import can_be_typed, escaped, quoted
from xsh.repl.decide.known import SESSION_COMMANDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.repl.complete.view import View
    from xsh.repl.decide.spot import Spot
    from xsh.repl.text.command_words import Word

_VARIABLE = re.compile(r"(?<!\\)\$([A-Za-z_]\w*)?\Z")
_VALUE = re.compile(r"([A-Za-z_]\w*\+?=|--[\w-]+=)(.*)\Z", re.DOTALL)
_WITH_JOBS = frozenset(("fg", "bg", "disown", "wait", "kill"))
_WITH_HOSTS = frozenset(("ssh", "scp", "sftp", "ping", "rsync"))
_SIGNALS = ("HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM", "CONT", "STOP", "TSTP", "WINCH")


def word_candidates(spot: Spot, view: View) -> list[Candidate]:
    """What completes the word at the cursor."""
    word, line = spot.word, spot.line
    assert word is not None
    assert line is not None
    start = spot.start + word.start
    variable = _VARIABLE.search(spot.text)
    if variable and word.quote != "'" and variable.start() >= word.start:
        names = matching(variable.group(1) or "", view.env)
        return [Candidate("$" + name, spot.start + variable.start(), "variable", shown=name) for name in names]
    if word.role == "command":
        return _first_words(word, start, view)
    valued = _VALUE.match(word.value)
    if view.answers is not None:
        answered = _answered(word, start, view.answers)
        if answered:
            return answered
    raw_value = spot.text[word.start :].partition("=")
    if valued and raw_value[1] and not word.quote:
        return path_candidates(word, start + len(raw_value[0]) + 1, text=valued.group(2))
    if word.role in {"target", "assignment"}:
        return path_candidates(word, start)
    command = _command_of(spot)
    own = session_arguments(command, word, start, view) if command in SESSION_COMMANDS else None
    if own is not None:
        return own
    hosts = view.hosts() if os.path.basename(command) in _WITH_HOSTS and view.answers is None else []
    named = [Candidate(name, start, "host") for name in matching(word.value, hosts)] if word.value or hosts else []
    return named + path_candidates(word, start)


def _command_of(spot: Spot) -> str:
    word, line = spot.word, spot.line
    assert word is not None
    assert line is not None
    return line.words[word.first].value if word.first < len(line.words) else ""


def _first_words(word: Word, start: int, view: View) -> list[Candidate]:
    typed = word.value
    if "/" in typed or typed == "~":
        return path_candidates(word, start, only=is_runnable_entry)
    if not typed:
        return []
    kinds = dict.fromkeys(view.programs, "program")
    kinds |= dict.fromkeys(SESSION_COMMANDS, "command") | dict.fromkeys(view.aliases, "alias")
    found: list[Candidate] = []
    for name in matching(typed, kinds):
        if can_be_typed(name):
            text = quoted(name, word.quote) if word.quote else escaped(name, is_first=True)
            described = _described(name, kinds[name], view)
            found.append(Candidate(text, start, kinds[name], shown=name, description=described))
    return found or path_candidates(word, start, only=is_runnable_entry)


def _described(name: str, kind: str, view: View) -> str:
    if kind == "alias":
        value = view.aliases[name]
        return value if isinstance(value, str) else "a Python function"
    return view.descriptions.get(name, "" if kind == "program" else kind)


def session_arguments(command: str, word: Word, start: int, view: View) -> list[Candidate] | None:
    """What completes an argument of one of the session's own commands; None where it may be any path."""
    typed = word.value
    if command in ("cd", "pushd"):
        return path_candidates(word, start, only=is_directory_entry)
    if command in ("export", "unset"):
        is_open = command == "export"
        mark = "=" if is_open else ""
        return [
            Candidate(name + mark, start, "variable", shown=name, is_open=is_open) for name in matching(typed, view.env)
        ]
    if command in _WITH_JOBS:
        return _jobs(command, typed, start, view)
    if command in ("alias", "unalias"):
        return [Candidate(escaped(name), start, "alias", shown=name) for name in matching(typed, view.aliases)]
    if command == "which":
        names = {*view.programs, *view.aliases, *SESSION_COMMANDS}
        return [Candidate(escaped(name), start, "program", shown=name) for name in matching(typed, names)]
    if command == "history":
        return [Candidate(name, start, "word") for name in matching(typed, ("search", "delete", "export"))]
    return [] if command in ("exit", "jobs", "dirs", "popd") else None


def _jobs(command: str, typed: str, start: int, view: View) -> list[Candidate]:
    if command == "kill" and typed.startswith("-"):
        return [Candidate(f"-{name}", start, "signal") for name in matching(typed[1:], _SIGNALS)]
    texts = {f"%{number}": text for number, text in view.jobs}
    names = [name for name in texts if name.startswith(typed)] or [
        name for name, text in texts.items() if typed.removeprefix("%") in text
    ]
    return [Candidate(name, start, "job", description=texts[name]) for name in names]


def _answered(word: Word, start: int, answers: list[str]) -> list[Candidate]:
    """What the program's own completion said, as text for the word's place."""
    typed, offset = word.value, 0
    if "=" in typed and not word.quote and not any(answer.startswith(typed) for answer in answers):
        # bash cuts words at `=` and answers with what is behind it
        offset = typed.index("=") + 1
        typed = typed[offset:]
    found: list[Candidate] = []
    for name in matching(typed, (answer.rstrip(" ") for answer in answers if can_be_typed(answer.rstrip(" ")))):
        path = os.path.expanduser(name)
        is_directory = os.path.isdir(path)
        text = name if not is_directory or name.endswith("/") else name + "/"
        is_open = is_directory or text.endswith("=")
        inserted = quoted(text, word.quote, is_open=is_open) if word.quote else _unquoted(text)
        found.append(Candidate(inserted, start + offset, "answer", shown=text, is_open=is_open))
    return found


def _unquoted(text: str) -> str:
    if text.startswith("~/"):
        return "~/" + escaped(text[2:])
    return escaped(text)
