"""`xsh` with no arguments at a terminal, and `xsh -i`."""

from __future__ import annotations

import os
import sys

from xsh.reactor.signals import SIG_DFL, SIG_IGN, SIGHUP, SIGINT, SIGTERM, getsignal, signal
from xsh.repl.prompt.first_prompt import FirstPrompt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

    from xsh.script.read import Source


def interact(
    *, use_rc: bool = True, script: Source | None = None, arguments: list[str] | None = None, verbose: bool = False
) -> int:
    """Be an interactive shell until the user leaves it; the exit status. `verbose` prints each command as it starts."""
    signal(SIGINT, drop_keys)
    first = FirstPrompt()

    def die(number: int, _frame: FrameType | None) -> None:
        # the first look has taken the echo, and the loop that would give it back is not there
        first.end()
        signal(number, SIG_DFL)
        os.kill(os.getpid(), number)

    for number in (SIGTERM, SIGHUP):
        if getsignal(number) is not SIG_IGN:
            signal(number, die)
    if script is None:
        first.draw()
    try:
        return _interact(first, use_rc, script, arguments or [], verbose=verbose)
    finally:
        first.end()
        from xsh.script.execute import remove_temporary

        remove_temporary()


def drop_keys(_number: int, _frame: FrameType | None) -> None:
    """Ctrl-C before the prompt has its keys, or after it: the terminal has dropped what was typed, and no more is to do."""


def _interact(first: FirstPrompt, use_rc: bool, script: Source | None, arguments: list[str], *, verbose: bool) -> int:
    from xsh.repl.loop import Loop
    from xsh.repl.shell import Shell
    from xsh.script.execute import install_finders, keep_descriptors
    from xsh.session.session import current_session
    from xsh.targets.local.kin import adopt

    keep_descriptors()
    adopt()
    session = current_session()
    if verbose:
        session.options = session.options.with_(verbose=True)
    shell = Shell(session)
    sys.modules["__main__"] = shell.module
    sys.argv = [script.name if script is not None else "xsh", *arguments]
    if not sys.flags.safe_path:
        del sys.path[:1]
    if script is None:
        # last: one goes to many directories, and what lies there must not be taken for a module of Python's or ours
        sys.path.append("")
    else:
        sys.path.insert(0, script.directory)
    install_finders()
    return Loop(shell, first, use_rc=use_rc, script=script).run()
