"""`cd`, `pushd`, `popd` and `dirs`."""

from __future__ import annotations

import os

from xsh.repl.commands.refused import Refused
from xsh.session.builtins import cd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.repl.shell import Shell


def cd_command(_shell: Shell, words: list[str]) -> str | None:
    """`cd [DIR|-]`: `-` goes back and says where that is (POSIX XCU cd); raises WorkingDirectoryError, Refused."""
    names = [word for word in words[1:] if word != "--"]
    if len(names) > 1:
        raise Refused("too many arguments; a name with spaces goes in quotes")
    cd(*names)
    return tilde(here()) if names == ["-"] else None


def pushd(shell: Shell, words: list[str]) -> str:
    """`pushd [DIR|+N]`: go there and remember where we were; without a DIR the two topmost change places (bash(1))."""
    current, stack = here(), shell.directories
    if len(words) == 1:
        if not stack:
            raise Refused("there is no other directory")
        cd(stack[0])
        stack[0] = current
    elif words[1][:1] == "+" and words[1][1:].isdigit():
        whole = [current, *stack]
        number = int(words[1][1:])
        if number >= len(whole):
            raise Refused(f"{words[1]}: there are {len(whole)} directories")
        cd(whole[number])
        stack[:] = [*whole[number + 1 :], *whole[:number]]
    else:
        cd(words[1])
        stack.insert(0, current)
    return stack_text(shell)


def popd(shell: Shell, words: list[str]) -> str:
    """`popd`: go back to the directory remembered last."""
    if len(words) > 1:
        raise Refused("takes no arguments")
    if not shell.directories:
        raise Refused("no directory is remembered")
    cd(shell.directories[0])
    del shell.directories[0]
    return stack_text(shell)


def dirs(shell: Shell, words: list[str]) -> str:
    """`dirs [-c] [-v]`: the directories remembered, this one first; -c forgets them, -v numbers them."""
    if "-c" in words:
        shell.directories.clear()
        return ""
    if "-v" in words:
        return "\n".join(f"{number:2}  {tilde(path)}" for number, path in enumerate([here(), *shell.directories]))
    return stack_text(shell)


def stack_text(shell: Shell) -> str:
    """The remembered directories in one line, this one first."""
    return " ".join(tilde(path) for path in [here(), *shell.directories])


def here() -> str:
    """The current directory; the name it had when it has been removed."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return os.environ.get("PWD", "/")


def tilde(path: str) -> str:
    """`path` with `~` for the home directory."""
    home = os.environ.get("HOME", "").rstrip("/")
    if home and (path == home or path.startswith(home + "/")):
        return "~" + path[len(home) :]
    return path
