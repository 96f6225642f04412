"""Looks at Python objects without running any of their code: no property, no `__getattr__`, no `__dir__`."""

from __future__ import annotations

import inspect
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_MISSING = object()
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)
_SLOTS = (types.MemberDescriptorType,)


def attribute(owner: Any, name: str) -> Any:
    """The value of an attribute; raises LookupError where only running code could tell."""
    found: Any = inspect.getattr_static(owner, name, _MISSING)
    if found is _MISSING:
        raise LookupError(name)
    kind: Any = type(found)  # pyright: ignore[reportUnknownVariableType]
    if kind in (staticmethod, classmethod):
        return found.__func__
    if kind in _SLOTS and not isinstance(owner, type):
        try:
            return found.__get__(owner)
        except AttributeError:
            raise LookupError(name) from None
    if kind in _FUNCTIONS or not hasattr(kind, "__get__"):
        return found
    raise LookupError(name)


def item(owner: Any, key: object) -> Any:
    """What a plain dict, list or tuple holds under a key; raises LookupError for any other object."""
    if type(owner) in (dict, list, tuple):
        return owner[key]
    raise LookupError(key)


def attribute_names(owner: Any) -> set[str]:
    """The names of an object's attributes, found in its own dict and those of its classes."""
    names: set[str] = set()
    for space in _spaces(owner):
        names.update(name for name in list(space) if isinstance(name, str))
    return names


def _spaces(owner: Any) -> Iterator[Any]:
    if isinstance(owner, types.ModuleType):
        yield types.ModuleType.__getattribute__(owner, "__dict__")
        return
    if isinstance(owner, type):
        itself: Any = owner
        for base in type.__getattribute__(itself, "__mro__"):
            yield type.__getattribute__(base, "__dict__")
        return
    try:
        own = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        own = None
    if isinstance(own, dict):
        yield own
    kind: Any = type(owner)  # pyright: ignore[reportUnknownVariableType]
    for base in type.__getattribute__(kind, "__mro__"):
        yield type.__getattribute__(base, "__dict__")


def keys(owner: Any) -> list[str]:
    """The keys of a plain dict that are text."""
    if type(owner) is not dict:
        return []
    every: list[object] = list(owner)  # pyright: ignore[reportUnknownArgumentType]
    return [key for key in every if isinstance(key, str)]


def parameters(function: Any) -> list[str]:
    """The names of the parameters that a call may give by keyword; none where only running code could tell."""
    if isinstance(function, type):
        try:
            function = attribute(function, "__init__")
        except LookupError:
            return []
    if isinstance(function, types.MethodType):
        function = function.__func__
    if not isinstance(function, types.FunctionType):
        return []
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    return [name for name in code.co_varnames[code.co_posonlyargcount : count] if name not in ("self", "cls")]


def describe(owner: Any, name: str) -> str:
    """One word on what an attribute is."""
    return kind_of(inspect.getattr_static(owner, name, None))


def kind_of(value: object) -> str:
    """One word on what a value is: module, class, function, property, or the name of its type."""
    if isinstance(value, types.ModuleType):
        return "module"
    if isinstance(value, type):
        return "class"
    if isinstance(value, (*_FUNCTIONS, staticmethod, classmethod, types.MethodType)):
        return "function"
    if isinstance(value, property):
        return "property"
    if isinstance(value, _SLOTS) or value is None:
        return ""
    return type(value).__name__
