"""What the values of this folder share: fields set once, compared and shown by their slots."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

set_field = object.__setattr__
"""How an `__init__` fills a frozen value."""


class Frozen:
    """A value whose fields are its `__slots__`; written by hand, since making a dataclass costs 0.5 ms at start-up."""

    __slots__: tuple[str, ...] = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: cannot set {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: cannot delete {name!r}")

    def fields(self) -> tuple[object, ...]:
        """The values of the slots, in order."""
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frozen) and type(other) is type(self) and self.fields() == other.fields()

    def __hash__(self) -> int:
        return hash((type(self), self.fields()))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self.fields()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in zip(self.__slots__, self.fields(), strict=True))
        return f"{type(self).__name__}({shown})"
