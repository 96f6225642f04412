"""Runs a command line: session commands here, everything else as a command in the foreground with the terminal."""

from __future__ import annotations

import ast
import inspect
import os
import sys

from xsh.command.command import Command
from xsh.command.pipeline import Pipeline, Transform, as_source
from xsh.errors import CommandError, WorkingDirectoryError, XshError
from xsh.repl.commands.commands import SESSION_COMMANDS, Refused, run_session_command
from xsh.repl.jobs.line import current_line
from xsh.repl.python_line import Sources, equip, show
from xsh.repl.text.command_parts import Parsed, expand_aliases, first_word, split_list, static_words
from xsh.script.compile import compile_source
from xsh.script.namespace import statement as plain_statement
from xsh.session.builtins import Builtin, cd
from xsh.session.session import current_session, enter_session
from xsh.words.render import Argv
from xsh.words.rendered import ShellText

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from xsh.command.pipeline import Stage
    from xsh.repl.shell import Shell

STATEMENT = "__xsh_statement__"
CALL = "__xsh_alias__"
caller = sys._getframe  # pyright: ignore[reportPrivateUsage] - a hole may run statements of its own
BY_THEMSELVES = frozenset(("cd", "export", "unset"))
"""Session commands that a literal knows as well."""


async def run_command(shell: Shell, text: str) -> int:
    """Run a command line and give its status; raises what is no failure of a command: SpawnError, TemplateError."""
    enter_session(current_session().inner({"strict": False}))
    status = 0
    text = expand_aliases(text, shell.aliases, CALL)
    parts = split_list(text)
    if not any(acts(part.text) for part in parts):
        return await run_part(shell, text)
    for part in parts:
        if (part.joined == "&&" and status != 0) or (part.joined == "||" and status == 0):
            continue
        status = await run_part(shell, part.text)
        if shell.leaving is not None or shell.handover is not None:
            break
    return status


def acts(text: str) -> bool:
    """Whether a part of a list acts on the shell itself, so that no other shell may run it."""
    return first_word(text) in SESSION_COMMANDS or f"${{{CALL}(" in text or directory_of(text) is not None


def directory_of(text: str) -> str | None:
    """The directory that a text names by a path, which alone means to go there; None for any other text."""
    parsed = Parsed(text)
    word = parsed.first
    if word is None or not parsed.is_simple or len(parsed.words) != 1:
        return None
    name = word.value
    if not (word.static or (name.startswith("~") and text.strip() == name)):
        return None
    if "/" not in name and name not in ("..", ".") and not name.startswith("~"):
        return None
    path = os.path.expanduser(name)
    return path if os.path.isdir(path) else None


async def run_part(shell: Shell, text: str) -> int:
    """Run one part of a list; its status."""
    directory = directory_of(text)
    if directory is not None:
        cd(directory)
        return 0
    name = first_word(text)
    if name in SESSION_COMMANDS and name not in BY_THEMSELVES and Parsed(text).is_simple:
        return await _session_command(shell, await words_of(shell, text))
    if name in BY_THEMSELVES:
        words = static_words(text)
        if words is not None and words != ["cd"]:
            return await _session_command(shell, words)
    called = _called_alone(shell, text)
    if called is not None:
        return await called.alone(shell)
    piped = split_source(shell, text)
    if piped is not None:
        return await run_stage(piped[0] | await stage_of(shell, piped[1]))
    stage = await stage_of(shell, text)
    return await run_stage(stage)


async def run_stage(stage: Any) -> int:
    """Run a stage in the foreground; its status, and the signal's name noted."""
    if isinstance(stage, Pipeline):
        stage = with_source(stage)
    line = current_line.get()
    try:
        result = await stage.__statement__()
    except CommandError as error:
        result = error.result
        if result.timed_out:
            raise
    if line is not None and result is not None:
        line.signal = result.signal
    return result.exit_code if result is not None else 0


async def stage_of(shell: Shell, text: str) -> Stage:
    """The stage that a text is the literal of, its holes evaluated in the shell's namespace; raises as a literal does."""
    if "\n" in text:
        body = text.replace("```", "\\`\\`\\`")
        source = f"await $```\n{body}\n```"
    else:
        source = f"$ {text}"
    code = compile_source(source, Sources.keep(source))
    equip(shell, code)
    line = current_line.get()
    assert line is not None
    line.taken_from = code
    await eval(code, shell.names)  # noqa: S307 - the holes are the user's own
    stage: Stage = line.taken
    return stage


async def _nothing() -> None:
    return


def install(shell: Shell) -> None:
    """Give the namespace what compiled lines refer to: statements that know the session's commands, calls of aliases."""

    def statement(value: Any) -> Any:
        """The form of what is awaited as a statement; the command of a command line is taken instead of being run."""
        line = current_line.get()
        if line is not None and line.taken_from is not None and caller(1).f_code is line.taken_from:
            line.taken = value
            return _nothing()
        if type(value) is Command and line is not None and _first_of(value) in SESSION_COMMANDS:
            return _as_session_command(shell, value)
        return plain_statement(value)

    def call(name: str, *words: str) -> AliasCall:
        return AliasCall(shell, name, *words)

    shell.give(STATEMENT, statement)
    shell.give(CALL, call)


def _first_of(command: Command) -> str:
    rendered = command.rendered
    # a text with values begins with what unpacks them
    return rendered.words[0] if isinstance(rendered, Argv) else first_word(command.display)


async def _as_session_command(shell: Shell, command: Command) -> None:
    """Run `$ alias …` and its like as a statement of Python code; raises XshError when it refuses."""
    words = await expanded(command, _first_of(command))
    status = await run_session_command(shell, words)
    if status:
        raise XshError(f"{command.display}: exit {status}", location=command.location)


def _called_alone(shell: Shell, text: str) -> AliasCall | None:
    """The call of an alias that is the whole text."""
    start = f"${{{CALL}("
    if not text.startswith(start) or not Parsed(text).is_simple:
        return None
    words: tuple[str, ...] = ast.literal_eval(f"({text.strip()[len(start) : -2]},)")
    return AliasCall(shell, *words)


async def words_of(shell: Shell, text: str) -> list[str]:
    """The words of a simple command, expanded as a shell does it."""
    words = static_words(text)
    return words if words is not None else await expanded(await stage_of(shell, text), first_word(text))


async def expanded(command: Any, name: str) -> list[str]:
    """The words of a command called `name`, as a shell expands them; raises Refused for a pipeline."""
    rendered = command.rendered if isinstance(command, Command) else None
    if isinstance(rendered, Argv) and not isinstance(command, Builtin):
        return list(rendered.words)
    if not isinstance(rendered, ShellText):
        raise Refused("takes no pipe")
    # a function of that name is found before the shell's own command (bash(1), COMMAND EXECUTION)
    tells = f"{name}() {{ printf '%s\\0' {name} \"$@\"; }}\n{rendered.text}"
    own = ShellText(tells, rendered.params)
    told = await Command(own, command.runner, command.options.with_(output="quiet"), command.location).bytes()
    return told.decode("utf-8", "surrogateescape").split("\0")[:-1]


def split_source(shell: Shell, text: str) -> tuple[str, str] | None:
    """What a session command at the head of a pipeline prints, and the text of the other stages; None for another text."""
    parsed = Parsed(text)
    bars = [start for start, operator in parsed.operators if operator == "|"]
    if not bars or parsed.compound:
        return None
    command = SESSION_COMMANDS.get(first_word(text))
    words = static_words(text[: bars[0]])
    if command is None or command.text is None or words is None:
        return None
    told = command.text(shell, words)
    return told and told.removesuffix("\n") + "\n", text[bars[0] + 1 :].strip()


def with_source(pipeline: Pipeline) -> Stage:
    """The pipeline with what the alias at its head gives as its source."""
    head, *rest = pipeline.stages
    source: Any = None
    if isinstance(head, Transform) and isinstance(head.function, AliasCall):
        source = head.function.source()
    if source is None:
        return pipeline
    options = pipeline.options
    return Pipeline((as_source(source), *rest), pipeline.runner, options, pipeline.location)


async def _session_command(shell: Shell, words: list[str]) -> int:
    try:
        return await run_session_command(shell, words)
    except WorkingDirectoryError as error:
        shell.say_plain(str(error))
        return 1


class AliasCall:
    """An alias that is a Python function, with the words behind it: a stage that is given lines, or a call of its own."""

    def __init__(self, shell: Shell, name: str, *words: str) -> None:
        # by this name the engine asks whether it is a generator
        self.func: Any = shell.aliases[name]
        self.words = words
        self.__name__ = name

    def __call__(self, line: Any) -> Any:
        """What the function makes of a line, or of all lines when it is a generator."""
        return self.func(line, *self.words)

    def source(self) -> Any:
        """What the function gives when nothing is piped into it."""
        value = self.func(*self.words)
        if isinstance(value, str):
            return value and value.removesuffix("\n") + "\n"
        return "" if value is None else value

    async def alone(self, shell: Shell) -> int:
        """Call it as a command of its own; its value is shown, an int is its status."""
        value = self.func(*self.words)
        if inspect.isawaitable(value):
            value = await value
        if inspect.isgenerator(value):
            value = "\n".join(str(item) for item in value)
        if isinstance(value, str):
            print(value.removesuffix("\n"))  # noqa: T201 - the command's output
            return 0
        if isinstance(value, int) and not isinstance(value, bool):
            return value & 0xFF
        show(shell, value)
        return 0
