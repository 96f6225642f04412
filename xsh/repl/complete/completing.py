"""Completion at the prompt: the pure core in a thread, bash's own completion beside it, the menu's rules."""

from __future__ import annotations

import re

from prompt_toolkit.application import get_app
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.filters import Condition

from xsh.repl.aside import aside
from xsh.repl.complete.bash_bridge import ask_bash, describe_programs
from xsh.repl.complete.complete import complete_at
from xsh.repl.complete.view import View
from xsh.repl.decide.known import SESSION_COMMANDS, Known, is_given
from xsh.repl.decide.spot import find_spot
from xsh.repl.highlight.programs import Programs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable
    from typing import Any

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document

    from xsh.repl.complete.candidate import Candidate
    from xsh.repl.decide.spot import Spot
    from xsh.repl.shell import Shell

_ATTRIBUTE = re.compile(r"[\w$)\]'\"]\.\w*\Z")
_NUMBER = re.compile(r"(?<![\w)\]])\d[\d_]*\.\w*\Z")
_FARTHEST = 200
_WORDS = frozenset(("program", "command", "alias", "file", "answer", "job", "signal", "word"))
"""Kinds of candidates that are whole words: the only one of them is followed by a blank."""
MOST_DESCRIBED = 100
"""Programs of one menu that are looked up in the manual's index."""


class ShellCompleter(Completer):
    """Completes for one shell; nothing here keeps the keys waiting."""

    def __init__(
        self, shell: Shell, programs: Programs | None = None, known: Callable[[], Known] | None = None
    ) -> None:
        self.shell = shell
        self.programs = programs if programs is not None else Programs()
        self.known = known or self.exactly_known
        """What is known while typing; may say less than is there, and does not wait for it."""

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Nothing: only `get_completions_async` may wait for the disk."""
        del document, complete_event
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """The completions at the cursor; while typing, those of Python attributes only."""
        text = document.text_before_cursor
        view = self.view()
        if complete_event.completion_requested:
            spot: Spot = await aside(find_spot, text, view.known)
        else:
            spot = find_spot(text, self.known())
            if not is_python(spot, text, self.known()):
                return
        found = await self.candidates(spot, len(text), view)
        for candidate in found:
            ends = len(found) == 1 and candidate.kind in _WORDS and document.is_cursor_at_the_end
            yield _completion(candidate, len(text), blank=" " if ends and not candidate.is_open else "")

    async def candidates(self, spot: Spot, cursor: int, view: View) -> list[Candidate]:
        """The candidates for a spot, with what bash and the manual know of them."""
        runner = self.shell.session.runner
        if spot.kind == "word":
            view.programs = await aside(self.programs.look)
            words = words_to_ask(spot, view)
            if words:
                view.answers = await ask_bash(words, runner)
        found: list[Candidate] = await aside(complete_at, spot, cursor, view)
        programs = [candidate for candidate in found if candidate.kind == "program"]
        if 0 < len(programs) <= MOST_DESCRIBED:
            said = await describe_programs([candidate.shown for candidate in programs], runner)
            for candidate in programs:
                candidate.description = said.get(candidate.shown, candidate.description)
        return found

    def exactly_known(self) -> Known:
        """What is known when the disk is asked for it."""
        return Known(self.shell.bound(), self.shell.aliases, self.shell.find)

    def view(self) -> View:
        """What completion may see of the shell now."""
        shell = self.shell
        return View(
            self.exactly_known(),
            names=shell.names,
            programs=self.programs.names,
            aliases=shell.aliases,
            jobs=[(entry.number, entry.text) for entry in shell.jobs],
        )


def make_completer(
    shell: Shell, programs: Programs | None = None, known: Callable[[], Known] | None = None
) -> ShellCompleter:
    """The completer of a shell's prompt; `programs` and what is `known` while typing may be shared with the colours."""
    return ShellCompleter(shell, programs, known)


def completion_options(
    shell: Shell, programs: Programs | None = None, known: Callable[[], Known] | None = None
) -> dict[str, Any]:
    """What the prompt's session is made with: the completer, and the rule that opens the menu while typing."""
    completer = make_completer(shell, programs, known)

    def wants_menu() -> bool:
        text = get_app().current_buffer.document.text_before_cursor
        known = completer.known()
        return is_attribute(text) and is_python(find_spot(text, known), text, known)

    return {"completer": completer, "complete_while_typing": Condition(wants_menu), "complete_in_thread": False}


def is_attribute(text: str) -> bool:
    """Whether a text ends in what may be an attribute of something; the end of a number is none."""
    end = text[-_FARTHEST:]
    return bool(_ATTRIBUTE.search(end)) and not _NUMBER.search(end)


def is_python(spot: Spot, text: str, known: Known) -> bool:
    """Whether the cursor stands in Python, or in a first word that begins as a name that stands for something."""
    if spot.kind == "python":
        return True
    head, dot, _ = text[spot.start :].lstrip().partition(".")
    return spot.first and bool(dot) and (head in known.bound or is_given(head))


def words_to_ask(spot: Spot, view: View) -> list[str]:
    """The words of the command up to the cursor, for bash to complete the last; none where bash cannot help."""
    word, line = spot.word, spot.line
    if word is None or line is None or word.role != "argument" or not word.static or word.first >= len(line.words):
        return []
    words = [other for other in line.words if other.role in {"command", "argument"} and other.first == word.first]
    first = line.words[word.first]
    if first not in words or first.value in SESSION_COMMANDS or not first.static:
        return []
    values = [other.value for other in words if other is not word and other.start < word.start]
    alias = view.aliases.get(first.value)
    if alias is not None and not isinstance(alias, str):
        return []
    if isinstance(alias, str):
        values[:1] = alias.split()
    return [*values, word.value]


def _completion(candidate: Candidate, cursor: int, *, blank: str) -> Completion:
    return Completion(
        candidate.text + blank,
        start_position=candidate.start - cursor,
        display=candidate.shown,
        display_meta=candidate.description,
    )
