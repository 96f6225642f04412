"""The options of the program `xsh`, by click: everything that is not simply running a script."""

from __future__ import annotations

import os
import sys

import click

from xsh import __version__
from xsh.script.asking import asks_for_guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from click.shell_completion import CompletionItem

    from xsh.script.execute import ScriptSettings
    from xsh.script.read import Source

NOT_AT_THE_PROMPT = {
    "timeout": 'give one to a command, `$(timeout="1m")` or `.timeout("1m")`',
    "dry_run": "what would a line do that needs the one before",
    "check": "it reports on a file and runs nothing",
    "to_python": "it prints a file and runs nothing",
    "guard": "its supervisor takes the place that job control needs",
    "show_frames": "at the prompt a traceback begins in what you have typed",
}
"""Options that mean nothing at the prompt, and why."""
FLAGS = {"show_frames": "--traceback"}
NO_TERMINAL = "the prompt needs a terminal; run a script with `xsh FILE`, or a line with `xsh -c CODE`"


class Duration(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.2
    """A span of time such as 90, "1m30s"."""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Seconds in `value`; a wrong one is a usage error."""
        from xsh.words.duration import parse_duration

        try:
            return parse_duration(value)
        except (TypeError, ValueError) as error:
            self.fail(str(error), param, ctx)


def complete_file(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leave the completion of a script and its arguments to the shell's own of files."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


@click.command(
    context_settings={
        "help_option_names": ["-h", "--help"],
        "ignore_unknown_options": False,
        "allow_interspersed_args": False,
    },
    epilog="Options before FILE are xsh's, all after it the script's. `xsh - [args]` reads the script from stdin.",
)
@click.argument(
    "arguments", nargs=-1, type=click.UNPROCESSED, metavar="[FILE|-] [ARGS]...", shell_complete=complete_file
)
@click.option("-c", "code", metavar="CODE", help="Run CODE instead of a file.")
@click.option("-v", "--verbose", is_flag=True, help="Print each command as it starts, and how it ended.")
@click.option("-n", "--dry-run", is_flag=True, help="Print the commands and run none.")
@click.option("--check", is_flag=True, help="Report what cannot work, without running.")
@click.option("--to-python", is_flag=True, help="Print the script as plain Python.")
@click.option("--traceback", "show_frames", is_flag=True, help="Show xsh's own frames in tracebacks.")
@click.option("--cwd", metavar="DIR", type=click.Path(file_okay=False), help="Run the script in DIR.")
@click.option(
    "--env-file",
    metavar="FILE",
    type=click.Path(),
    multiple=True,
    help="Add NAME=value lines of FILE to the environment.",
)
@click.option("--timeout", type=Duration(), help="Stop the whole script after this long, such as 90 or 1m30s.")
@click.option("--guard", is_flag=True, help="Leave nothing running even when xsh is killed by SIGKILL (Linux).")
@click.option("-i", "interactive", is_flag=True, help="Stay at the prompt afterwards.")
@click.option("--no-rc", is_flag=True, help="Read no rc file at the prompt (scripts never do).")
@click.option("--completion", type=click.Choice(["bash", "zsh", "fish"]), help="Print the completion for a shell.")
@click.version_option(__version__, prog_name="xsh", message="%(prog)s %(version)s")
def command(arguments: tuple[str, ...], code: str | None, **options: Any) -> None:
    """Run Python scripts in which `$` runs commands."""
    if options["completion"]:
        click.echo(completion(options["completion"]))
        sys.exit(0)
    if options["interactive"] or (not arguments and code is None and os.isatty(0)):
        refuse(options)
        prepare(options["env_file"], options["cwd"])
        sys.exit(prompt(list(arguments), code, use_rc=not options["no_rc"], verbose=options["verbose"]))
    source, rest = chosen(list(arguments), code)
    if options["check"]:
        from xsh.script.check.report import check

        sys.exit(check(source))
    if options["to_python"]:
        from xsh.script.check.report import to_python

        sys.exit(to_python(source))
    prepare(options["env_file"], options["cwd"])
    if options["guard"] or asks_for_guard(source.data):
        guard()
    from xsh.script.execute import run_script

    sys.exit(run_script(source, rest, settings_of(options)))


def refuse(options: dict[str, Any]) -> None:
    """Exit with status 2 and a message for an option that the prompt would have to ignore."""
    for name, why in NOT_AT_THE_PROMPT.items():
        if options[name]:
            fail(f"{FLAGS.get(name, '--' + name.replace('_', '-'))} is for scripts: {why}")


def guard() -> None:
    """Go on as the worker of a supervisor; exits with status 2 and a message where there can be none."""
    from xsh.script.guard import guard as divide

    try:
        divide()
    except OSError as error:
        fail(str(error))


def prompt(arguments: list[str], code: str | None, *, use_rc: bool, verbose: bool) -> int:
    """Run a script, if one is given, and stay at the prompt; the exit status."""
    if not (os.isatty(0) and os.isatty(1)):
        fail(NO_TERMINAL)
    from xsh.repl.main import interact

    source, rest = chosen(arguments, code) if arguments or code is not None else (None, [])
    return interact(use_rc=use_rc, script=source, arguments=rest, verbose=verbose)


def settings_of(options: dict[str, Any]) -> ScriptSettings:
    """How the script is run, by the options given."""
    from xsh.script.execute import ScriptSettings

    settings = ScriptSettings()
    for name in ("dry_run", "show_frames", "timeout", "verbose"):
        setattr(settings, name, options[name])
    return settings


def chosen(arguments: list[str], code: str | None) -> tuple[Source, list[str]]:
    """The script that is meant and its own arguments; exits with a message when there is none."""
    from xsh.script.read import code_source, read_script

    if code is not None:
        return code_source(code), arguments
    if not arguments:
        arguments = ["-"]
    source = read_script(arguments[0])
    if isinstance(source, int):
        sys.exit(source)
    return source, arguments[1:]


def prepare(env_files: tuple[str, ...], directory: str | None) -> None:
    """Set the environment and the directory; exits with status 2 and a message when that cannot be."""
    from xsh.session.envfile import read_env_file

    try:
        for name in env_files:
            os.environ.update(read_env_file(name))
        if directory is not None:
            os.chdir(directory)
    except OSError as error:
        fail(f"{error.filename}: {(error.strerror or str(error)).lower()}")
    except ValueError as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """Say what is wrong with the command line and exit with status 2."""
    from xsh.words.sanitize import printable

    click.echo(f"xsh: {printable(message)}", err=True)
    sys.exit(2)


def completion(shell: str) -> str:
    """The text that a shell evaluates to complete xsh's own options."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        fail(f"there is no completion for {shell}")
    return kind(command, {}, "xsh", "_XSH_COMPLETE").source()


def main() -> NoReturn:
    """Run the program by its options and exit."""
    command.main(prog_name="xsh", complete_var="_XSH_COMPLETE")
    raise SystemExit(0)
