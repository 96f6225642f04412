"""`cd`, `export` and `unset` as statements: what only the program itself can do to itself."""

from __future__ import annotations

import os

from xsh.command.command import Command
from xsh.command.scope import current_branch
from xsh.errors import TemplateError, WorkingDirectoryError
from xsh.session.arguments import argument_words
from xsh.words.raw import Raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from xsh.command.options import Options
    from xsh.command.pipeline import Runner
    from xsh.errors import Location
    from xsh.words.rendered import Argv, ShellText
    from xsh.words.template import TemplateLike

BUILTINS = frozenset(("cd", "export", "unset"))


def cd(path: Any = None) -> None:
    """Move the whole program to `path`, home without one, back with "-"; as `cd` in a shell (POSIX XCU cd).

    Raises WorkingDirectoryError where that cannot be, RuntimeError inside a job that runs beside others.

    Example::

        cd("~/src")
        cd("-")
    """
    if current_branch.get() is not None:
        raise RuntimeError(
            "cd would move every job that runs at the same time; use `$(cwd=…)`…`` or `with $(cwd=…):` in here"
        )
    target = _cd_target(path)
    old = _here()
    try:
        os.chdir(target)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise WorkingDirectoryError(f"cd: {os.fspath(target)!r}: {reason}", program=str(target)) from error
    if old is not None:
        os.environ["OLDPWD"] = old
    os.environ["PWD"] = os.getcwd()


def _cd_target(path: Any) -> str:
    if path is None or path == "":
        return os.path.expanduser("~")
    text = os.fsdecode(path)
    if text == "-":
        previous = os.environ.get("OLDPWD")
        if previous is None:
            raise WorkingDirectoryError("cd: there is no previous directory yet", program="-")
        return previous
    return os.path.expanduser(text)


def _here() -> str | None:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None


def export(words: list[str]) -> None:
    """Set variables of the program's environment from words `NAME=value`; a NAME alone must exist already."""
    for word in words:
        name, equals, value = word.partition("=")
        if not name.isidentifier() or not name.isascii():
            raise TemplateError(f"export: {word!r} is not NAME=value")
        if equals:
            os.environ[name] = value
        elif name not in os.environ:
            raise TemplateError(
                f"export: {name} is not set; shell variables do not outlive a command, use export {name}=value"
            )


def unset(words: list[str]) -> None:
    """Remove variables from the program's environment."""
    for word in words:
        os.environ.pop(word, None)


class Builtin(Command):
    """A command whose first word acts on the program itself when it is a statement, and in a shell otherwise."""

    __slots__ = ("acting", "template")

    if TYPE_CHECKING:
        acting: bool
        template: TemplateLike

    def __init__(
        self,
        rendered: Argv | ShellText,
        runner: Runner | None,
        options: Options,
        location: Location | None,
        *,
        template: TemplateLike,
    ) -> None:
        super().__init__(rendered, runner, options, location)
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "acting", False)

    def __statement__(self) -> Builtin:
        new = super().__statement__()
        object.__setattr__(new, "acting", True)
        return new

    def __await__(self) -> Generator[Any, Any, Any]:
        words = builtin_words(self.template) if self.acting else None
        return super().__await__() if words is None else self._act(words).__await__()

    async def _act(self, words: list[str]) -> None:
        dry = getattr(self.runner, "dry", None)
        if dry is not None:
            dry(self)
            return
        try:
            act(words)
        except (TemplateError, WorkingDirectoryError) as error:
            error.location = error.location or self.location
            raise


def act(words: list[str]) -> None:
    """Do what a builtin's words say; raises TemplateError and WorkingDirectoryError."""
    if words[0] == "cd":
        if len(words) > 2:
            raise TemplateError("cd: too many arguments; a name with spaces goes in quotes or in a hole")
        cd(*words[1:])
    else:
        (export if words[0] == "export" else unset)(words[1:])


def builtin_words(template: TemplateLike) -> list[str] | None:
    """The words of a builtin's literal with `~` and `$NAME` expanded; None when it needs a shell (`cd x && make`)."""
    strings = template.strings
    if any(mark in text for text in strings for mark in (";", "&", "|", "<", ">", "`", "$(", "\n", "*", "?")):
        return None
    words: list[str] = []
    current: str | None = None
    for index, text in enumerate(strings):
        for mark, piece in _pieces(text):
            if mark == "blank":
                if current is not None:
                    words.append(current)
                current = None
            else:
                current = (current or "") + (_expand(piece, start=current is None) if mark != "single" else piece)
        if index < len(template.interpolations):
            hole = template.interpolations[index]
            if isinstance(hole.value, Raw):
                return None
            values = argument_words((hole.value,))
            current = (current or "") + " ".join(values)
    if current is not None:
        words.append(current)
    return words


def _pieces(text: str) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    quote = ""
    for char in text:
        if quote:
            if char == quote:
                quote = ""
            else:
                pieces.append(("single" if quote == "'" else "bare", char))
        elif char in "'\"":
            quote = char
            pieces.append(("single", ""))
        elif char in " \t":
            pieces.append(("blank", ""))
        else:
            pieces.append(("bare", char))
    merged: list[tuple[str, str]] = []
    for mark, piece in pieces:
        if merged and merged[-1][0] == mark and mark != "blank":
            merged[-1] = (mark, merged[-1][1] + piece)
        else:
            merged.append((mark, piece))
    return merged


def _expand(text: str, *, start: bool) -> str:
    if start and text.startswith("~"):
        text = os.path.expanduser(text)
    return os.path.expandvars(text) if "$" in text else text
