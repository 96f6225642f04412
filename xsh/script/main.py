"""`@main`: an async function's signature as a command line."""

from __future__ import annotations

import enum
import inspect
import sys
import typing
from pathlib import Path

from xsh.reactor.reactor import need_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

STARTS = "__xsh_main__"


def main(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make `function` the script's command line: parameters without default are arguments, the others options.

    `bool` is a flag, a list takes many, a Literal or Enum one of several, and the docstring is the help. It runs when
    the script is the program, not when it is imported. Raises TypeError for a parameter that no command line can give.

    Example::

        @main
        async def deploy(env: str, batch: int = 3, dry_run: bool = False):
            "Deploy to ENV."
            $ ./deploy ${env} --batch ${batch}
    """
    names = sys._getframe(1).f_globals  # pyright: ignore[reportPrivateUsage] - the one way to the script's globals
    if names.get("__name__") == "__main__":
        command = command_of(function)

        async def start() -> int:
            from xsh.script.invoke import invoke

            await need_loop()
            return await invoke(command, function)

        names[STARTS] = start
    return function


def command_of(function: Callable[..., Any]) -> Any:
    """The click command for a function's signature."""
    import click

    try:
        hints = typing.get_type_hints(function)
    except NameError as error:
        raise TypeError(f"@main: {function.__name__}: {error}") from error
    known = inspect.signature(function).parameters.values()
    parameters = [parameter_of(click, parameter, hints.get(parameter.name, str)) for parameter in known]
    text = inspect.getdoc(function)
    return click.Command(function.__name__.replace("_", "-"), params=parameters, help=text, callback=None)


def parameter_of(click: Any, parameter: inspect.Parameter, hint: Any) -> Any:
    """One parameter as click's argument or option."""
    name = parameter.name
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        raise TypeError(f"@main: **{name} cannot come from a command line")
    kind, many, optional = kind_of(click, hint, name)
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return click.Argument([name], type=kind, nargs=-1)
    if parameter.default is inspect.Parameter.empty:
        if kind is bool:
            return click.Option([f"--{flag(name)}/--no-{flag(name)}", name], required=True)
        return click.Argument([name], type=kind, nargs=-1 if many else 1, required=not optional)
    default = parameter.default
    if isinstance(default, enum.Enum):
        # choices are names, and `fitted` makes the member of one
        default = default.name
    if kind is bool:
        return click.Option([f"--{flag(name)}/--no-{flag(name)}", name], default=default, show_default=True)
    shown = default not in (None, (), [], "")
    return click.Option([f"--{flag(name)}", name], type=kind, default=default, multiple=many, show_default=shown)


def flag(name: str) -> str:
    """A parameter's name as an option's."""
    return name.strip("_").replace("_", "-")


def kind_of(click: Any, hint: Any, name: str) -> tuple[Any, bool, bool]:
    """click's type for a hint, whether it takes many, and whether it may be missing."""
    import types

    origin = typing.get_origin(hint)
    inner = typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        kinds = [part for part in inner if part is not type(None)]
        kind, many, _ = kind_of(click, kinds[0], name)
        return kind, many, len(kinds) < len(inner)
    if origin in (list, tuple, set):
        kind, _, _ = kind_of(click, inner[0] if inner else str, name)
        return kind, True, False
    if origin is typing.Literal:
        return click.Choice([str(choice) for choice in inner]), False, False
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return click.Choice([member.name for member in hint]), False, False
    if hint is Path:
        return click.Path(path_type=Path), False, False
    if hint in (str, int, float, bool):
        return hint, False, False
    raise TypeError(
        f"@main: {name}: {hint!r} cannot come from a command line; use str, int, float, bool, Path or a list"
    )
