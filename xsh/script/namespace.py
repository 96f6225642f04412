"""The names a script starts with; only those that its code mentions are imported."""

from __future__ import annotations

import sys

from xsh.command.pipeline import Stage
from xsh.script.names import HOME_OF, MODULES, OWN, mentioned
from xsh.session.sh import sh
from xsh.words.template import build

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any


def fill(names: dict[str, Any], wanted: set[str]) -> None:
    """Put into `names` what compiled `.xsh` code refers to, and those of a script's names that are in `wanted`."""
    names.update(HIDDEN)
    for name in wanted:
        if name in names:
            continue
        if name in HOME_OF:
            names[name] = getattr(load(HOME_OF[name]), name)
        elif name in MODULES:
            names[name] = load(name)
        elif name in OWN:
            names[name] = {"sh": sh, "env": sh.env, "which": sh.which, "argv": sys.argv[1:]}[name]


def prepare(names: dict[str, Any], code: CodeType) -> None:
    """Put into an imported module's globals what its code mentions."""
    fill(names, mentioned(code))


def load(name: str) -> Any:
    """The module of that name, imported if need be."""
    module = sys.modules.get(name)
    if module is None:
        __import__(name)
        module = sys.modules[name]
    return module


def statement(value: object) -> Any:
    """The form of what is awaited as a statement: a command then talks to the terminal."""
    form = getattr(type(value), "__statement__", None)
    return value if form is None else form(value)


def operand(value: Any) -> Any:
    """What stands at the left of `|` behind `await`; raises TypeError for a command, before it runs."""
    if isinstance(value, Stage):
        raise TypeError(
            "`await a | b` awaits `a` alone and pipes its result: write `await (a | b)`, or `await a.pipe(b)`"
        )
    return value


def is_scope(value: object) -> bool:
    """Whether leaving the iteration of `value` stops what runs behind it."""
    return isinstance(value, Stage) or hasattr(type(value), "__xsh_scope__")


class loop:  # noqa: N801 - used as a function
    """Makes leaving an `async for` end what it iterates before the next statement runs."""

    __slots__ = ("iterator", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.iterator: Any = None

    async def __aenter__(self) -> Any:
        if not is_scope(self.value):
            return self.value
        self.iterator = self.value.__aiter__()
        return self.iterator

    async def __aexit__(self, *error: object) -> None:
        if self.iterator is not None:
            await self.iterator.aclose()


HIDDEN: dict[str, Any] = {
    "__xsh_sh__": sh,
    "__xsh_template__": build,
    "__xsh_statement__": statement,
    "__xsh_operand__": operand,
    "__xsh_loop__": loop,
}
