"""The environment that commands get, as a mapping."""

from __future__ import annotations

import os
from _collections_abc import MutableMapping

from xsh.command.options import is_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Environment(MutableMapping[str, str]):
    """os.environ under the changes of the settings in force; what is set here is set in os.environ.

    Example::

        $.env["CI"] = "1"
        print($.env.get("HOME"))
    """

    def __init__(self, changes: Mapping[str, str | None]) -> None:
        self._changes = changes

    def __getitem__(self, name: str) -> str:
        value = self._changes[name] if name in self._changes else os.environ.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __setitem__(self, name: str, value: object) -> None:
        if isinstance(value, bool) or not (isinstance(value, (str, int, float)) or is_path(value)):
            raise TypeError(f"$.env[{name!r}] takes text, a number or a path, not {type(value).__name__}")
        os.environ[name] = str(value)

    def __delitem__(self, name: str) -> None:
        del os.environ[name]

    def __iter__(self) -> Iterator[str]:
        names = {**os.environ, **self._changes}
        return (name for name in names if name in self)

    def __contains__(self, name: object) -> bool:
        if isinstance(name, str) and name in self._changes:
            return self._changes[name] is not None
        return name in os.environ

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<environment of {len(self)} variables>"
