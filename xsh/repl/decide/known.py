"""What deciding a line asks: which names the user bound, which words are commands, which names xsh and Python give."""

from __future__ import annotations

import builtins
import keyword
import os

from xsh.script.names import HOME_OF, MODULES, OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container

KEYWORDS = frozenset(keyword.kwlist)
# fmt: off
SESSION_COMMANDS = frozenset((
    "cd", "pushd", "popd", "dirs", "jobs", "fg", "bg", "disown", "wait", "kill", "alias", "unalias", "export", "unset",
    "source", "history", "exit", "which", "z", "abbr",
))
"""The commands of the session itself."""
SHELL_WORDS = frozenset((
    ":", "[[", "builtin", "command", "eval", "exec", "printf", "pwd", "test", "time", "type", "ulimit", "umask",
))
"""Words that bash runs itself and that are worth running in one of its own (bash(1), SHELL BUILTIN COMMANDS)."""
# fmt: on


class Known:
    """What is known when a line is decided: the user's names, aliases, the session's commands, programs and paths.

    `bound` holds the names that the user bound, `find` tells whether a word is a program on PATH, and `is_path` whether
    a word with a slash is a directory or a file that can be run.
    """

    __slots__ = ("aliases", "bound", "commands", "find", "is_path")

    def __init__(
        self,
        bound: Container[str] = (),
        aliases: Container[str] = (),
        find: Callable[[str], bool] = lambda _name: False,
        *,
        commands: Container[str] = SESSION_COMMANDS,
        is_path: Callable[[str], bool] | None = None,
    ) -> None:
        self.bound = bound
        self.aliases = aliases
        self.find = find
        self.commands = commands
        self.is_path = is_path or is_runnable_path

    def is_command(self, word: str) -> bool:
        """Whether a word without a slash names something to run."""
        return word in self.aliases or word in self.commands or word in SHELL_WORDS or self.find(word)

    def with_bound(self, names: set[str]) -> Known:
        """The same with more names bound by the user."""
        both = _Either(self.bound, names)
        return Known(both, self.aliases, self.find, commands=self.commands, is_path=self.is_path)


class _Either:
    __slots__ = ("left", "right")

    def __init__(self, left: Container[str], right: Container[str]) -> None:
        self.left = left
        self.right = right

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self.right or name in self.left)


def is_given(name: str) -> bool:
    """Whether Python or xsh gives this name to every session."""
    return name in HOME_OF or name in MODULES or name in OWN or hasattr(builtins, name)


def is_runnable_path(word: str) -> bool:
    """Whether `word` is a directory or a file that this user may execute; `~` is expanded."""
    path = os.path.expanduser(word)
    return os.path.isdir(path) or os.access(path, os.X_OK)
