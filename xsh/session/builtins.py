"""`cd`, `export` and `unset` as statements: what only the program itself can do to itself."""

from __future__ import annotations

import os

from xsh.command.command import Command
from xsh.command.scope import current_branch
from xsh.errors import TemplateError, WorkingDirectoryError
from xsh.targets.local.kin import VARIABLE
from xsh.words.rendered import ShellText

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import Any

    from xsh.command.options import Options
    from xsh.command.pipeline import Runner
    from xsh.errors import Location
    from xsh.words.rendered import Argv

BUILTINS = frozenset(("cd", "export", "unset"))
SPECIAL = frozenset("'\"\\`*?[]{}()#;&|<>\n\0")
TELL = "\nprintf '%s\\0' \"$PWD\"\ncommand -p env -0"
"""Shell text that says where the shell is and what its environment holds."""
OF_SHELLS = frozenset(("_", "PWD", "OLDPWD", "SHLVL", VARIABLE))
"""Variables that a shell sets for itself, or that we set for each command."""


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


def export(words: Sequence[str]) -> None:
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


def unset(words: Sequence[str]) -> None:
    """Remove variables from the program's environment."""
    for word in words:
        os.environ.pop(word, None)


class Builtin(Command):
    """A command whose first word acts on the program itself when it is a statement, and in a shell otherwise.

    `name` is its first word, `words` are all of them where no shell is needed to know them, and `alone` says that it is
    one command and no more.
    """

    __slots__ = ("acting", "alone", "name", "words")

    if TYPE_CHECKING:
        acting: bool
        alone: bool
        name: str
        words: tuple[str, ...] | None

    def __init__(
        self,
        rendered: Argv | ShellText,
        runner: Runner | None,
        options: Options,
        location: Location | None,
        *,
        name: str,
        words: tuple[str, ...] | None,
        alone: bool,
    ) -> None:
        super().__init__(rendered, runner, options, location)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "alone", alone)
        object.__setattr__(self, "acting", False)

    def __statement__(self) -> Builtin:
        new = super().__statement__()
        object.__setattr__(new, "acting", True)
        return new

    def __await__(self) -> Generator[Any, Any, Any]:
        acts = self.acting and (self.words is not None or self.alone)
        return self._act().__await__() if acts else super().__await__()

    async def _act(self) -> None:
        dry = getattr(self.runner, "dry", None)
        if dry is not None:
            dry(self)
            return
        try:
            if self.words is not None:
                act(self.words)
            else:
                await self._act_by_shell()
        except (TemplateError, WorkingDirectoryError) as error:
            error.location = error.location or self.location
            raise

    async def _act_by_shell(self) -> None:
        """Let a shell do it, since only a shell can expand its words, and take over what that has changed."""
        assert isinstance(self.rendered, ShellText)
        own = self.rendered
        text = ShellText(own.text + TELL, own.params, pieces=own.pieces, values=own.values)
        before = {**os.environ, **(self.options.env or {})}
        options = self.options.with_(output="quiet", statement=False)
        told = await Command(text, self.runner, options, self.location).bytes()
        directory, *variables = told.decode("utf-8", "surrogateescape").split("\0")[:-1]
        if self.name == "cd":
            cd(directory)
            return
        after = dict(variable.split("=", 1) for variable in variables)
        for name in (before.keys() | after.keys()) - OF_SHELLS:
            if name in after and after[name] != before.get(name):
                os.environ[name] = after[name]
            elif name not in after and before[name] is not None:
                os.environ.pop(name, None)


def act(words: Sequence[str]) -> None:
    """Do what a builtin's words say; raises TemplateError and WorkingDirectoryError."""
    if words[0] == "cd":
        if len(words) > 2:
            raise TemplateError("cd: too many arguments; a name with spaces goes in quotes or in a hole")
        cd(*words[1:])
    else:
        (export if words[0] == "export" else unset)(words[1:])


def expanded_words(text: str) -> tuple[str, ...] | None:
    """The words of a text in which nothing but `~` and `$NAME` of a set variable is special; None for any other."""
    if not SPECIAL.isdisjoint(text):
        return None
    words: list[str] = []
    for word in text.split():
        expanded = os.path.expandvars(os.path.expanduser(word)) if "~" in word or "$" in word else word
        if "$" in expanded or "~" in word[1:]:
            return None
        words.append(expanded)
    return tuple(words)
