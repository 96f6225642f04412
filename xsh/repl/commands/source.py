"""`source FILE`: `.xsh` and `.py` files run here, any other shell file leaves its environment."""

from __future__ import annotations

import os
import sys
import tempfile

from xsh.errors import CommandError
from xsh.repl.commands.refused import Refused
from xsh.repl.python_line import run_code
from xsh.script.compile import compile_file
from xsh.session.builtins import OF_SHELLS, cd
from xsh.session.sh import sh
from xsh.targets.local.which import which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xsh.repl.shell import Shell

TAKE_OVER = """file=$1; out=$2; shift 2
. "$file"
status=$?
command -p env -0 >"$out"
exit $status
"""


async def source(shell: Shell, words: list[str]) -> int:
    """`source FILE [args]`: run it; raises what the code of an `.xsh` file raises, Refused when it cannot be read."""
    if len(words) < 2:
        raise Refused("names no file")
    path = home_expanded(words[1])
    if path.endswith((".xsh", ".py")):
        return await source_here(shell, path, words[2:])
    return await take_over(readable(path), words[2:])


def home_expanded(name: str) -> str:
    """The absolute path of a file that may be named with `~`."""
    return os.path.abspath(os.path.expanduser(name))


def readable(path: str) -> str:
    """`path`; raises Refused when no file that can be read is there."""
    if not os.path.isfile(path) or not os.access(path, os.R_OK):
        raise Refused(f"{path}: there is no such file that can be read")
    return path


def content(path: str) -> bytes:
    """What a file holds; raises Refused when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Refused(f"{path}: {(error.strerror or str(error)).lower()}") from error


async def source_here(shell: Shell, path: str, arguments: list[str]) -> int:
    """Run a file of source in the shell's namespace; 0."""
    code, _ = compile_file(path, content(path))
    before = sys.argv
    sys.argv = [path, *arguments]
    shell.give("__file__", path)
    try:
        await run_code(shell, code)
    finally:
        sys.argv = before
        shell.names.pop("__file__", None)
    return 0


async def take_over(path: str, arguments: list[str]) -> int:
    """Let bash, or sh, read a file of its own and take the environment and the directory it leaves; the file's status."""
    shell_path = which("bash") or "/bin/sh"
    with tempfile.NamedTemporaryFile(prefix="xsh-source-") as told:
        command = sh.argv(shell_path, "-c", TAKE_OVER, "xsh", path, told.name, *arguments)
        status = 0
        try:
            await command.__statement__()
        except CommandError as error:
            status = error.result.exit_code
        text = told.read().decode("utf-8", "surrogateescape")
    if text:
        adopt(dict(variable.split("=", 1) for variable in text.split("\0") if "=" in variable))
    return status


def adopt(variables: dict[str, str]) -> None:
    """Make the environment what a shell has left, and go where it has gone."""
    directory = variables.get("PWD")
    for name in os.environ.keys() - variables.keys() - OF_SHELLS:
        del os.environ[name]
    for name, value in variables.items():
        if name not in OF_SHELLS and not name.startswith("BASH_FUNC_") and os.environ.get(name) != value:
            os.environ[name] = value
    if directory is not None and directory != os.getcwd() and os.path.isdir(directory):
        cd(directory)
