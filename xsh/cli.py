"""The program `xsh`: which of its selves to be; the common ways by hand, since importing click costs more than a script.

`xsh FILE [args]`, `xsh - [args]`, `xsh -c CODE [args]` and `… | xsh` are decided here; every other option is
`commandline`'s.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the program and exit with its status."""
    try:
        _main()
    except KeyboardInterrupt:
        # before the script's own handlers were there, or after them: nothing runs, and nothing is to be told
        from xsh.reactor.signals import SIG_DFL, SIGINT, signal

        signal(SIGINT, SIG_DFL)
        os.kill(os.getpid(), SIGINT)
        raise


def _main() -> NoReturn:
    open_standard_streams()
    if sys.argv[1:2] == ["--guard"] and len(sys.argv) > 2:
        del sys.argv[1]
        guard()
    arguments = sys.argv[1:]
    if arguments and (not arguments[0].startswith("-") or arguments[0] == "-"):
        leave(run_file(arguments[0], arguments[1:]))
    if arguments and arguments[0] == "-c" and len(arguments) > 1:
        leave(run_code(arguments[1], arguments[2:]))
    if not arguments and not os.isatty(0) and "_XSH_COMPLETE" not in os.environ:
        leave(run_file("-", []))
    if not arguments and os.isatty(1) and "_XSH_COMPLETE" not in os.environ:
        from xsh.repl.main import interact

        leave(interact())
    from xsh.commandline import main as full

    full()


def run_file(path: str, arguments: list[str]) -> int:
    """Run the script at `path`, or from stdin for "-"; its exit status."""
    from xsh.script.execute import run_script
    from xsh.script.read import read_script

    source = read_script(path)
    if isinstance(source, int):
        return source
    guard_if_asked(source.data)
    return run_script(source, arguments)


def guard_if_asked(data: bytes) -> None:
    """Go on as the worker of a supervisor where the script itself asks for one."""
    # most scripts do not, and are spared the reading
    if b"guard" in data:
        from xsh.script.asking import asks_for_guard

        if asks_for_guard(data):
            guard()


def guard() -> None:
    """Go on as the worker of a supervisor; exits with status 2 and a message where there can be none."""
    from xsh.script.guard import guard as divide

    try:
        divide()
    except OSError as error:
        sys.stderr.write(f"xsh: {error}\n")
        sys.exit(2)


def run_code(text: str, arguments: list[str]) -> int:
    """Run a piece of code given on the command line; its exit status."""
    from xsh.script.execute import run_script
    from xsh.script.read import code_source

    source = code_source(text)
    guard_if_asked(source.data)
    return run_script(source, arguments)


def open_standard_streams() -> None:
    """Put the null device in the place of a standard stream that was closed.

    Otherwise the next file opened would get its number, and our messages would go into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # the lowest free number is given, open(2)
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def leave(status: int) -> NoReturn:
    """Exit with `status`."""
    sys.exit(status)
