"""Runs a script's code, with top-level await, and turns how it ends into an exit status."""

from __future__ import annotations

import os
import sys

from xsh.reactor.signals import SIGINT
from xsh.script.compile import compile_file
from xsh.script.interrupt import Interrupts
from xsh.script.names import NEEDS_LOOP, mentioned, uses_xsh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import CodeType
    from typing import Any

    from xsh.script.read import Source

CO_COROUTINE = 0x80


class ScriptSettings:
    """How a script is run: everything the command line can say."""

    __slots__ = ("dry_run", "show_frames", "timeout", "verbose")

    def __init__(self) -> None:
        self.dry_run = False
        self.show_frames = False
        self.timeout: float | None = None
        self.verbose = False


def run_script(source: Source, arguments: list[str], settings: ScriptSettings | None = None) -> int:
    """Run a script and give its exit status; what it started has ended by then."""
    settings = settings or ScriptSettings()
    interrupts = Interrupts()
    interrupts.install()
    status = 1
    try:
        sys.argv = [source.name, *arguments]
        # in the place of the directory of `xsh` itself, or of ours after `python -m`, where the script's names are not
        sys.path[: 0 if sys.flags.safe_path else 1] = [source.directory]
        code, needs_loop = compile_file(source.name, source.data)
        status = _run(code, needs_loop, source, interrupts, settings)
    except BaseException as error:  # noqa: BLE001 - told and turned into a status
        interrupts.closing = True
        status = report(error, interrupts, settings)
    finally:
        interrupts.closing = True
        close(interrupts)
        status = flush(status)
        interrupts.remove()
    interrupts.die()
    return status


def _run(code: CodeType, needs_loop: bool, source: Source, interrupts: Interrupts, settings: ScriptSettings) -> int:
    module = type(sys)("__main__")
    names = module.__dict__
    names["__file__"] = source.name
    names["__builtins__"] = sys.modules["builtins"]
    sys.modules["__main__"] = module
    wanted = mentioned(code)
    install_finders()
    if uses_xsh(wanted) or settings.verbose or settings.dry_run:
        equip(names, wanted, interrupts, settings)
    if not code.co_flags & CO_COROUTINE:
        interrupts.begin()
        exec(code, names)  # noqa: S102 - running the user's script is what this function is for
        coroutine = names.get("__xsh_main__")
        if coroutine is None:
            return 0
        coroutine = coroutine()
    else:
        coroutine = eval(code, names)  # noqa: S307 - as above
    value = drive(limited(coroutine, settings), needs_loop or bool(wanted & NEEDS_LOOP), interrupts)
    return value if isinstance(value, int) and names.get("__xsh_main__") is not None else 0


def equip(names: dict[str, Any], wanted: set[str], interrupts: Interrupts, settings: ScriptSettings) -> None:
    """Load the engine and put the script's names in place."""
    from xsh.script.namespace import fill
    from xsh.session.session import current_session
    from xsh.targets.local.kin import adopt

    keep_descriptors()
    session = current_session()
    interrupts.starting = True
    interrupts.runner = session.runner
    adopt()
    if has_terminal():
        from xsh.session.terminal import open_terminal

        interrupts.terminal = open_terminal(session.runner)
    if settings.verbose or settings.dry_run:
        from xsh.watch.echo import watch

        watch(session, dry_run=settings.dry_run)
    fill(names, wanted)


def keep_descriptors() -> None:
    """Let commands inherit stdin, stdout and stderr only, whatever else whoever started us left open."""
    try:
        numbers = [int(name) for name in os.listdir("/dev/fd")]
    except OSError:
        return
    for number in numbers:
        if number > 2:
            try:
                os.set_inheritable(number, False)
            except OSError:
                # the descriptor that listed the directory
                continue


def has_terminal() -> bool:
    """Whether one of the standard streams is a terminal, so that commands may want it."""
    return any(os.isatty(number) for number in (0, 2, 1))


def limited(coroutine: Coroutine[Any, Any, Any], settings: ScriptSettings) -> Coroutine[Any, Any, Any]:
    """The coroutine under the time limit of the whole script, if there is one."""
    if settings.timeout is None:
        return coroutine
    from xsh.script.limit import within

    return within(coroutine, settings.timeout)


def drive(coroutine: Coroutine[Any, Any, Any], needs_loop: bool, interrupts: Interrupts) -> Any:
    """Run the script's coroutine: on our own poll loop as long as commands one after another are all it wants."""
    if not needs_loop:
        from xsh.reactor.poller import Poller

        poller = interrupts.poller = Poller()
        interrupts.begin()
        value = poller.drive(coroutine)
        if not poller.handed:
            return value
    from xsh.script.looping import run_on_loop

    return run_on_loop(coroutine, interrupts)


def report(error: BaseException, interrupts: Interrupts, settings: ScriptSettings) -> int:
    """Say on stderr what went wrong and give the exit status for it."""
    clear_screen()
    if isinstance(error, SystemExit):
        return exit_code(error)
    if isinstance(error, KeyboardInterrupt):
        # a Ctrl-C that was a key and no signal, at a question, ends the script the same way
        interrupts.first = interrupts.first or SIGINT
        return 128 + interrupts.first
    if interrupts.first is not None and was_stopped(error):
        return 128 + interrupts.first
    from xsh.script.failing import explain

    return explain(error, show_frames=settings.show_frames)


def was_stopped(error: BaseException) -> bool:
    """Whether an error only says that a command was stopped by the signal that ends the script."""
    from xsh.errors import CommandError

    return isinstance(error, CommandError) and error.result.signal in {"SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"}


def exit_code(error: SystemExit) -> int:
    """The status that `sys.exit(…)` asks for, as Python gives it."""
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stderr.write(mask(f"{code}\n"))
    return 1


def mask(text: str) -> str:
    """`text` without secrets; there can be none where no session was loaded."""
    session = sys.modules.get("xsh.session.session")
    return text if session is None else str(session.current_session().secrets.mask(text))


def close(interrupts: Interrupts) -> None:
    """End everything the script started that still runs."""
    clear_screen()
    runner = interrupts.runner
    if interrupts.terminal is not None:
        interrupts.terminal.close()
    if runner is not None and (runner.jobs or runner.left or runner.held or not childless()):
        from xsh.script.closing import end_everything

        end_everything(runner)
    # last, since what has just ended may have written there
    remove_temporary()


def remove_temporary() -> None:
    """Remove the temporary files that no block has removed."""
    temporary = sys.modules.get("xsh.session.temporary")
    if temporary is not None:
        temporary.remove_all()


def childless() -> bool:
    """Whether nothing is left below us; asked of the system, so that most scripts end without the code for it."""
    from xsh.targets.local.kin import KIN

    return KIN.childless() or not KIN.adopting


def clear_screen() -> None:
    """Take away what is still drawn at the bottom of the terminal."""
    notices = sys.modules.get("xsh.watch.notices")
    if notices is not None:
        notices.clear()


def flush(status: int) -> int:
    """Write out what Python holds back; output that cannot be written is a failure, a closed pipe a quiet one."""
    try:
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
    except OSError as error:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
        if isinstance(error, BrokenPipeError):
            return 141
        os.write(2, f"xsh: cannot write the output: {error.strerror}\n".encode())
        return status or 1
    return status


def install_finders() -> None:
    """Let imports find `.xsh` modules and packages, after everything of Python's own."""
    for index, known in enumerate(sys.meta_path):
        if getattr(known, "__name__", "") == "PathFinder":
            sys.meta_path.insert(index, PackageFinder(known))
            break
    sys.meta_path.append(LateFinder)


class PackageFinder:
    """Stands before Python's finder of files, which takes any folder for a namespace package (PEP 420)."""

    def __init__(self, files: Any) -> None:
        self.files = files

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """What Python finds, but the package for a folder in which only `__init__.xsh` says that it is one."""
        spec = self.files.find_spec(name, path, target)
        if spec is not None and spec.loader is None and spec.submodule_search_locations is not None:
            return LateFinder.find_spec(name, path, target) or spec
        return spec


class LateFinder:
    """Looks for `NAME.xsh` once every other finder has failed; the importer itself is loaded only for one that exists."""

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:
        """The spec of an `.xsh` module, None when there is none (importlib's finder protocol)."""
        last = name.rpartition(".")[2]
        files = (last + ".xsh", os.path.join(last, "__init__.xsh"))
        places = sys.path if path is None else path
        if not any(os.path.exists(os.path.join(entry, file)) for entry in places for file in files):
            return None
        from xsh.script.importer import Finder
        from xsh.script.namespace import prepare

        return Finder(prepare).find_spec(name, path, target)
