"""Calls the function of `@main` with what the command line says."""

from __future__ import annotations

import enum
import sys
import typing

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

COLLECTED: tuple[Any, ...] = (list, set)


async def invoke(command: click.Command, function: Callable[..., Any]) -> int:
    """Parse `sys.argv` and await the function; its status: 0, what it returned as int, or 2 for a wrong command line."""
    name = sys.argv[0]
    try:
        with command.make_context(name, sys.argv[1:], help_option_names=["-h", "--help"]) as context:
            arguments = {key: fitted(value, function, key) for key, value in context.params.items()}
    except click.exceptions.Exit as leaving:
        return int(leaving.exit_code)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    positional, named = split_arguments(function, arguments)
    value = function(*positional, **named)
    if hasattr(value, "__await__"):
        value = await value
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def fitted(value: Any, function: Callable[..., Any], name: str) -> Any:
    """A value of click's as the function's hint has it: an Enum's member, a list."""
    hint = typing.get_type_hints(function).get(name)
    if isinstance(hint, type) and issubclass(hint, enum.Enum) and isinstance(value, str):
        return hint[value]
    origin: Any = typing.get_origin(hint)
    return origin(value) if origin in COLLECTED and isinstance(value, tuple) else value


def split_arguments(function: Callable[..., Any], arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments as a call gives them, `*rest` opened."""
    import inspect

    positional: list[Any] = []
    named: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        value = arguments[parameter.name]
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            positional.extend(value)
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            named[parameter.name] = value
        else:
            positional.append(value)
    return positional, named
